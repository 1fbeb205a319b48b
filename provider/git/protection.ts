import type { Head } from "./branch";
import { hasEntry } from "./yaml/edits";
import { ConflictError, type Plan } from "./ownership";
import type { Protection } from "../../manifests/git/protection";

interface Protected {
  readonly path: string;
  readonly entry?: string;
  readonly reason: string;
}

function each(protect: readonly Protection[]): Protected[] {
  return protect.flatMap(({ files, resources, reason }) => [
    ...files.map((path) => ({ path, reason })),
    ...Object.entries(resources).flatMap(([path, entries]) =>
      entries.map((entry) => ({ path, entry, reason })),
    ),
  ]);
}

/** Object ids of the files whose contents {@link checkProtected} needs. */
export function protectedOids(head: Head, protect: readonly Protection[]): string[] {
  return protect
    .flatMap(({ resources }) => Object.keys(resources))
    .flatMap((path) => head.tree.get(path)?.oid ?? []);
}

/** @throws ConflictError when the plan takes away something protected that `head` has */
export function checkProtected(
  head: Head,
  contents: ReadonlyMap<string, Buffer>,
  { writes, deletes }: Plan,
  protect: readonly Protection[],
): void {
  const deleted = new Set(deletes);
  const taken = each(protect).filter((wanted) => {
    const { path } = wanted;
    const found = head.tree.get(path);
    if (found === undefined || !(deleted.has(path) || writes.has(path))) return false;
    const after = deleted.has(path) ? undefined : writes.get(path)?.content;
    const before = wanted.entry === undefined || holds(wanted, contents.get(found.oid));
    return before && !holds(wanted, after);
  });
  if (taken.length === 0) return;
  throw new ConflictError(
    // The same thing may be protected by the former inputs and the new ones.
    [...new Set(taken.map(describe))],
    "Nothing was changed. Keep it in the program; or name it in `retain`, and remove it by hand once nothing reads it. `pulumi destroy` takes it away in the right order.",
  );
}

function holds({ entry }: Protected, content: Buffer | undefined): boolean {
  if (content === undefined || entry === undefined) return content !== undefined;
  return hasEntry(content.toString("utf8"), { list: ["resources"], entry });
}

function describe({ path, entry, reason }: Protected): string {
  const what = entry === undefined ? "remove the file" : `remove '${entry}' from its resources`;
  return `${path}: this commit would ${what}. ${reason}`;
}
