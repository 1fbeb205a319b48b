import { posix } from "node:path";
import { parseAllDocuments } from "yaml";
import { holdsCredential } from "../../manifests/git/address";
import { FLUX_SYSTEM, type KustomizationOptions, type SourceReference } from "../../manifests/flux/objects";
import type { PlainObject } from "../../manifests/flux/overlay";
import type { Manifest } from "../../manifests/yaml";
import { objectsIn } from "../../manifests/shape";
import { readFolder } from "../../provider/git/build/reading";
import type { Files, Parsed } from "../../provider/git/build/walk";
import { objectLabel } from "../../provider/git/build/objects";
import { sourceIgnore, IGNORE_FILE } from "../../provider/git/build/source-ignore";
import type { Cluster } from "./clusters";
import type { Repository } from "./repository";

/** A Flux Kustomization that the cluster's root leads to. */
export interface FoundKustomization {
  readonly options: KustomizationOptions;
  readonly file: string;
}

/** What the root applies, and what that leads to in the same repository. */
export interface Reachable {
  readonly kustomizations: readonly FoundKustomization[];
  /** Kind and name of what they take their files from, with the Secret that each is read by. */
  readonly sources: readonly { readonly label: string; readonly url?: string; readonly secret?: string }[];
  /** What Flux couldn't build, in words. */
  readonly faults: readonly string[];
  /** All files that Flux takes objects from. */
  readonly files: ReadonlySet<string>;
}

const KUSTOMIZE = "kustomize.toolkit.fluxcd.io/";
const SOURCES = "source.toolkit.fluxcd.io/";

/** Goes from the root to the folders of its Kustomizations, and on from there. */
export function reachable(repository: Repository, cluster: Cluster): Reachable {
  const files = filesOf(repository);
  const parsed: Parsed = { lists: new Map(), objects: new Map() };
  const kustomizations: FoundKustomization[] = [];
  const sources: Reachable["sources"][number][] = [];
  const faults = new Map<string, string>();
  const applied = new Set<string>();
  const visited = new Set<string>();
  const seen = new Set<string>();
  const waiting = [cluster.path];
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    if (visited.has(folder)) continue;
    visited.add(folder);
    const reading = readFolder(folder, files, parsed, new Set());
    for (const [key, fault] of reading.faults) faults.set(key, fault);
    for (const file of reading.sources) applied.add(file);
    for (const { file, own, label } of reading.objects.values()) {
      // Flux itself, and its sync.
      if (file === posix.join(cluster.gotkPath, posix.basename(file)) && /^gotk-/.test(posix.basename(file)))
        continue;
      const found = manifestsIn(repository.text(file) ?? "").find(
        (one) => isFlux(one) && labelOf(one) === own,
      );
      if (found === undefined) continue;
      const object = placed(found, label);
      // Another one leads to it, too: Flux has it once.
      if (seen.has(label)) continue;
      seen.add(label);
      if (object.apiVersion.startsWith(SOURCES)) sources.push(sourceOf(object));
      if (!isKustomization(object)) continue;
      const options = optionsOf(object);
      kustomizations.push({ options, file });
      if (!readsOwn(options)) continue;
      const next = folderIn(options.path);
      waiting.push(next);
      if (!isThere(repository, next))
        faults.set(`no folder ${label}`, `${label}: its path ${options.path} is no folder of the repository`);
    }
  }
  return { kustomizations, sources, faults: [...faults.values()], files: applied };
}

function filesOf({ tree, text }: Repository): Files {
  const byOid = new Map([...tree].map(([path, { oid }]) => [oid, path]));
  const ignores = [...tree.keys()].filter((path) => path === IGNORE_FILE || path.endsWith(`/${IGNORE_FILE}`));
  return {
    tree,
    text: (oid) => text(byOid.get(oid) ?? "") ?? "",
    unknown: new Set(),
    ignored: sourceIgnore(ignores.map((path) => [path, text(path) ?? ""] as const)),
  };
}

/** Whether its files are in this repository. */
function readsOwn({ namespace = FLUX_SYSTEM, sourceRef }: KustomizationOptions): boolean {
  if (sourceRef === undefined) return true;
  return sourceRef.name === FLUX_SYSTEM && (sourceRef.namespace ?? namespace) === FLUX_SYSTEM;
}

/** Also where only Flux knows, which puts in the values of variables. */
function isThere({ tree }: Repository, folder: string): boolean {
  if (folder === "" || folder.includes("${")) return true;
  return [...tree.keys()].some((path) => path.startsWith(`${folder}/`));
}

/** What leads out of the repository ends at its root, as for Flux. */
function folderIn(path: string): string {
  return posix.join("/", path).replaceAll(/^\/+|\/+$/g, "");
}

/** The objects of a file; none of one that isn't YAML. */
export function manifestsIn(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text, { version: "1.1", logLevel: "silent" });
  if (documents.some(({ errors }) => errors.length > 0)) return [];
  return documents
    .map((document) => document.toJS({ maxAliasCount: -1 }) as Partial<Manifest> | null)
    .filter(
      (object): object is Manifest =>
        typeof object?.apiVersion === "string" && typeof object.kind === "string",
    );
}

export const isFlux = ({ apiVersion }: Manifest): boolean => apiVersion.includes(".toolkit.fluxcd.io/");

/** As a reading of a folder calls the object. */
function labelOf(object: Manifest): string {
  const { name = "", namespace = "" } = (object as PlainObject).metadata ?? {};
  return objectLabel({ kind: object.kind, namespace, name });
}

/** With the name and namespace that its folder's kustomization gives it. */
function placed(object: Manifest, label: string): Manifest {
  const place = label.slice(object.kind.length + 1);
  const [name, namespace] = place.split("/").reverse();
  return { ...object, metadata: { ...(object as PlainObject).metadata, name, namespace } };
}

export function isKustomization({ apiVersion, kind }: Manifest): boolean {
  return kind === "Kustomization" && apiVersion.startsWith(KUSTOMIZE);
}

/** A Kustomization as its builder takes it: what is as the builder's default is left out. */
export function optionsOf(object: Manifest): KustomizationOptions {
  const { metadata = {}, spec = {} } = object as PlainObject;
  const { name = "", namespace, labels, annotations } = metadata;
  const { dependsOn, interval, prune, sourceRef, path = "./", ...others } = spec;
  return {
    name,
    ...(namespace !== undefined && namespace !== FLUX_SYSTEM && { namespace }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(dependsOn !== undefined && {
      dependsOn: objectsIn(dependsOn) as unknown as KustomizationOptions["dependsOn"],
    }),
    ...(interval !== "10m" && { interval: interval as KustomizationOptions["interval"] }),
    ...(prune !== true && { prune: prune as boolean }),
    ...(!isOwn(sourceRef) && { sourceRef: sourceRef as SourceReference }),
    path: String(path),
    ...(others as Partial<KustomizationOptions>),
  };
}

/** Flux's own repository, in the spelling that the builder has by itself. */
function isOwn(reference: unknown): boolean {
  const { kind, name, namespace } = (reference ?? {}) as Partial<SourceReference>;
  return kind === "GitRepository" && name === FLUX_SYSTEM && namespace === FLUX_SYSTEM;
}

function sourceOf(object: Manifest): Reachable["sources"][number] {
  const { metadata = {}, spec = {} } = object as PlainObject;
  const { url, secretRef } = spec as {
    readonly url?: string;
    readonly secretRef?: { readonly name?: string };
  };
  return {
    label: `${object.kind} ${metadata.namespace ?? FLUX_SYSTEM}/${metadata.name ?? ""}`,
    ...(typeof url === "string" && !holdsCredential(url) && { url }),
    ...(secretRef?.name !== undefined && { secret: secretRef.name }),
  };
}
