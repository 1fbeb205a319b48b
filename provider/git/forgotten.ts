import { blobId, type Head, type History } from "./branch";
import { changesIn, handoffsIn, type Owner } from "./commit-message";
import { sameOwner } from "./mark";
import { entryName } from "./adoption";
import { type Desired, namesWanted, type Owned, under } from "./ownership";
import { editKey } from "./yaml/edits";
import { sameContent } from "./yaml/found-entry";

/**
 * What earlier commits of this hand-off brought, is there still and isn't wanted, when no state knows of it: state was
 * lost, and the program has become smaller. It stays: another stack of the same name, of another cluster, may live by
 * it, and the branch can't tell these apart. Told as far back as the history was read for what is wanted.
 */
export function forgotten(head: Head, desired: Desired, owner: Owner, { commits }: History): string[] {
  const seen = new Set<string>();
  const left: string[] = [];
  const wanted = namesWanted(desired);
  // The newest word on a path counts.
  const hear = (path: string, ours: boolean): void => {
    if (seen.has(path)) return;
    seen.add(path);
    if (ours && head.tree.has(path) && !wanted.has(path)) left.push(path);
  };
  for (const { message } of commits) {
    const handoffs = handoffsIn(message);
    for (const by of handoffs) for (const path of by.adopted) hear(path, sameOwner(by.owner, owner));
    if (!handoffs.some((by) => sameOwner(by.owner, owner))) continue;
    for (const [path, kind] of changesIn(message)) hear(path, kind !== "D");
  }
  return left.sort();
}

/**
 * What earlier commits of this hand-off's name brought and no state knows, and gets other content: the state was lost, or
 * another backend has a stack of the same name, which lives by it. By name.
 * @param found what is ours by the history alone
 */
export function overwritten(desired: Desired, found: Owned): string[] {
  const files = [...desired.files].flatMap(([path, content]) => {
    const there = under(found.files, path);
    return there === undefined || there === blobId(content) ? [] : [path];
  });
  const entries = [...desired.edits].flatMap(([path, edits]) =>
    edits
      .filter((edit) =>
        (under(found.edits, path) ?? []).some(
          (one) => editKey(one.edit) === editKey(edit) && !sameContent(one.edit, edit),
        ),
      )
      .map((edit) => entryName(path, edit)),
  );
  return [...files, ...entries].sort();
}
