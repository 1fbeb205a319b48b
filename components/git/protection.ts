import type { Head } from "./branch";
import { EditError } from "./edit-text";
import { hasEntry } from "./edits";
import { ConflictError, type Plan } from "./ownership";

/** Something that a commit of ours never takes away: a file, or an entry of a list in it. Removing the resource may. */
export interface Protection {
  readonly path: string;
  /** Keys down to the list whose entry has to stay, such as `["resources"]`. Left out: the file as a whole. */
  readonly list?: readonly string[];
  readonly entry?: string;
  /** What would happen without it, for the reader of the refusal. */
  readonly reason: string;
}

/** Object ids of the files whose contents {@link checkProtected} needs. */
export function protectedOids(head: Head, protect: readonly Protection[]): string[] {
  return protect.flatMap(({ path, entry }) => (entry === undefined ? [] : (head.tree.get(path)?.oid ?? [])));
}

/** @throws ConflictError when the plan takes away something protected that `head` has */
export function checkProtected(
  head: Head,
  contents: ReadonlyMap<string, Buffer>,
  { writes, deletes }: Plan,
  protect: readonly Protection[],
): void {
  const deleted = new Set(deletes);
  const taken = protect.filter((wanted) => {
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

function holds({ list, entry }: Protection, content: Buffer | undefined): boolean {
  if (content === undefined || list === undefined || entry === undefined) return content !== undefined;
  try {
    return hasEntry(content.toString("utf8"), { list, entry });
  } catch (error) {
    if (error instanceof EditError) return false;
    throw error;
  }
}

function describe({ path, list = [], entry, reason }: Protection): string {
  const what =
    entry === undefined
      ? "this commit would remove the file"
      : `this commit would remove '${entry}' from its '${list.join(".")}'`;
  return `${path}: ${what}. ${reason}`;
}
