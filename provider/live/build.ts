import { isDeepStrictEqual } from "node:util";
import type { AppliedFolders } from "../../manifests/flux/applied-as";
import type { Files } from "../../manifests/files";
import { folderOf, inFolder, isKustomization } from "../git/build/kustomization-file";
import { isRemote, listsIn, targetOf, type Lists } from "../git/build/lists";
import { generatorEntries } from "../git/build/reading";
import { UNKNOWN } from "../plugin/handler";
import { kustomizeBuild } from "../kubernetes/kustomize";
import { inTurns } from "./lookup";
import { type FileObject, nameOf, objectsIn, readObject } from "./objects";
import { type Settings, variablesOf } from "./substitute";
import { amended, type AppliedRoot, changesBuild, finished } from "./transform";

/** So many folders are built for one look; a commit of more, as a first one, is judged by its files. */
const MOST = 20;

/** What a folder has when it is built. */
export interface BuiltFolder {
  /** By `Kind namespace/name`. */
  readonly objects: ReadonlyMap<string, FileObject>;
  /** The files of resources that these come from. */
  readonly files: ReadonlySet<string>;
}

/** Why a folder isn't built, and the files that would be another thing then. */
export interface Skipped {
  readonly why: string;
  /** None when the files by themselves tell enough. */
  readonly unsure: ReadonlySet<string>;
}

/** By folder: what it has, or why it isn't built. */
export type Builds = ReadonlyMap<string, BuiltFolder | Skipped>;

/** What is built. */
export interface Content {
  /** All files that are handed off, path → text. */
  readonly files: Files;
  /** Folders that Kustomizations apply otherwise than they are. */
  readonly applied: readonly AppliedFolders[];
  readonly settings: Settings;
}

/**
 * Builds the folders of kustomizations, and of Flux's Kustomizations, that transform what a change is about. A folder
 * that leads to what isn't handed off, to another address or to nothing is left.
 * @param changed paths of those that change
 * @param former how the folders are applied on the other side of the change
 */
export async function buildTransformed(
  { files, applied, settings }: Content,
  changed: ReadonlySet<string>,
  former: readonly AppliedFolders[],
): Promise<Builds> {
  const nodes = kustomizationsIn(files);
  const roots = await rootsOf(applied, settings);
  for (const folder of roots.keys()) if (!nodes.has(folder)) nodes.set(folder, generated(folder, files));
  const listed = new Set([...nodes.values()].flatMap(({ folders }) => folders));
  const respecified = (folder: string): boolean =>
    !isDeepStrictEqual(specOf(applied, folder), specOf(former, folder));
  const affected = [...nodes].flatMap(([folder, node]): Affected[] => {
    const root = roots.get(folder);
    if (root === undefined && (node.component || listed.has(folder))) return [];
    const more = (root?.as.components ?? []).map((entry) => targetOf(folder, entry));
    const reached = [...reach([folder, ...more], nodes)];
    const all = reached.flatMap((one) => nodes.get(one) ?? []);
    const built = all.some(({ changes }) => changes) || (root !== undefined && changesBuild(root));
    if (!built && root === undefined) return [];
    const needed = Object.keys(files).filter((file) =>
      reached.some((one) => one === "" || file.startsWith(`${one}/`)),
    );
    if (!needed.some((file) => changed.has(file)) && !respecified(folder)) return [];
    return [{ folder, node, all, needed, root, built }];
  });
  const builds = new Map<string, BuiltFolder | Skipped>();
  let count = 0;
  await inTurns(
    affected.map((one) => {
      const many = one.built && ++count > MOST;
      return async () => {
        const result = many ? "too many folders change" : await buildFolder(files, one);
        builds.set(one.folder, typeof result === "string" ? { why: result, unsure: unsureOf(one) } : result);
      };
    }),
  );
  return builds;
}

interface Affected {
  readonly folder: string;
  readonly node: Node;
  readonly all: readonly Node[];
  readonly needed: readonly string[];
  readonly root: AppliedRoot | undefined;
  /** False when what the files say is only finished, not built. */
  readonly built: boolean;
}

/** What a Kustomization makes another thing of isn't told by its files. */
function unsureOf({ all, root }: Affected): ReadonlySet<string> {
  return new Set(root === undefined ? [] : all.flatMap((node) => node.files));
}

async function rootsOf(
  applied: readonly AppliedFolders[],
  settings: Settings,
): Promise<ReadonlyMap<string, AppliedRoot>> {
  const roots = new Map<string, AppliedRoot>();
  for (const { folders, namespace, as } of applied) {
    const variables = await variablesOf(as, namespace, settings);
    for (const folder of folders) roots.set(folder, { as, variables });
  }
  return roots;
}

function specOf(applied: readonly AppliedFolders[], folder: string): unknown {
  const found = applied.find(({ folders }) => folders.includes(folder));
  return found && [found.namespace, found.as];
}

async function buildFolder(files: Files, affected: Affected): Promise<BuiltFolder | string> {
  const { folder, node, all, needed, root, built } = affected;
  const resources = all.flatMap((one) => one.files);
  const own = resources.flatMap((file) => [...objectsIn(files, [file]).values()]);
  const objects = built ? await builtObjects(files, affected, own) : own;
  if (typeof objects === "string") return objects;
  const done = root === undefined ? objects : objects.map((one) => finished(one, root));
  return { objects: new Map(done.map((one) => [nameOf(one.object), one])), files: new Set(resources) };

  async function builtObjects(
    files: Files,
    { all, root }: Affected,
    own: readonly FileObject[],
  ): Promise<FileObject[] | string> {
    if (all.some(({ remote }) => remote)) return "it takes in what lies at another address";
    if (needed.some((file) => files[file] === UNKNOWN)) return "a text of it isn't known yet";
    const texts = Object.fromEntries(needed.map((file) => [file, files[file] ?? ""]));
    if (root !== undefined) texts[node.path] = amended(texts[node.path], node.entries, root.as);
    const build = await kustomizeBuild(texts, folder);
    if ("unknown" in build) return build.unknown;
    if ("fault" in build) return build.fault;
    const origins = new Map(own.map((one) => [originKey(one.object), one.path]));
    return build.objects.map((object) => readObject(origins.get(originKey(object)) ?? node.path, object));
  }
}

interface Node extends Pick<Lists, "component" | "changes"> {
  readonly path: string;
  readonly entries: readonly string[];
  readonly remote: boolean;
  /** Listed folders, and files of resources. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** The files that a folder's build leads to, through any number of kustomizations; these are among them. */
export function leadsTo(files: Files, folder: string): ReadonlySet<string> {
  const nodes = kustomizationsIn(files);
  if (!nodes.has(folder)) nodes.set(folder, generated(folder, files));
  const reached = [...reach([folder], nodes)].flatMap((one) => nodes.get(one) ?? []);
  return new Set(reached.flatMap(({ path, files: own }) => [...(path in files ? [path] : []), ...own]));
}

/** The kustomizations among the files by folder. */
function kustomizationsIn(files: Files): Map<string, Node> {
  return new Map(
    Object.keys(files)
      .filter(isKustomization)
      .map((path) => {
        const lists = listsIn(files[path] ?? "");
        const { component = false, changes = false } = typeof lists === "string" ? {} : lists;
        const entries = typeof lists === "string" ? [] : [...lists.entries, ...lists.components];
        return [folderOf(path), { path, component, changes, ...places(folderOf(path), entries, files) }];
      }),
  );
}

/** The kustomization that Flux makes of a folder that has none. */
function generated(folder: string, files: Files): Node {
  const tree = new Map(Object.keys(files).map((path) => [path, { mode: "100644", oid: "" }]));
  const entries = generatorEntries(folder, { tree, ignored: () => false });
  const path = inFolder(folder, "kustomization.yaml");
  return { path, component: false, changes: false, ...places(folder, entries, files) };
}

function places(folder: string, entries: readonly string[], files: Files) {
  const local = entries.filter((entry) => !isRemote(entry)).map((entry) => targetOf(folder, entry));
  return {
    entries,
    remote: entries.some(isRemote),
    folders: local.filter((place) => !(place in files)),
    files: local.filter((place) => place in files),
  };
}

/** Folders and all that they lead to. */
function reach(folders: readonly string[], nodes: ReadonlyMap<string, Node>): ReadonlySet<string> {
  const found = new Set(folders);
  for (const one of found) for (const next of nodes.get(one)?.folders ?? []) found.add(next);
  return found;
}

function originKey({ kind = "", metadata }: FileObject["object"]): string {
  return `${kind} ${metadata?.name ?? ""}`;
}
