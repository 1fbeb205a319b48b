import { folderOf, isKustomization } from "../git/build/kustomization-file";
import { listsIn, targetOf } from "../git/build/lists";
import { yamlData } from "../../manifests/yaml-data";
import type { LiveObject } from "../kubernetes/live-object";

/** An object in a file that is to be committed. */
export interface FileObject {
  readonly path: string;
  readonly object: LiveObject;
  /** Why the API server can't judge it: its values aren't the final ones. */
  readonly unjudged?: string;
  /** True when it isn't known to be applied to this cluster under this name: what is there says nothing then. */
  readonly elsewhere?: boolean;
  /** What Flux can't fill in of it, or fills with nothing. */
  readonly unfilled?: string;
  /** True when the Kustomization that applies it has `force: true`. */
  readonly forced?: boolean;
}

/** Kinds of kustomize's own files, and of lists, which are no objects of the API server. */
const NO_OBJECTS = /^(kustomize\.config\.k8s\.io|config\.kubernetes\.io)\//;

/**
 * The objects in files as Flux would apply them, by `Kind namespace/name`. Patches are left out, by the lists of the
 * kustomization.yaml beside them; whose text can't be read is left to what reads it.
 * @param files all files that are handed off, path → text
 * @param paths those to look into
 */
export function objectsIn(
  files: Readonly<Record<string, string>>,
  paths: readonly string[],
): ReadonlyMap<string, FileObject> {
  const patches = patchFiles(files);
  return new Map(
    paths
      .filter((path) => /\.ya?ml$/.test(path) && !patches.has(path))
      .flatMap((path) => read(path, files[path] ?? ""))
      .map((found) => [nameOf(found.object), found]),
  );
}

/** `Kind namespace/name`, or `Kind name`. */
export function nameOf({ kind = "", metadata = {} }: LiveObject): string {
  const { namespace, name = "" } = metadata;
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

function read(path: string, text: string): FileObject[] {
  const data = yamlData(text, "1.2");
  if (typeof data === "string") return [];
  return (data as readonly (LiveObject | null)[]).flatMap((object) => {
    const { apiVersion, kind, metadata } = object ?? {};
    if (object === null || typeof apiVersion !== "string" || NO_OBJECTS.test(apiVersion)) return [];
    if (typeof kind !== "string" || typeof metadata?.name !== "string") return [];
    return [readObject(path, object)];
  });
}

/** An object with why it isn't final: it is encrypted, or Flux may fill something in. */
export function readObject(path: string, object: LiveObject): FileObject {
  if ("sops" in object) return { path, object, unjudged: "it is encrypted" };
  const variable = /\$\{\w[^}"]*\}?/.exec(JSON.stringify(object))?.[0];
  if (variable === undefined) return { path, object };
  return { path, object, unjudged: `it holds ${variable}, and nothing here says whether Flux fills it in` };
}

/** Paths of files that kustomizations name as patches; found once for the same files. */
function patchFiles(files: Readonly<Record<string, string>>): ReadonlySet<string> {
  const known = patchSets.get(files);
  if (known !== undefined) return known;
  const found = new Set(
    Object.entries(files).flatMap(([path, text]) => {
      const lists = isKustomization(path) ? listsIn(text) : "";
      if (typeof lists === "string") return [];
      return lists.patches.flatMap(({ file }) => (file === undefined ? [] : targetOf(folderOf(path), file)));
    }),
  );
  patchSets.set(files, found);
  return found;
}

const patchSets = new WeakMap<Readonly<Record<string, string>>, ReadonlySet<string>>();
