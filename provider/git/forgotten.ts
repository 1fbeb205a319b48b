import type { Head, History } from "./branch";
import { changesIn, handoffsIn, type Owner, sameOwner } from "./commit-message";
import { type Desired, namesWanted } from "./ownership";

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
