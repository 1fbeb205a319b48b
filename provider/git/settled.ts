import { isDeepStrictEqual } from "node:util";
import { foundFiles, type Owned, unchanged } from "./ownership";
import type { Branch, Head } from "./branch";

/** What is ours on the base: as it was, with what of the proposal has been merged since. */
export async function settled(branch: Branch, base: Head, owned: Owned, proposed: Owned): Promise<Owned> {
  const oids = Object.keys(proposed.edits).flatMap((path) => base.tree.get(path)?.oid ?? []);
  const merged = unchanged(base, await branch.read(oids), proposed);
  const there = <T>(group: Readonly<Record<string, T>>, has: (path: string) => boolean) =>
    Object.fromEntries(Object.entries(group).filter(([path]) => has(path))) as Record<string, T>;
  const edits = { ...owned.edits };
  for (const [path, entries] of Object.entries(merged.edits)) {
    const others = (edits[path] ?? []).filter((mine) =>
      entries.every(({ edit }) => !isDeepStrictEqual(edit, mine.edit)),
    );
    edits[path] = [...others, ...entries];
  }
  return {
    files: {
      ...owned.files,
      ...there(proposed.files, (path) => merged.files[path] === proposed.files[path]),
    },
    initialFiles: { ...owned.initialFiles, ...there(proposed.initialFiles, (path) => base.tree.has(path)) },
    edits,
    ...foundFiles([...new Set([...(owned.found ?? []), ...(proposed.found ?? [])])]),
  };
}
