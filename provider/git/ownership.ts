import { blobId, type Head } from "./branch";
import { ifReadable } from "./yaml/edit-text";
import { hasEntry } from "./yaml/edits";
import { contentOf, foundEntry, sameContent } from "./yaml/found-entry";
import type { Before } from "./yaml/edit-text";
import type { Edit } from "../../manifests/git/edits";
import { isSharedRule } from "../../manifests/secrets/sops-recipients";

/** What one hand-off wants in the repository. */
export interface Desired {
  /** Files that are ours alone. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Files that are written only where there are none; from then on they are the user's. */
  readonly initialFiles: ReadonlyMap<string, Buffer>;
  /** Entries of ours in files of others. */
  readonly edits: ReadonlyMap<string, readonly Edit[]>;
  /** Takes over files that exist with other content. */
  readonly adopt: boolean;
}

export interface OwnedEdit {
  readonly edit: Edit;
  /** False when the entry was there before us: then it stays when ours goes. */
  readonly added: boolean;
  readonly before: Before;
  /** True when the whole file was made for this entry. */
  readonly created: boolean;
}

/** Instead of the object id: an initial file that was there before us. */
export const NOT_OURS = "";

/** What is ours in the repository: files by path and object id, entries by path. Kept in the resource's state. */
export interface Owned {
  readonly files: Readonly<Record<string, string>>;
  readonly initialFiles: Readonly<Record<string, string>>;
  readonly edits: Readonly<Record<string, readonly OwnedEdit[]>>;
  /** Of the files, those that were there before us with the same content: they stay when ours go, as entries do. */
  readonly found?: readonly string[];
}

/** `found` as `Owned` has it: states without any have no such field. */
export function foundFiles(paths: readonly string[]): Pick<Owned, "found"> {
  return paths.length === 0 ? {} : { found: [...paths].sort() };
}

/** What a record has under a path, which may be called like a property of every object. */
export function under<T>(record: Readonly<Record<string, T>>, path: string): T | undefined {
  return Object.hasOwn(record, path) ? record[path] : undefined;
}

export const NOTHING_OWNED: Owned = { files: {}, initialFiles: {}, edits: {} };
export const NOTHING_DESIRED: Desired = {
  files: new Map(),
  initialFiles: new Map(),
  edits: new Map(),
  adopt: false,
};

/** Paths of what is wanted. */
export function namesWanted({ files, initialFiles, edits }: Desired): ReadonlySet<string> {
  return new Set([...files.keys(), ...initialFiles.keys(), ...edits.keys()]);
}

export interface Plan {
  readonly writes: ReadonlyMap<string, { readonly mode: string; readonly content: Buffer }>;
  readonly deletes: readonly string[];
  /** What is ours once the plan is in the repository. */
  readonly owned: Owned;
}

/** Something in the repository is in the way; one text for every place. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
  constructor(
    readonly conflicts: readonly string[],
    readonly advice: string,
  ) {
    super([...conflicts, `→ ${advice}`].join("\n"));
  }
}

/** Object ids whose contents the plan needs: edited files, and files that somebody else may have changed. */
export function contentsNeeded(head: Head, desired: Desired, owned: Owned): string[] {
  const needed = new Set<string>();
  const need = (path: string): void => {
    const oid = head.tree.get(path)?.oid;
    if (oid !== undefined) needed.add(oid);
  };
  for (const path of [...desired.edits.keys(), ...Object.keys(owned.edits)]) need(path);
  for (const path of [...desired.files.keys(), ...Object.keys(owned.files)]) {
    const oid = head.tree.get(path)?.oid;
    const wanted = desired.files.get(path);
    if (oid !== under(owned.files, path) && (wanted === undefined || oid !== blobId(wanted))) need(path);
  }
  return [...needed];
}

/** What is owned and in `head` just as it was written. */
export function unchanged(head: Head, contents: ReadonlyMap<string, Buffer>, owned: Owned): Owned {
  return lookedUp(head, contents, owned, (text, entry) => (hasEntry(text, entry.edit) ? entry : undefined));
}

/** The state of what is owned as `head` has it: the basis of `pulumi refresh`. */
export function actual(head: Head, contents: ReadonlyMap<string, Buffer>, owned: Owned): Owned {
  return lookedUp(head, contents, owned, (text, entry) => {
    // In a file that somebody broke it is neither gone nor changed: the next commit says so.
    const [found] = ifReadable(() => [foundEntry(text, entry.edit)]) ?? [entry.edit];
    if (found === undefined || (!entry.added && !sameContent(found, entry.edit))) return undefined;
    // Colleagues that somebody added to our rule of .sops.yaml are no change of ours.
    return found === entry.edit || isSharedRule(contentOf(found), contentOf(entry.edit))
      ? entry
      : { ...entry, edit: found };
  });
}

function lookedUp(
  head: Head,
  contents: ReadonlyMap<string, Buffer>,
  owned: Owned,
  look: (text: string, entry: OwnedEdit) => OwnedEdit | undefined,
): Owned {
  const files = Object.fromEntries(
    Object.keys(owned.files).flatMap((path) => {
      const oid = head.tree.get(path)?.oid;
      return oid === undefined ? [] : [[path, oid]];
    }),
  );
  const edits = Object.entries(owned.edits).flatMap(([path, ours]): [string, readonly OwnedEdit[]][] => {
    const text = contents.get(head.tree.get(path)?.oid ?? "")?.toString("utf8");
    const left = text === undefined ? [] : ours.flatMap((entry) => look(text, entry) ?? []);
    return left.length === 0 ? [] : [[path, left]];
  });
  return { ...owned, files, edits: Object.fromEntries(edits) };
}
