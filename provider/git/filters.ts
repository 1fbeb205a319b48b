import { ATTRIBUTES_FILE, attributesFilesAbove, filterLines, type FilterLine } from "./attributes";
import type { Head } from "./branch";
import { type Desired, under } from "./ownership";

/** Filters that keep something else in git than the text, and what. */
const KEEPS: Readonly<Record<string, readonly [name: string, what: string]>> = {
  lfs: ["Git LFS", "a pointer"],
  "git-crypt": ["git-crypt", "ciphertext"],
};

/** Which filter git would put a file of the commit through; files of ours are written as they are. */
export type FilterOf = (path: string) => FilterLine | undefined;

/** Object ids of the attributes files that count for what is desired. */
export function attributesOids({ tree }: Head, { files, initialFiles, edits }: Desired): string[] {
  const paths = [...files.keys(), ...initialFiles.keys(), ...edits.keys()];
  const above = new Set(paths.flatMap(attributesFilesAbove));
  return [...above].flatMap((path) => tree.get(path)?.oid ?? []);
}

/** @param contents with those of `attributesOids` */
export function filtersIn(head: Head, contents: ReadonlyMap<string, Buffer>, desired: Desired): FilterOf {
  return filterLines((path) => {
    const { mode, oid = "" } = head.tree.get(path) ?? {};
    // git doesn't follow a link there.
    const theirs = mode?.startsWith("100") === true ? contents.get(oid) : undefined;
    return (desired.files.get(path) ?? theirs)?.toString("utf8");
  });
}

/** Why a path can't be written, when a filter would keep something else than its text there. */
export function filterFault(path: string, found: FilterLine | undefined): string | undefined {
  const [name, what] = under(KEEPS, found?.filter ?? "") ?? [];
  if (found === undefined || name === undefined || what === undefined) return undefined;
  const { filter, file, line } = found;
  const inside = `/${path.slice(file.length - ATTRIBUTES_FILE.length)}`;
  const pattern = /[\s"\\]/.test(inside) ? JSON.stringify(inside) : inside;
  return (
    `${path}: line ${String(line)} of ${file} gives it to ${name} (filter=${filter}), which keeps ${what} in git: ` +
    "our text in its place would break every clone\n" +
    `→ Except it by the last line there: ${pattern} -filter`
  );
}

/** What to say of other filters, which aren't run. */
export function filterNotes(paths: Iterable<string>, filterOf: FilterOf): string[] {
  return [...paths].flatMap((path) => {
    const found = filterOf(path);
    return found === undefined
      ? []
      : [
          `${path} is written as it is, without the filter "${found.filter}" that line ${String(found.line)} of ${found.file} gives it`,
        ];
  });
}
