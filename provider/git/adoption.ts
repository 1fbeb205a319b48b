import type { Head, History } from "./branch";
import { handoffsIn, type Owner } from "./commit-message";
import { sameOwner } from "./mark";
import { editName, hasEntry } from "./yaml/edits";
import { foundFiles, NOT_OURS, type Desired, type Owned, under } from "./ownership";
import type { Edit } from "../../manifests/git/edits";

/**
 * How a path changes hands. State tells a hand-off what is its own, and nothing of what others want; the branch is what
 * all see. So who takes over what is there says so in a commit (the trailer `Handoff-Adopted`), and who would delete
 * something reads first whether it was taken over since. Things are named by path, and entries by path, list and entry.
 */

/** What is wanted, is there already, and isn't ours as far as we know. */
export function foundThere(
  head: Head,
  contents: ReadonlyMap<string, Buffer>,
  desired: Desired,
  owned: Owned,
): string[] {
  const ours = namesOf(owned);
  const files = [...desired.files.keys(), ...desired.initialFiles.keys()].filter(
    // A file that held entries of ours is no find either.
    (path) => head.tree.has(path) && !ours.has(path) && under(owned.edits, path) === undefined,
  );
  const entries = [...desired.edits].flatMap(([path, edits]) => {
    const text = contents.get(head.tree.get(path)?.oid ?? "")?.toString("utf8");
    if (text === undefined || ours.has(path)) return [];
    return edits.filter((edit) => hasEntry(text, edit)).map((edit) => entryName(path, edit));
  });
  return [...files, ...entries.filter((name) => !ours.has(name))];
}

/** What is ours, is there when a head is given, and isn't wanted any more. */
export function leaving(head: Head | undefined, desired: Desired, owned: Owned): string[] {
  const wanted = new Set([
    ...desired.files.keys(),
    ...desired.initialFiles.keys(),
    ...[...desired.edits].flatMap(([path, edits]) => [path, ...edits.map((edit) => entryName(path, edit))]),
  ]);
  return [...namesOf(owned)]
    .filter(
      ([name, path]) =>
        head?.tree.has(path) !== false && !wanted.has(name) && under(owned.initialFiles, name) !== NOT_OURS,
    )
    .map(([name]) => name);
}

/** Who took over what, by name, as far as it wasn't us: the newest word on each counts. */
export function adoptedByOthers(history: History, owner: Owner): ReadonlyMap<string, Owner> {
  const newest = new Map<string, Owner>();
  for (const handoff of history.commits.flatMap(({ message }) => handoffsIn(message))) {
    for (const name of handoff.adopted) if (!newest.has(name)) newest.set(name, handoff.owner);
  }
  return new Map([...newest].filter(([, other]) => !sameOwner(other, owner)));
}

/** What is ours without some of it, which then isn't touched any more. */
export function letGo(owned: Owned, goes: (name: string, path: string) => boolean): Owned {
  const staying = <T>(group: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(group).filter(([path]) => !goes(path, path)));
  const edits = Object.entries(owned.edits).flatMap(([path, entries]) => {
    const left = entries.filter(({ edit }) => !goes(entryName(path, edit), path));
    return left.length === 0 ? [] : [[path, left] as const];
  });
  return {
    files: staying(owned.files),
    initialFiles: staying(owned.initialFiles),
    edits: Object.fromEntries(edits),
    ...foundFiles((owned.found ?? []).filter((path) => !goes(path, path))),
  };
}

/** What is ours: name → path. */
export function namesOf(owned: Owned): Map<string, string> {
  const paths = [...Object.keys(owned.files), ...Object.keys(owned.initialFiles)];
  return new Map([
    ...paths.map((path) => [path, path] as const),
    ...Object.entries(owned.edits).flatMap(([path, entries]) =>
      entries.map(({ edit }) => [entryName(path, edit), path] as const),
    ),
  ]);
}

/** `clusters/prod/kustomization.yaml resources: calcom` */
export function entryName(path: string, edit: Edit): string {
  return `${path} ${editName(edit)}`;
}
