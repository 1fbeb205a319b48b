import { posix } from "node:path";
import type { App, AppKustomization, FolderContent } from "../../manifests/app";
import { bundle } from "../../manifests/layouts/bundle";
import { fanOut } from "../../manifests/layouts/fan-out";
import type { Layout } from "../../manifests/layouts/layout";
import { perApp } from "../../manifests/layouts/per-app";
import { waves } from "../../manifests/layouts/waves";
import type { Manifest } from "../../manifests/yaml";
import { kustomizationsIn } from "../../provider/git/build/kustomization-file";
import { listsIn } from "../../provider/git/build/lists";
import type { Cluster } from "./clusters";
import { isFlux, isKustomization, manifestsIn, optionsOf, type Reachable } from "./reachable";
import type { Repository } from "./repository";

/** What a repository might be in one of the project's layouts. */
export interface Candidate {
  /** Function of the layout, and its module in manifests/layouts/. */
  readonly layout: "perApp" | "waves" | "bundle" | "fanOut";
  readonly module: string;
  /** Its options beside the cluster's folder. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly place: Layout;
  readonly apps: readonly App[];
  /** True when one app that isn't reproduced spoils all: they are in one file. */
  readonly whole: boolean;
}

/** What a repository has, and which of its files the cluster's root leads to. */
interface Place extends Repository {
  readonly applied: Reachable["files"];
}

/** How the cluster's folder can be read, one for each layout that has something in it. */
export function candidates(
  repository: Repository,
  cluster: Cluster,
  { files: applied }: Pick<Reachable, "files">,
): readonly Candidate[] {
  return [perAppIn, wavesIn, bundleIn, fanOutIn].flatMap((read) => {
    const found = read({ ...repository, applied }, cluster);
    return found === undefined || found.apps.length === 0 ? [] : [found];
  });
}

/** What the kustomization file of a folder lists; undefined without one. */
function entriesIn({ text, tree }: Repository, folder: string): readonly string[] | undefined {
  const [path = ""] = kustomizationsIn(tree, folder);
  const content = text(path);
  const lists = content === undefined ? undefined : listsIn(content);
  return lists === undefined || typeof lists === "string" ? undefined : lists.entries;
}

/** Names of the files and folders in a folder. */
function namesIn({ tree }: Repository, folder: string): readonly string[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const below = [...tree.keys()].filter((path) => path.startsWith(prefix));
  return [...new Set(below.map((path) => path.slice(prefix.length).split("/")[0] ?? ""))];
}

/** What a folder's list has, and behind it what else is in the folder: none where Flux takes all that is in it. */
function entriesAndOthers(place: Place, folder: string): readonly string[] {
  const listed = entriesIn(place, folder)?.map(plain);
  if (listed === undefined) return [];
  return [...new Set([...listed, ...namesIn(place, folder)])];
}

/** `./calcom` and `calcom/` are the same entry. */
const plain = (entry: string): string => entry.replace(/^\.\//, "").replace(/\/$/, "");

/** A Kustomization without manifests: what it applies is others'. */
function part(object: Manifest, file?: string): AppKustomization {
  const { path, ...options } = optionsOf(object);
  return { ...options, path: path.replace(/^(\.\/+)+/, ""), ...(file !== undefined && { file }) };
}

function perAppIn(place: Place, { path, gotkPath }: Cluster): Candidate {
  const apps = entriesAndOthers(place, path).flatMap((name): App[] => {
    const folder = posix.join(path, name);
    const files =
      name.includes("/") || folder === gotkPath ? [] : (entriesIn(place, folder) ?? []).map(plain);
    const paths = files.map((file) => posix.join(folder, file));
    const kustomizations: AppKustomization[] = [];
    const objects: Record<string, FolderContent[string]> = {};
    for (const file of files) {
      const found = manifestsIn(place.text(posix.join(folder, file)) ?? "");
      const parts = found.filter(isKustomization);
      const others = found.filter((object) => !isKustomization(object));
      kustomizations.push(...parts.map((object) => part(object, file)));
      if (others.length > 0 || parts.length === 0) objects[file] = one(others);
    }
    if (kustomizations.length === 0) return [];
    return [appOf(place, name, paths, kustomizations, objects)];
  });
  return {
    ...{ layout: "perApp", module: "per-app", options: {}, apps, whole: false },
    place: perApp({ clusterPath: path }),
  };
}

/** An app of the files that Flux reads of it; parked where Flux reads none of them. */
function appOf(
  { applied }: Place,
  name: string,
  paths: readonly string[],
  kustomizations: readonly AppKustomization[],
  objects: FolderContent,
): App {
  return {
    ...{ name, kustomizations },
    ...(Object.keys(objects).length > 0 && { objects }),
    ...(!paths.some((path) => applied.has(path)) && { parked: true }),
  };
}

const one = (objects: readonly Manifest[]): Manifest | readonly Manifest[] =>
  objects.length === 1 && objects[0] !== undefined ? objects[0] : objects;

const CLUSTER_TEXT = /^cluster_/;

function wavesIn(place: Place, { path }: Cluster): Candidate | undefined {
  const { text } = place;
  const file = text(posix.join(path, "apps/apps.yaml"));
  const [about] = manifestsIn(text(posix.join(path, "cluster.yaml")) ?? "");
  if (file === undefined || about === undefined) return undefined;
  const { data = {} } = about as { readonly data?: Readonly<Record<string, string>> };
  const cluster = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key.replace(CLUSTER_TEXT, ""), value] as const),
  );
  const objects = manifestsIn(file).filter(isKustomization);
  const running = objects.map((object): App => {
    const found = part(object);
    return { name: found.name, kustomizations: [found] };
  });
  const apps = [...running, ...parkedIn(place, posix.join(path, "apps"), running)];
  const together = groupsIn(file, apps);
  const options = { cluster, ...(together.length > 0 && { together }) };
  return {
    ...{ layout: "waves", module: "waves", options, apps, whole: true },
    place: waves({ clusterPath: path, ...options }),
  };
}

/** What an object of Kubernetes may be called. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Folders beside the list of waves that no Kustomization applies: all that is left of one that is parked. */
function parkedIn(place: Place, folder: string, running: readonly App[]): readonly App[] {
  const used = new Set(running.flatMap(({ kustomizations }) => kustomizations.map((one) => one.path)));
  return namesIn(place, folder).flatMap((name): App[] => {
    const path = posix.join(folder, name);
    const taken = [...used].some((one) => one === path || one?.startsWith(`${path}/`) === true);
    const applied = [...place.applied].some((file) => file.startsWith(`${path}/`));
    const known = running.some((app) => app.name === name);
    if (taken || applied || known || !NAME.test(name) || entriesIn(place, path) === undefined) return [];
    return [{ name, kustomizations: [{ name, path }], parked: true }];
  });
}

/** Waves of the file in which one waits for another: they were meant to be one. */
function groupsIn(file: string, apps: readonly App[]): string[][] {
  const groups: string[][] = [];
  for (const part of file.split(/^---$/m)) {
    const [object] = manifestsIn(part);
    if (/^# Wave \d/m.test(part)) groups.push([]);
    if (object !== undefined) groups.at(-1)?.push(optionsOf(object).name);
  }
  const waitsFor = (name: string): readonly string[] =>
    apps.find((app) => app.name === name)?.kustomizations[0]?.dependsOn?.map((other) => other.name) ?? [];
  return groups.filter((group) =>
    group.some((name) => waitsFor(name).some((other) => group.includes(other))),
  );
}

const SOURCE = /^source\.toolkit\.fluxcd\.io\//;

function bundleIn(place: Place, { path }: Cluster): Candidate | undefined {
  const { text } = place;
  const [root] = manifestsIn(text(posix.join(path, "apps.yaml")) ?? "").filter(isKustomization);
  if (root === undefined) return undefined;
  const appsPath = part(root).path ?? "";
  const apps = entriesAndOthers(place, appsPath).flatMap((file): App[] => {
    const at = posix.join(appsPath, file);
    const found = manifestsIn(text(at) ?? "");
    const objects = found.filter((object) => !isKustomization(object));
    const kustomizations = found.filter(isKustomization).map((object) => part(object));
    if (!file.endsWith(".yaml") || !found.some(isFlux)) return [];
    const name = file.replace(/\.yaml$/, "");
    const more = objects.length > 0 ? { "objects.yaml": objects } : {};
    return [appOf(place, name, [at], kustomizations, more)];
  });
  const sources = manifestsIn(text(posix.join(path, "sources.yaml")) ?? "").filter(({ apiVersion }) =>
    SOURCE.test(apiVersion),
  );
  const options = { ...(appsPath !== "k3s/flux/apps" && { appsPath }) };
  return {
    ...{ layout: "bundle", module: "bundle", options, whole: false },
    apps: withSources(apps, sources),
    place: bundle({ clusterPath: path, ...options }),
  };
}

/** Each source goes to the first service that names it, and to the first of all when none does. */
function withSources(apps: readonly App[], sources: readonly Manifest[]): readonly App[] {
  const takers = sources.map((source) => {
    const { name } = source.metadata as { readonly name: string };
    const taker = apps.findIndex(({ objects }) =>
      JSON.stringify(objects ?? {}).includes(`"name":${JSON.stringify(name)}`),
    );
    return { source, taker: Math.max(taker, 0) };
  });
  return apps.map((app, index) => {
    const own = takers.filter(({ taker }) => taker === index).map(({ source }) => source);
    return own.length === 0 ? app : { ...app, objects: { "source.yaml": own, ...app.objects } };
  });
}

const SYNC = "-sync.yaml";

function fanOutIn(place: Place, { path, gotkPath }: Cluster): Candidate | undefined {
  // Beside the repository's root there is no folder.
  if (path !== gotkPath || path === "") return undefined;
  const apps = entriesAndOthers(place, path).flatMap((file): App[] => {
    if (!file.endsWith(SYNC) || file === "gotk-sync.yaml") return [];
    const at = posix.join(path, file);
    const name = file.slice(0, -SYNC.length);
    const found = manifestsIn(place.text(at) ?? "");
    const others = found.filter((object) => !isKustomization(object));
    const kustomizations = found.filter(isKustomization).map((object) => {
      const { name: own, ...options } = part(object);
      return { name: own, ...options, ...(`${own}${SYNC}` !== file && { file }) };
    });
    if (kustomizations.length === 0) return [];
    // The layout puts the app's name before it.
    return [appOf(place, name, [at], kustomizations, others.length > 0 ? { [SYNC.slice(1)]: others } : {})];
  });
  return {
    ...{ layout: "fanOut", module: "fan-out", options: {}, apps, whole: false },
    place: fanOut({ clusterPath: path }),
  };
}
