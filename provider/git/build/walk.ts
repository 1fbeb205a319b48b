import type { TreeEntry } from "../branch";
import { folderOf, kustomizationsIn } from "./kustomization-file";
import type { Lists } from "./lists";
import { objectKey, objectLabel, type ObjectName, type Objects } from "./objects";
import type { Ignored } from "./source-ignore";
import type { AppliedAs } from "../../../manifests/flux/applied-as";

/** The files of a commit, and the texts of those that were asked for. */
export interface Files {
  readonly tree: ReadonlyMap<string, TreeEntry>;
  /** Undefined: not read yet. */
  readonly text: (oid: string) => string | undefined;
  /** Paths whose texts only `up` knows. */
  readonly unknown: ReadonlySet<string>;
  readonly ignored: Ignored;
  /** Paths that the commit writes; these are read line by line. @default none */
  readonly written?: ReadonlySet<string>;
}

/** What was parsed of a file, by object id; before and after share nearly all. */
export interface Parsed {
  readonly lists: Map<string, Lists | string>;
  readonly objects: Map<string, Objects>;
}

/** A field of a kustomization that changes which object a file's object is. */
export interface Transformation {
  /** `namePrefix` */
  readonly field: string;
  /** The kustomization's file. */
  readonly path: string;
}

/** An object as the build has it so far. */
export interface Found extends ObjectName {
  readonly file: string;
  /** Its label in that file. */
  readonly own: string;
  /** The names that it had on the way, its own first. */
  readonly names: readonly ObjectName[];
  readonly changes: readonly Transformation[];
}

/** What a build of a folder comes to know. */
export interface Walk {
  readonly files: Files;
  readonly parsed: Parsed;
  /** Object ids that have to be read first. */
  readonly missing: Set<string>;
  readonly allFolders: ReadonlySet<string>;
  readonly faults: Map<string, string>;
  readonly folders: Set<string>;
  readonly deleted: Found[];
  /** Kinds of objects that generators make, whose names aren't known; "*" for any. */
  readonly made: Set<string>;
  /** What the Flux Kustomization makes of the folder that it applies. */
  readonly as: Step | undefined;
  /** What lists don't tell, in words (`` `transformers` of a/kustomization.yaml ``), and the files whose objects go through it. */
  readonly beyond: Map<string, ReadonlySet<string>>;
  /** Files that it is built from, as far as they are known. */
  readonly sources: Set<string>;
  partial: boolean;
  /** True when something of it lies at another address. */
  remote: boolean;
}

/** What changes the objects of a build, by the file that says it. */
export interface Step {
  readonly path: string;
  readonly lists: Pick<Lists, "patches" | "beyond" | "prefix" | "suffix" | "namespace">;
  /** Of a Flux Kustomization: what it says itself, and the components that it adds to what it applies. */
  readonly as?: AppliedAs;
  /** What the file calls a field, where that isn't what kustomize calls it. */
  readonly nameOf?: (field: string) => string;
}

/** True for a file that Flux's source has. */
export function isFile({ tree, ignored }: Pick<Files, "tree" | "ignored">, path: string): boolean {
  return tree.get(path)?.mode.startsWith("100") === true && !ignored(path);
}

/** The kustomization files of a folder that Flux's source has: it has no symbolic links. */
export function kustomizationsRead(files: Pick<Files, "tree" | "ignored">, folder: string): string[] {
  return kustomizationsIn(files.tree, folder).filter((path) => isFile(files, path));
}

/** A file's text, when Flux's source has it and it was read; else it is asked for. */
export function textOf({ files, missing }: Walk, path: string): string | undefined {
  if (!isFile(files, path) || files.unknown.has(path)) return undefined;
  const oid = files.tree.get(path)?.oid ?? "";
  const text = files.text(oid);
  if (text === undefined) missing.add(oid);
  return text;
}

export function parsedOf<T>(
  walk: Walk,
  path: string,
  known: Map<string, T>,
  parse: (text: string) => T,
): T | undefined {
  const oid = walk.files.tree.get(path)?.oid ?? "";
  const before = known.get(oid);
  if (before !== undefined) return before;
  const text = textOf(walk, path);
  if (text === undefined) return undefined;
  const result = parse(text);
  known.set(oid, result);
  return result;
}

/** Notes that a field does to objects what isn't told here. */
export function noteBeyond(
  { beyond }: Walk,
  { field, path }: Transformation,
  objects: Iterable<Found>,
): void {
  const what = `\`${field}\` of ${path}`;
  beyond.set(what, new Set([...(beyond.get(what) ?? []), ...[...objects].map(({ file }) => file)]));
}

/** Notes objects that `list` brings a second time. */
export function noteTwins(
  { faults }: Walk,
  list: string,
  before: readonly Found[],
  found: readonly Found[],
): void {
  const first = new Map(before.map((object) => [objectKey(object), object]));
  for (const object of found) {
    const key = objectKey(object);
    const twin = first.get(key);
    if (twin === undefined) first.set(key, object);
    else {
      const where =
        twin.file === object.file
          ? `twice through ${list}: ${object.file}`
          : `${twin.file} and ${object.file}`;
      faults.set(`twice ${key}`, `${objectLabel(object)}: already registered id, by ${where}`);
    }
  }
}

const folderSets = new WeakMap<ReadonlyMap<string, unknown>, ReadonlySet<string>>();

/** All folders of a tree. */
export function foldersIn(tree: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  let folders = folderSets.get(tree) as Set<string> | undefined;
  if (folders !== undefined) return folders;
  folders = new Set();
  for (const path of tree.keys()) {
    for (let folder = folderOf(path); folder !== "" && !folders.has(folder); folder = folderOf(folder)) {
      folders.add(folder);
    }
  }
  folderSets.set(tree, folders);
  return folders;
}
