import { kindOf, noteMisfit, noteReference, type Place } from "./entries";
import { folderOf, isKustomization } from "./kustomization-file";
import { isRemote, listsIn, targetOf, type Lists } from "./lists";
import { objectKey, objectLabel, objectsIn } from "./objects";
import { transform } from "./transform";
import {
  foldersIn,
  isFile,
  kustomizationsRead,
  noteTwins,
  parsedOf,
  type Files,
  type Found,
  type Parsed,
  type Step,
  type Transformation,
  type Walk,
} from "./walk";
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
  /** True when something of it lies at another address. */
  readonly remote: boolean;
  /** What lists don't tell, in words, and the files whose objects go through it. */
  readonly beyond: ReadonlyMap<string, ReadonlySet<string>>;
  /** Files that it is built from, as far as they are known. */
  readonly sources: ReadonlySet<string>;
}

/**
 * Reads a folder as Flux builds it. Nothing is fetched: what has to be read first is put into `missing`.
 * Sources: fluxcd/pkg kustomize (generator), kustomize's `KustTarget` (lists in order, names and namespaces after them).
 * @param as what the Flux Kustomization that applies the folder makes of it
 */
export function readFolder(
  folder: string,
  files: Files,
  parsed: Parsed,
  missing: Set<string>,
  as?: Step,
): Reading {
  const walk: Walk = {
    ...{ files, parsed, missing, partial: false, remote: false },
    allFolders: foldersIn(files.tree),
    faults: new Map(),
    folders: new Set(),
    deleted: [],
    made: new Set(),
    beyond: new Map(),
    sources: new Set(),
    as,
  };
  const generated = kustomizationsRead(files, folder).length === 0;
  const place = { folder, list: folder || "the repository's root", above: [folder] };
  const all = generated
    ? withComponents(
        walk,
        place,
        componentsOf(walk, folder),
        accumulate(walk, place, generatorEntries(folder, files), []),
      )
    : build(walk, folder, []);
  const found = as === undefined ? all : transform(walk, all, as);
  return {
    objects: new Map(found.map(built).map((object) => [object.key, object])),
    deleted: walk.deleted.map(built),
    ...{ faults: walk.faults, folders: walk.folders, generated, partial: walk.partial },
    ...{ remote: walk.remote, beyond: walk.beyond, sources: walk.sources },
  };
}

function built({ file, own, changes, ...object }: Found): BuiltObject {
  return { key: objectKey(object), label: objectLabel(object), file, own, changes };
}

/** What Flux's generator takes of a folder without a kustomization file, in its order, relative to the folder. */
export function generatorEntries(folder: string, files: Pick<Files, "tree" | "ignored">): string[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const below = [...files.tree.keys()].filter((path) => path.startsWith(prefix) && isFile(files, path));
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
export function byWalk(left: string, right: string): number {
  const [a, b] = [left.split("/"), right.split("/")];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = Buffer.compare(Buffer.from(a[i] ?? ""), Buffer.from(b[i] ?? ""));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** What a folder with a kustomization file makes of what was there `before`, which only a component is given. */
function build(
  walk: Walk,
  folder: string,
  above: readonly string[],
  listed: "resources" | "components" = "resources",
  before: readonly Found[] = [],
): readonly Found[] {
  const { files, faults } = walk;
  const place = `${folder === "" ? "." : folder}/`;
  if (above.includes(folder)) {
    faults.set(`cycle ${folder}`, `${place}: its kustomization leads back to itself`);
    return before;
  }
  walk.folders.add(folder);
  const [path, other] = kustomizationsRead(files, folder);
  if (path === undefined) {
    if ([...files.unknown].some((one) => folderOf(one) === folder)) walk.partial = true;
    else faults.set(`none ${folder}`, `${place}: kustomize finds no kustomization.yaml in it`);
    return before;
  }
  if (other !== undefined)
    faults.set(
      `two ${folder}`,
      `${path} and ${other}: kustomize refuses two kustomization files in a folder`,
    );
  if (files.unknown.has(path)) {
    walk.partial = true;
    return before;
  }
  const lists = parsedOf(walk, path, walk.parsed.lists, listsIn);
  if (lists === undefined) return before;
  if (typeof lists === "string") {
    faults.set(`unreadable ${path}`, `${path} ${lists}`);
    return before;
  }
  // Flux itself completes the one that it begins with.
  if (above.length > 0) noteMisfit(walk, path, lists, listed);
  for (const kind of lists.makes) walk.made.add(kind);
  for (const reference of lists.references) noteReference(walk, path, reference);
  const here = { folder, list: path, above: [...above, folder] };
  const own = accumulate(walk, here, lists.entries, before);
  const more = above.length > 0 ? [] : componentsOf(walk, folder);
  const all = withComponents(walk, here, [...lists.components, ...more], own);
  return transform(walk, all, { path, lists: above.length > 0 ? lists : overruled(lists, walk.as) });
}

/** The kustomization that a Flux Kustomization begins with: where both give a name or namespace, Flux's counts. */
function overruled(lists: Lists, as: Step | undefined): Lists {
  if (as === undefined) return lists;
  const { prefix, suffix, namespace } = as.lists;
  return {
    ...lists,
    ...(prefix !== "" && { prefix: "" }),
    ...(suffix !== "" && { suffix: "" }),
    ...(namespace !== undefined && { namespace: undefined }),
  };
}

/** Those that the Flux Kustomization adds. */
function componentsOf({ as, files, allFolders }: Walk, folder: string): readonly string[] {
  const { components = [], ignoreMissingComponents = false } = as?.as ?? {};
  const isThere = (entry: string): boolean =>
    isRemote(entry) || allFolders.has(targetOf(folder, entry)) || isFile(files, targetOf(folder, entry));
  return components.filter((entry) => !ignoreMissingComponents || isThere(entry));
}

/** A component changes all that was there before it. */
function withComponents(
  walk: Walk,
  place: Place,
  entries: readonly string[],
  before: readonly Found[],
): readonly Found[] {
  return entries.reduce((found, entry) => withComponent(walk, place, entry, found), before);
}

function withComponent(walk: Walk, place: Place, entry: string, before: readonly Found[]): readonly Found[] {
  const { list, above } = place;
  const path = targetOf(place.folder, entry);
  const kind = kindOf(walk, place, entry, path);
  if (kind === "file")
    walk.faults.set(
      `component ${path}`,
      `${list}: '${entry}' is a file, which can't be among \`components\``,
    );
  if (kind !== "folder") return before;
  const found = build(walk, path, above, "components", before);
  if (found.length > before.length) noteTwins(walk, list, [], found);
  return found;
}

/** All that a list of resources leads to, after what was there before. */
function accumulate(
  walk: Walk,
  place: Place,
  entries: readonly string[],
  before: readonly Found[],
): readonly Found[] {
  const all = [...before];
  for (const entry of entries) {
    const path = targetOf(place.folder, entry);
    const kind = kindOf(walk, place, entry, path);
    if (kind === "file") all.push(...objectsOf(walk, place.list, path));
    else if (kind === "folder") all.push(...build(walk, path, place.above));
  }
  noteTwins(walk, place.list, [], all);
  return all;
}

function objectsOf(walk: Walk, list: string, path: string): readonly Found[] {
  walk.sources.add(path);
  if (walk.files.unknown.has(path)) {
    walk.partial = true;
    return [];
  }
  const strict = walk.files.written?.has(path) === true;
  const objects = parsedOf(walk, path, walk.parsed.objects, (text) => objectsIn(text, strict));
  if (typeof objects === "string") {
    walk.faults.set(`no resource ${path}`, `${path}: it ${objects}, and ${list} takes it as a resource`);
    return [];
  }
  return (objects ?? []).map((object) => ({
    ...object,
    ...{ file: path, own: objectLabel(object), names: [object], changes: [] },
  }));
}
