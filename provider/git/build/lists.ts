import { posix } from "node:path";
import { isMap, parse, parseAllDocuments } from "yaml";
import { hasNamespace, type ObjectName } from "./objects";

/** Fields by which a kustomization changes what its files say, or adds to it. */
const CHANGES = [
  ...["namespace", "namePrefix", "nameSuffix", "patches", "patchesStrategicMerge", "patchesJson6902"],
  ...["components", "configMapGenerator", "secretGenerator", "generators", "transformers", "replacements"],
  ...["images", "replicas", "labels", "commonLabels", "commonAnnotations", "vars"],
];

/** What a kustomization leads to, and what of it decides which objects a build has. */
export interface Lists {
  /** True for a component, which is built with what lists it alone. */
  readonly component: boolean;
  /** True when it says more than what it lists. */
  readonly changes: boolean;
  /** Files, folders and addresses, as they are listed. */
  readonly entries: readonly string[];
  readonly components: readonly string[];
  /** Files of patches, as they are listed. */
  readonly patchFiles: readonly string[];
  readonly namespace: string | undefined;
  readonly prefix: string;
  readonly suffix: string;
  /** Whether a patch deletes an object. */
  readonly deletes: (object: ObjectName) => boolean;
}

/** The lists of a kustomization file; a text says why it can't be read. */
export function listsIn(text: string): Lists | string {
  const [document] = parseAllDocuments(text, { version: "1.1", logLevel: "silent" });
  const [error] = document?.errors ?? [];
  if (error !== undefined) return `isn't valid YAML: ${error.message.split("\n")[0] ?? ""}`;
  if (document?.contents != null && !isMap(document.contents)) return "isn't a kustomization";
  const data = (document?.toJS({ maxAliasCount: -1 }) ?? {}) as Record<string, unknown>;
  const list = (name: string): string[] => {
    const value = data[name];
    return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
  };
  const string = (name: string): string => (typeof data[name] === "string" ? data[name] : "");
  const patches = [data.patches, data.patchesStrategicMerge, data.patchesJson6902].flatMap((value) =>
    Array.isArray(value) ? (value as unknown[]) : [],
  );
  const deletions = patches.flatMap(deletion);
  return {
    entries: [...list("resources"), ...list("bases")],
    components: list("components"),
    component: data.kind === "Component",
    changes: CHANGES.some((name) => name in data),
    patchFiles: patches.flatMap(patchFile),
    namespace: string("namespace") === "" ? undefined : string("namespace"),
    prefix: string("namePrefix"),
    suffix: string("nameSuffix"),
    deletes: (object) => deletions.some((deletes) => deletes(object)),
  };
}

/** An object as a kustomization leaves it, and the fields that changed it. */
export function transformed<T extends ObjectName>(
  { prefix, suffix, namespace }: Lists,
  object: T,
): { readonly object: T; readonly by: readonly string[] } {
  // kustomize leaves the names of these as they are: https://github.com/kubernetes-sigs/kustomize, prefix_transformer.
  const named = !["Namespace", "CustomResourceDefinition", "APIService"].includes(object.kind);
  const moved = namespace !== undefined && hasNamespace(object) && object.namespace !== namespace;
  return {
    object: {
      ...object,
      ...(named && { name: `${prefix}${object.name}${suffix}` }),
      ...(moved && { namespace }),
    },
    by: [
      ...(named && prefix !== "" ? ["namePrefix"] : []),
      ...(named && suffix !== "" ? ["nameSuffix"] : []),
      ...(moved ? ["namespace"] : []),
    ],
  };
}

/** The file that a patch is in: by its name alone, or as a `path` beside a target. */
function patchFile(entry: unknown): string[] {
  const path = typeof entry === "string" ? entry : (entry as { readonly path?: unknown } | null)?.path;
  return typeof path === "string" && !path.includes("\n") ? [path] : [];
}

/** An address that kustomize fetches; its content isn't read. */
export function isRemote(entry: string): boolean {
  return (
    /^(?:[a-z+]+:\/\/|git::|gh:|git@|github\.com[/:])/i.test(entry) || /[?&](?:ref|version)=/.test(entry)
  );
}

/** What an entry of a folder's kustomization leads to; the root of the repository is the empty path. */
export function targetOf(folder: string, entry: string): string {
  const target = posix.normalize(folder === "" ? entry : `${folder}/${entry}`).replace(/\/$/, "");
  return target === "." ? "" : target;
}

/** What an inline patch deletes: what its target selects, or else the object that it names. */
function deletion(entry: unknown): ((object: ObjectName) => boolean)[] {
  const { patch, target } =
    typeof entry === "string"
      ? { patch: entry }
      : ((entry ?? {}) as { readonly patch?: unknown; readonly target?: unknown });
  if (typeof patch !== "string" || !patch.includes("$patch")) return [];
  const data = parsed(patch);
  if (data?.$patch !== "delete") return [];
  if (typeof target !== "object" || target === null)
    return [({ kind, name }) => kind === data.kind && name === data.metadata?.name];
  // A selector by labels or annotations needs more of the objects than their names.
  if ("labelSelector" in target || "annotationSelector" in target) return [];
  const selected = target as Readonly<Record<string, unknown>>;
  return [
    (object) =>
      (["group", "kind", "namespace", "name"] as const).every((field) =>
        matches(selected[field], object[field]),
      ),
  ];
}

/** As kustomize selects: a regular expression for the whole; nothing takes all. */
function matches(pattern: unknown, value: string): boolean {
  if (typeof pattern !== "string" || pattern === "") return true;
  try {
    return new RegExp(`^(?:${pattern})$`).test(value);
  } catch {
    return false;
  }
}

function parsed(
  patch: string,
): { readonly $patch?: unknown; kind?: unknown; metadata?: { name?: unknown } } | null {
  try {
    return parse(patch, { logLevel: "silent" }) as ReturnType<typeof parsed>;
  } catch {
    return null;
  }
}
