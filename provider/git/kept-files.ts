import { keepFields, type KeptValue } from "./yaml/kept-fields";
import { sameMeaning } from "./yaml/same-meaning";
import type { Desired, Owned } from "./ownership";
import { blobId, type Head } from "./branch";
import { isShared } from "./shared-secrets";
import type { KeptFields } from "../../manifests/git/kept-fields";

type Contents = ReadonlyMap<string, Buffer>;

/** What was handed off the last time, by which a change of kept fields alone is told from other changes. */
export interface Former {
  readonly files: Readonly<Record<string, string>>;
  readonly keep: KeptFields;
}

/** Object ids of the files with kept fields, whose contents the functions here need. */
export function keptOids(head: Head, ...fields: readonly KeptFields[]): string[] {
  return fields.flatMap(Object.keys).flatMap((path) => head.tree.get(path)?.oid ?? []);
}

/**
 * What is desired, with the head's values in the kept fields. Who sets them may format the whole file anew: as long as
 * the program's text is what was handed off and theirs means the same, it stays as they have it.
 */
export function withKeptFields(
  desired: Desired,
  keep: KeptFields,
  formers: readonly Former[],
  head: Head,
  contents: Contents,
): { readonly desired: Desired; readonly kept: readonly (KeptValue & { readonly path: string })[] } {
  const files = new Map(desired.files);
  const kept: (KeptValue & { path: string })[] = [];
  for (const [path, fields] of Object.entries(keep)) {
    const ours = files.get(path);
    const theirs = textAt(head, contents, path);
    if (ours === undefined || theirs === undefined) continue;
    const result = keepFields(ours.toString("utf8"), theirs, fields);
    const handedOff = formers.some((former) => {
      const before = former.files[path];
      return before !== undefined && keepFields(before, theirs, fields).text === result.text;
    });
    const text = handedOff && sameMeaning(result.text, theirs) ? theirs : result.text;
    files.set(path, Buffer.from(text, "utf8"));
    kept.push(...result.kept.map((value) => ({ ...value, path })));
  }
  return { desired: { ...desired, files }, kept };
}

/**
 * What is owned, with the head's files for those in which nothing but kept fields and the format changed, or for whom
 * SOPS encrypted them.
 */
export function recognize(
  owned: Owned,
  formers: readonly Former[],
  keep: KeptFields,
  head: Head,
  contents: Contents,
): Owned {
  const files = Object.entries(owned.files).map(([path, oid]) => {
    const found = head.tree.get(path)?.oid;
    const theirs = found === oid ? undefined : textAt(head, contents, path);
    if (found === undefined || theirs === undefined) return [path, oid];
    const isOurs = formers.some((former) => {
      const ours = former.files[path];
      const fields = [...(former.keep[path] ?? []), ...(keep[path] ?? [])];
      if (ours === undefined) return false;
      if (isShared(ours, theirs)) return true;
      const { text } = keepFields(ours, theirs, fields);
      return blobId(text) === found || (fields.length > 0 && sameMeaning(text, theirs));
    });
    return [path, isOurs ? found : oid];
  });
  return { ...owned, files: Object.fromEntries(files) as Record<string, string> };
}

function textAt(head: Head, contents: Contents, path: string): string | undefined {
  return contents.get(head.tree.get(path)?.oid ?? "")?.toString("utf8");
}
