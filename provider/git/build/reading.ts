import type { TreeEntry } from "../branch";
import { folderOf, isKustomization, kustomizationsIn } from "./kustomization-file";
import { isRemote, listsIn, targetOf, transformed, type Lists } from "./lists";
import { objectKey, objectLabel, objectsIn, type ObjectName, type Objects } from "./objects";
import type { Ignored } from "./source-ignore";
import { foldersAbove } from "../../../manifests/files";

/** An object that a folder's build has. */
export interface BuiltObject {
  readonly key: string;
  /** `Kustomization flux-system/apps` */
  readonly label: string;
  /** The file that it comes from. */
  readonly file: string;
  /** Its label in that file. */
  readonly own: string;
  /** What gave it another name or namespace than its file says, or took it out. */
  readonly changes: readonly Transformation[];
}

/** A field of a kustomization that changes which object a file's object is. */
export interface Transformation {
  /** `namePrefix` */
  readonly field: string;
  /** The kustomization's file. */
  readonly path: string;
}

/** What Flux would build of a folder, as far as its lists tell. */
export interface Reading {
  readonly objects: ReadonlyMap<string, BuiltObject>;
  /** Objects that are listed and deleted by a patch. */
  readonly deleted: readonly BuiltObject[];
  /** What makes the build fail, in words, by what stays the same when it is found again. */
  readonly faults: ReadonlyMap<string, string>;
  /** Folders of kustomizations that were read. */
  readonly folders: ReadonlySet<string>;
  /** True when the folder has no kustomization file, so that Flux makes one of all that is in it. */
  readonly generated: boolean;
  /** True when something isn't known yet, so that what isn't found may still be there. */
  readonly partial: boolean;
}

/** The files of a commit, and the texts of those that were asked for. */
export interface Files {
  readonly tree: ReadonlyMap<string, TreeEntry>;
  /** Undefined: not read yet. */
  readonly text: (oid: string) => string | undefined;
  /** Paths whose texts only `up` knows. */
  readonly unknown: ReadonlySet<string>;
  readonly ignored: Ignored;
}

/** What was parsed of a file, by object id; before and after share nearly all. */
export interface Parsed {
  readonly lists: Map<string, Lists | string>;
  readonly objects: Map<string, Objects>;
}

interface Walk {
  readonly files: Files;
  readonly parsed: Parsed;
  /** Object ids that have to be read first. */
  readonly missing: Set<string>;
  readonly allFolders: ReadonlySet<string>;
  readonly faults: Map<string, string>;
  readonly folders: Set<string>;
  readonly deleted: Found[];
  partial: boolean;
}

interface Found extends ObjectName {
  readonly file: string;
  readonly own: string;
  readonly changes: readonly Transformation[];
}

/**
 * Reads a folder as Flux builds it. Nothing is fetched: what has to be read first is put into `missing`.
 * Sources: fluxcd/pkg kustomize (generator), kustomize's `KustTarget` (lists in order, names and namespaces after them).
 */
export function readFolder(folder: string, files: Files, parsed: Parsed, missing: Set<string>): Reading {
  const walk: Walk = {
    ...{ files, parsed, missing, partial: false },
    allFolders: foldersIn(files.tree),
    faults: new Map(),
    folders: new Set(),
    deleted: [],
  };
  const generated = kustomizationsIn(files.tree, folder).length === 0;
  const found = generated
    ? accumulate(walk, folder, folder, { entries: generatorEntries(folder, files), components: [] }, [folder])
    : build(walk, folder, []);
  return {
    objects: new Map(found.map(built).map((object) => [object.key, object])),
    deleted: walk.deleted.map(built),
    ...{ faults: walk.faults, folders: walk.folders, generated, partial: walk.partial },
  };
}

function built({ file, own, changes, ...object }: Found): BuiltObject {
  return { key: objectKey(object), label: objectLabel(object), file, own, changes };
}

/** What Flux's generator takes of a folder without a kustomization file, in its order, relative to the folder. */
export function generatorEntries(
  folder: string,
  { tree, ignored }: Pick<Files, "tree" | "ignored">,
): string[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const below = [...tree]
    .filter(([path, { mode }]) => path.startsWith(prefix) && mode.startsWith("100") && !ignored(path))
    .map(([path]) => path);
  const kustomized = new Set(below.filter(isKustomization).map(folderOf));
  const entries = new Set<string>();
  for (const path of below) {
    const relative = path.slice(prefix.length);
    const outermost = foldersAbove(relative).find((sub) => kustomized.has(`${prefix}${sub}`));
    if (outermost !== undefined) entries.add(outermost);
    else if (/\.ya?ml$/.test(path)) entries.add(relative);
  }
  return [...entries].sort(byWalk);
}

/** The order of a walk: name by name, in each folder. */
function byWalk(left: string, right: string): number {
  const [a, b] = [left.split("/"), right.split("/")];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = Buffer.compare(Buffer.from(a[i] ?? ""), Buffer.from(b[i] ?? ""));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** One folder with a kustomization file. */
function build(walk: Walk, folder: string, above: readonly string[], component = false): Found[] {
  const { files, faults } = walk;
  const place = `${folder === "" ? "." : folder}/`;
  if (above.includes(folder)) {
    faults.set(`cycle ${folder}`, `${place}: its kustomization leads back to itself`);
    return [];
  }
  walk.folders.add(folder);
  const [path, other] = kustomizationsIn(files.tree, folder);
  if (path === undefined) {
    if ([...files.unknown].some((one) => folderOf(one) === folder)) walk.partial = true;
    else faults.set(`none ${folder}`, `${place}: kustomize finds no kustomization.yaml in it`);
    return [];
  }
  if (other !== undefined)
    faults.set(
      `two ${folder}`,
      `${path} and ${other}: kustomize refuses two kustomization files in a folder`,
    );
  if (files.unknown.has(path)) {
    walk.partial = true;
    return [];
  }
  const lists = parsedOf(walk, path, walk.parsed.lists, listsIn);
  if (lists === undefined) return [];
  if (typeof lists === "string") {
    faults.set(`unreadable ${path}`, `${path} ${lists}`);
    return [];
  }
  const found = accumulate(walk, folder, path, lists, [...above, folder]);
  const steps = lists.components.flatMap((entry) => componentOf(walk, folder, entry));
  if (!component) steps.push({ path, lists });
  return steps.reduce((objects, step) => transform(walk, objects, step), found);
}

interface Step {
  readonly path: string;
  readonly lists: Lists;
}

/** A component changes all that its parent has, as the parent itself does. */
function componentOf(walk: Walk, folder: string, entry: string): Step[] {
  if (isRemote(entry)) return [];
  const [path] = kustomizationsIn(walk.files.tree, targetOf(folder, entry));
  if (path === undefined || walk.files.unknown.has(path)) return [];
  const lists = parsedOf(walk, path, walk.parsed.lists, listsIn);
  return lists === undefined || typeof lists === "string" ? [] : [{ path, lists }];
}

function transform(walk: Walk, objects: readonly Found[], { path, lists }: Step): Found[] {
  return objects.flatMap((found) => {
    if (lists.deletes(found)) {
      walk.deleted.push({ ...found, changes: [...found.changes, { field: "patches", path }] });
      return [];
    }
    const { object, by } = transformed(lists, found);
    return [{ ...object, changes: [...found.changes, ...by.map((field) => ({ field, path }))] }];
  });
}

/** All that a list leads to. */
function accumulate(
  walk: Walk,
  folder: string,
  list: string,
  { entries, components }: Pick<Lists, "entries" | "components">,
  above: readonly string[],
): Found[] {
  const { files, faults } = walk;
  const all: Found[] = [];
  const first = new Map<string, Found>();
  for (const entry of [...entries, ...components]) {
    if (isRemote(entry)) continue;
    const path = targetOf(folder, entry);
    const mode = files.tree.get(path)?.mode;
    let found: readonly Found[] = [];
    if (path.startsWith(".."))
      faults.set(`outside ${list} ${entry}`, `${list}: '${entry}' is outside of the repository`);
    else if (mode?.startsWith("100") === true && !files.ignored(path)) found = objectsOf(walk, list, path);
    else if (mode !== undefined && mode !== "120000" && !mode.startsWith("100")) walk.partial = true;
    else if (mode?.startsWith("100") === true)
      faults.set(
        `ignored ${path}`,
        `${path}: Flux's source leaves it out (.sourceignore, or its spec.ignore), and ${list} lists it`,
      );
    else if (path === "" || walk.allFolders.has(path))
      found = build(walk, path, above, components.includes(entry));
    else if (files.unknown.has(path) || [...files.unknown].some((one) => one.startsWith(`${path}/`)))
      walk.partial = true;
    else faults.set(`missing ${list} ${entry}`, `${list}: '${entry}' leads to nothing that Flux would find`);
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
    all.push(...found);
  }
  return all;
}

function objectsOf(walk: Walk, list: string, path: string): readonly Found[] {
  if (walk.files.unknown.has(path)) {
    walk.partial = true;
    return [];
  }
  const objects = parsedOf(walk, path, walk.parsed.objects, objectsIn);
  if (typeof objects === "string") {
    walk.faults.set(`no resource ${path}`, `${path}: it ${objects}, and ${list} takes it as a resource`);
    return [];
  }
  return (objects ?? []).map((object) => ({ ...object, file: path, own: objectLabel(object), changes: [] }));
}

function parsedOf<T>(
  { files, missing }: Walk,
  path: string,
  known: Map<string, T>,
  parse: (text: string) => T,
): T | undefined {
  const oid = files.tree.get(path)?.oid ?? "";
  const before = known.get(oid);
  if (before !== undefined) return before;
  const text = files.text(oid);
  if (text === undefined) {
    missing.add(oid);
    return undefined;
  }
  const result = parse(text);
  known.set(oid, result);
  return result;
}

const folderSets = new WeakMap<ReadonlyMap<string, unknown>, ReadonlySet<string>>();

/** All folders of a tree. */
function foldersIn(tree: ReadonlyMap<string, unknown>): ReadonlySet<string> {
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
