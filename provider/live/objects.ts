import { dirname } from "node:path/posix";
import { parseAllDocuments } from "yaml";
import type { LiveObject } from "../kubernetes/cluster";

/** An object in a file that is to be committed. */
export interface FileObject {
  readonly path: string;
  readonly object: LiveObject;
  /** Its values are the final ones: it isn't encrypted, and holds no variable that Flux fills in. */
  readonly final: boolean;
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
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) return [];
    const object = document.toJS() as LiveObject | null;
    const { apiVersion, kind, metadata } = object ?? {};
    if (object === null || typeof apiVersion !== "string" || NO_OBJECTS.test(apiVersion)) return [];
    if (typeof kind !== "string" || typeof metadata?.name !== "string") return [];
    return [{ path, object, final: isFinal(object) }];
  });
}

/** It isn't encrypted, and Flux fills nothing in. */
export function isFinal(object: LiveObject): boolean {
  return !("sops" in object) && !/\$\{\w/.test(JSON.stringify(object));
}

/** Paths of files that kustomizations name as patches. */
function patchFiles(files: Readonly<Record<string, string>>): ReadonlySet<string> {
  return new Set(
    Object.entries(files).flatMap(([path, text]) => {
      if (!/(^|\/)(kustomization\.ya?ml|Kustomization)$/.test(path)) return [];
      const { patches = [], patchesStrategicMerge = [] } = (parseAllDocuments(text)[0]?.toJS() ?? {}) as {
        readonly patches?: readonly { readonly path?: string }[];
        readonly patchesStrategicMerge?: readonly string[];
      };
      const folder = dirname(path) === "." ? "" : `${dirname(path)}/`;
      return [...patches.flatMap((patch) => patch.path ?? []), ...patchesStrategicMerge].map(
        (name) => `${folder}${name.replace(/^\.\//, "")}`,
      );
    }),
  );
}
