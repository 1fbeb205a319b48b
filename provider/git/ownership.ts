import { isUtf8 } from "node:buffer";
import { createTwoFilesPatch } from "diff";
import { blobId, type Head } from "./branch";
import { EditError } from "./yaml/edit-text";
import { editKey, hasEntry, takeEntries, writeEntries } from "./yaml/edits";
import { readBack } from "./yaml/read-back";
import type { Before } from "./yaml/edit-text";
import { isPlaceholder } from "../../manifests/flux/read-bootstrap";
import type { Edit } from "../../manifests/git/edits";

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
}

export const NOTHING_OWNED: Owned = { files: {}, initialFiles: {}, edits: {} };
export const NOTHING_DESIRED: Desired = {
  files: new Map(),
  initialFiles: new Map(),
  edits: new Map(),
  adopt: false,
};

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

/** Object ids whose contents {@link plan} needs: edited files, and files that somebody else may have changed. */
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
    if (oid !== owned.files[path] && (wanted === undefined || oid !== blobId(wanted))) need(path);
  }
  return [...needed];
}

/**
 * What to write and delete on top of `head` so that it holds what is `desired`, given what is `owned`. Touches only
 * paths that are owned or desired. Throws {@link ConflictError} with every conflict at once: a file that somebody
 * else changed, a file in the way that isn't ours, an entry of others under the same name.
 */
export function plan(
  head: Head,
  contents: ReadonlyMap<string, Buffer>,
  desired: Desired,
  owned: Owned,
): Plan {
  const writes = new Map<string, { mode: string; content: Buffer }>();
  const deletes: string[] = [];
  const changed: string[] = [];
  const blocked: string[] = [];
  const text = (path: string): string => contents.get(head.tree.get(path)?.oid ?? "")?.toString("utf8") ?? "";
  const wanted = (path: string): boolean =>
    desired.files.has(path) || desired.initialFiles.has(path) || desired.edits.has(path);
  // What stays: a path of ours that goes makes room for another one in the same commit.
  const staying = new Map(
    [...head.tree].filter(([path, { oid }]) => wanted(path) || oid !== owned.files[path]),
  );
  const folders = foldersOf(staying);
  const lowerCase = new Map([...staying.keys()].map((path) => [path.toLowerCase(), path]));

  const write = (path: string, content: Buffer): void => {
    const mode = head.tree.get(path)?.mode;
    writes.set(path, { mode: mode === "100755" ? mode : "100644", content });
  };
  const inTheWay = (path: string): string | undefined => {
    if (folders.has(path)) return `${path}: there is a folder of this name`;
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const parent = path.slice(0, end);
      const entry = staying.get(parent);
      if (entry !== undefined) return `${path}: ${parent} is ${kindOf(entry.mode)}, not a folder`;
    }
    const mode = staying.get(path)?.mode;
    if (mode !== undefined && !mode.startsWith("100"))
      return `${path}: there is ${kindOf(mode)} of this name`;
    const twin = lowerCase.get(path.toLowerCase());
    if (twin !== undefined && twin !== path) return `${path}: ${twin} differs only in upper and lower case`;
    return undefined;
  };

  for (const [path, content] of desired.files) {
    const found = head.tree.get(path)?.oid;
    const ours = owned.files[path];
    if (found === blobId(content) && head.tree.get(path)?.mode.startsWith("100") === true) continue;
    const obstacle = inTheWay(path);
    if (obstacle !== undefined) blocked.push(obstacle);
    else if (desired.adopt || found === ours || awaitsFlux(path, text(path))) write(path, content);
    else if (ours === undefined) {
      blocked.push(
        `${path}: the file is there already and isn't ours:\n${difference(path, text(path), content)}`,
      );
    } else changed.push(foreign(path, found === undefined ? undefined : text(path), content));
  }
  for (const [path, ours] of Object.entries(owned.files)) {
    if (wanted(path)) continue;
    const found = head.tree.get(path)?.oid;
    if (found === ours) deletes.push(path);
    else if (found !== undefined) changed.push(foreign(path, text(path), undefined));
  }

  const initialFiles: Record<string, string> = {};
  for (const [path, content] of desired.initialFiles) {
    if (head.tree.has(path)) {
      initialFiles[path] = owned.initialFiles[path] ?? NOT_OURS;
      continue;
    }
    const obstacle = inTheWay(path);
    if (obstacle !== undefined) blocked.push(obstacle);
    initialFiles[path] = blobId(content);
    write(path, content);
  }
  for (const [path, created] of Object.entries(owned.initialFiles)) {
    // Changed since: it is the user's and stays.
    if (!wanted(path) && head.tree.get(path)?.oid === created) deletes.push(path);
  }

  const edits: Record<string, readonly OwnedEdit[]> = {};
  for (const path of new Set([...desired.edits.keys(), ...Object.keys(owned.edits)])) {
    // The file that held entries of ours is wholly ours now.
    if (desired.files.has(path) && !desired.edits.has(path)) continue;
    const regular = head.tree.get(path)?.mode.startsWith("100") === true;
    const obstacle = regular || !desired.edits.has(path) ? undefined : inTheWay(path);
    if (obstacle !== undefined) {
      blocked.push(obstacle);
      continue;
    }
    try {
      const exists = head.tree.has(path);
      const result = editFile(
        exists ? text(path) : undefined,
        desired.edits.get(path) ?? [],
        owned.edits[path] ?? [],
        desired.adopt,
        owned.initialFiles[path],
      );
      if (result.owned.length > 0) edits[path] = result.owned;
      if (result.text === undefined) {
        // A file that was made for our entries alone makes room for the initial one.
        const initial = desired.initialFiles.get(path);
        if (exists && initial === undefined) deletes.push(path);
        else if (exists && initial !== undefined) {
          write(path, initial);
          initialFiles[path] = blobId(initial);
        }
      } else if (!exists || result.text !== text(path)) {
        if (exists && !isUtf8(contents.get(head.tree.get(path)?.oid ?? "") ?? Buffer.alloc(0)))
          throw new EditError("the file isn't UTF-8 text; its other lines could not be kept as they are");
        write(path, Buffer.from(result.text, "utf8"));
      }
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      blocked.push(`${path}: ${error.message}`);
    }
  }

  if (changed.length > 0) {
    throw new ConflictError(
      [...changed, ...blocked],
      "To put ours back run `pulumi refresh`, look at the plan, then `pulumi up`. To keep theirs, change the program to match.",
    );
  }
  if (blocked.length > 0) {
    throw new ConflictError(
      blocked,
      "Nothing was changed in the repository. Move what is in the way, choose another path, or take the files over with `adopt`.",
    );
  }
  const files = Object.fromEntries([...desired.files].map(([path, content]) => [path, blobId(content)]));
  return { writes, deletes, owned: { files, initialFiles, edits } };
}

/** The state of what is owned as `head` has it: the basis of `pulumi refresh`. */
export function actual(head: Head, contents: ReadonlyMap<string, Buffer>, owned: Owned): Owned {
  const files = Object.fromEntries(
    Object.keys(owned.files).flatMap((path) => {
      const oid = head.tree.get(path)?.oid;
      return oid === undefined ? [] : [[path, oid]];
    }),
  );
  const edits = Object.fromEntries(
    Object.entries(owned.edits).flatMap(([path, ours]) => {
      const oid = head.tree.get(path)?.oid;
      const text = contents.get(oid ?? "")?.toString("utf8");
      const left = text === undefined ? [] : ours.filter(({ edit }) => hasEntry(text, edit));
      return left.length === 0 ? [] : [[path, left]];
    }),
  );
  return { files, initialFiles: owned.initialFiles, edits };
}

function editFile(
  found: string | undefined,
  desired: readonly Edit[],
  owned: readonly OwnedEdit[],
  adopt: boolean,
  initialFile: string | undefined,
): { text: string | undefined; owned: readonly OwnedEdit[] } {
  let text = found;
  const keep = new Set(desired.map(editKey));
  const going = owned.filter(({ edit, added }) => added && !keep.has(editKey(edit)));
  if (text !== undefined) text = takeEntries(text, going);
  const created = text === undefined;
  if (text === undefined && desired.length > 0) {
    text = desired[0]?.initial;
    if (text === undefined) throw new EditError("the file isn't there, and its other content isn't ours");
  }
  const known = new Map(owned.map((entry) => [editKey(entry.edit), entry]));
  const written = desired.map((edit) => {
    const previous = known.get(editKey(edit));
    return { edit, previous, replaces: previous?.added === true ? previous.edit : undefined };
  });
  const done = text === undefined ? undefined : writeEntries(text, written, found === undefined);
  text = done?.text;
  const result = written.map(({ edit, previous }, index): OwnedEdit => {
    const { added = false, before = "list" } = done?.results[index] ?? {};
    if (previous !== undefined && !added) return { ...previous, edit };
    return {
      edit,
      added: added || (previous?.added ?? adopt),
      before: previous?.before ?? before,
      created: previous?.created ?? (created && index === 0),
    };
  });
  if (text !== undefined) {
    const all = [...desired, ...owned.map(({ edit }) => edit)];
    readBack(found ?? desired[0]?.initial ?? text, text, all, desired);
  }
  // A file of ours at first, or made for our entries, goes with the last of them unless somebody wrote into it since.
  const made = owned.some((entry) => entry.created);
  const initial = owned.find((entry) => entry.edit.initial !== undefined)?.edit.initial;
  const untouched = text !== undefined && (made ? text === initial : blobId(text) === initialFile);
  if (desired.length === 0 && untouched) text = undefined;
  return { text, owned: result };
}

/** True for a file of Flux's that somebody made, still without content, so that the folder can list it. */
function awaitsFlux(path: string, text: string): boolean {
  return /(^|\/)gotk-(components|sync)\.yaml$/.test(path) && isPlaceholder(text);
}

function foreign(path: string, theirs: string | undefined, ours: Buffer | undefined): string {
  return theirs === undefined
    ? `${path}: somebody else removed this file of ours`
    : `${path}: somebody else changed this file of ours:\n${difference(path, theirs, ours)}`;
}

function difference(path: string, theirs: string, ours: Buffer | undefined): string {
  const patch = createTwoFilesPatch(
    path,
    path,
    theirs,
    ours?.toString("utf8") ?? "",
    "in the repository",
    "wanted",
  );
  return patch.split("\n").slice(1, 60).join("\n").trimEnd();
}

function foldersOf(tree: ReadonlyMap<string, unknown>): Set<string> {
  const folders = new Set<string>();
  for (const path of tree.keys()) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

function kindOf(mode: string): string {
  return mode === "120000" ? "a symbolic link" : mode === "160000" ? "a submodule" : "a file";
}
