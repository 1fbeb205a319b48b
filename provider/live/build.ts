import { posix } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Files } from "../../manifests/files";
import { UNKNOWN } from "../plugin/handler";
import { kustomizeBuild } from "../kubernetes/kustomize";
import { inTurns } from "./lookup";
import { type FileObject, isFinal, nameOf, objectsIn } from "./objects";

/** Fields by which a kustomization changes what its files say, or adds to it. */
const CHANGES = [
  ...["namespace", "namePrefix", "nameSuffix", "patches", "patchesStrategicMerge", "patchesJson6902"],
  ...["components", "configMapGenerator", "secretGenerator", "generators", "transformers", "replacements"],
  ...["images", "replicas", "labels", "commonLabels", "commonAnnotations", "vars"],
];

/** So many folders are built for one look; a commit of more, as a first one, is judged by its files. */
const MOST = 20;

/** What a folder has when it is built. */
export interface BuiltFolder {
  /** By `Kind namespace/name`. */
  readonly objects: ReadonlyMap<string, FileObject>;
  /** The files of resources that these come from. */
  readonly files: ReadonlySet<string>;
}

/** By folder: what it has, or why it isn't built. */
export type Builds = ReadonlyMap<string, BuiltFolder | string>;

/**
 * Builds the folders of kustomizations that transform what a change is about. A folder that leads to what isn't handed
 * off, to another address or to nothing is left.
 * @param files all files that are handed off, path → text
 * @param changed paths of those that change
 */
export async function buildTransformed(files: Files, changed: readonly string[]): Promise<Builds> {
  const nodes = kustomizationsIn(files);
  const listed = new Set([...nodes.values()].flatMap(({ folders }) => folders));
  const affected = [...nodes].flatMap(([folder, node]) => {
    if (node.component || listed.has(folder)) return [];
    const reached = [...reach(folder, nodes)];
    const needed = Object.keys(files).filter((file) =>
      reached.some((one) => one === "" || file.startsWith(`${one}/`)),
    );
    const all = reached.flatMap((one) => nodes.get(one) ?? []);
    if (!all.some(({ changes }) => changes) || !needed.some((file) => changed.includes(file))) return [];
    return [{ folder, path: node.path, all, needed }];
  });
  const builds = new Map<string, BuiltFolder | string>();
  await inTurns(
    affected.map((one, index) => async () => {
      builds.set(one.folder, index < MOST ? await buildFolder(files, one) : "too many folders change");
    }),
  );
  return builds;
}

interface Affected {
  readonly folder: string;
  readonly path: string;
  readonly all: readonly Node[];
  readonly needed: readonly string[];
}

async function buildFolder(
  files: Files,
  { folder, path, all, needed }: Affected,
): Promise<BuiltFolder | string> {
  if (all.some(({ remote }) => remote)) return "it takes in what lies at another address";
  if (needed.some((file) => files[file] === UNKNOWN)) return "a text of it isn't known yet";
  const texts = Object.fromEntries(needed.map((file) => [file, files[file] ?? ""]));
  const build = await kustomizeBuild(texts, folder);
  if (build === undefined) return "`kubectl` isn't on the PATH";
  if ("fault" in build) return build.fault;
  const resources = all.flatMap((node) => node.files);
  const origins = new Map(
    resources
      .flatMap((file) => [...objectsIn(files, [file]).values()])
      .map((one) => [originKey(one.object), one.path]),
  );
  const objects = build.objects.map((object): [string, FileObject] => [
    nameOf(object),
    { path: origins.get(originKey(object)) ?? path, object, final: isFinal(object) },
  ]);
  return { objects: new Map(objects), files: new Set(resources) };
}

interface Node {
  readonly path: string;
  readonly component: boolean;
  readonly changes: boolean;
  readonly remote: boolean;
  /** Listed folders, and files of resources. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** The kustomizations among the files by folder. */
function kustomizationsIn(files: Files): ReadonlyMap<string, Node> {
  const nodes = Object.entries(files).flatMap(([path, text]): [string, Node][] => {
    if (!/(^|\/)(kustomization\.ya?ml|Kustomization)$/.test(path)) return [];
    const [document] = parseAllDocuments(text);
    const data = ((document?.errors.length ?? 1) > 0 ? {} : (document?.toJS() ?? {})) as Record<
      string,
      unknown
    >;
    const folder = posix.dirname(path) === "." ? "" : posix.dirname(path);
    const entries = ["resources", "bases", "components"].flatMap((name) => {
      const list = data[name];
      return Array.isArray(list) ? list.filter((entry) => typeof entry === "string") : [];
    });
    const places = entries.map((entry) => posix.normalize(posix.join(folder, entry)).replace(/\/$/, ""));
    return [
      [
        folder,
        {
          path,
          component: data.kind === "Component",
          changes: CHANGES.some((name) => name in data),
          remote: entries.some((entry) => /:\/\/|^git@|[?&]ref=|^github\.com\//.test(entry)),
          folders: places.filter((place) => !(place in files)),
          files: places.filter((place) => place in files),
        },
      ],
    ];
  });
  return new Map(nodes);
}

/** The folder and all that it leads to. */
function reach(folder: string, nodes: ReadonlyMap<string, Node>): ReadonlySet<string> {
  const found = new Set([folder]);
  for (const one of found) for (const next of nodes.get(one)?.folders ?? []) found.add(next);
  return found;
}

function originKey({ kind = "", metadata }: FileObject["object"]): string {
  return `${kind} ${metadata?.name ?? ""}`;
}
