import type { Files } from "../files";
import { yamlData } from "../yaml-data";
import { jsonPatch, strategicMerge, type JsonOperation } from "./patching";

/** A Kubernetes object as plain data. */
export interface PlainObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

interface Target {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
}

interface Patch {
  readonly path?: string;
  readonly patch?: string;
  readonly target?: Target;
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly patches?: readonly Patch[];
  readonly patchesJson6902?: readonly Patch[];
  readonly patchesStrategicMerge?: readonly string[];
  readonly images?: readonly {
    readonly name: string;
    readonly newName?: string;
    readonly newTag?: string;
    readonly digest?: string;
  }[];
  readonly commonLabels?: Readonly<Record<string, string>>;
  readonly commonAnnotations?: Readonly<Record<string, string>>;
  readonly labels?: readonly { readonly pairs?: Readonly<Record<string, string>> }[];
}

/** What {@link applyOverlay} knows of a kustomization.yaml. `commonLabels` would change the selectors, too. */
const KNOWN = [
  ...["apiVersion", "kind", "metadata", "namespace", "resources", "images", "labels", "commonAnnotations"],
  ...["patches", "patchesJson6902", "patchesStrategicMerge"],
];

const LISTS = ["images", "labels", "patches", "patchesJson6902", "patchesStrategicMerge"];

/**
 * Flux's components as the repository's own kustomization.yaml changes them: its patches, images, labels and
 * annotations, as far as they need no kustomize. The resources beside the components aren't among the result.
 * @param files of the folder, by path from it
 * @returns the objects, and a line for each thing that wasn't applied
 */
export function applyOverlay(
  components: readonly PlainObject[],
  files: Files,
): { readonly objects: readonly PlainObject[]; readonly skipped: readonly string[] } {
  const text = files["kustomization.yaml"];
  if (text === undefined) return { objects: components, skipped: [] };
  const data = yamlData(text);
  if (typeof data === "string")
    return { objects: components, skipped: [`kustomization.yaml, which ${data}`] };
  const skipped: string[] = [];
  const config = configOf(data[0], skipped);
  let objects = [...components];
  for (const { target, source, patch } of patchesOf(config, files, skipped)) {
    for (const [index, object] of objects.entries()) {
      if (!selects(target, object)) continue;
      try {
        objects[index] = (
          Array.isArray(patch) ? jsonPatch(object, patch as JsonOperation[]) : merged(object, patch)
        ) as PlainObject;
      } catch (error) {
        skipped.push(`${source}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  // A patch with `$patch: delete` leaves nothing of its object.
  objects = objects.filter((object) => object.$patch === undefined);
  return { objects: objects.map((object) => withMetadata(withImages(object, config), config)), skipped };
}

/** A kustomization without what isn't known, or isn't what it has to be. */
function configOf(data: unknown, skipped: string[]): Kustomization {
  const fields = typeof data === "object" && data !== null ? Object.entries(data) : [];
  const kept = fields.flatMap(([name, value]: [string, unknown]) => {
    if (!KNOWN.includes(name)) skipped.push(name);
    if (value === null || !LISTS.includes(name)) return value === null ? [] : [[name, value] as const];
    const isEntry = (entry: unknown): boolean =>
      name === "patchesStrategicMerge"
        ? typeof entry === "string"
        : typeof entry === "object" && entry !== null;
    if (Array.isArray(value) && value.every(isEntry)) return [[name, value] as const];
    skipped.push(name);
    return [];
  });
  return Object.fromEntries(kept);
}

function merged(object: PlainObject, patch: unknown): unknown {
  if ((patch as PlainObject | null)?.$patch === "delete") return { $patch: "delete" };
  const { metadata, ...rest } = patch as PlainObject;
  // What a patch is named by isn't what it changes.
  const { labels, annotations } = metadata ?? {};
  return strategicMerge(object, {
    ...rest,
    kind: object.kind,
    ...((labels ?? annotations) && {
      metadata: { ...(labels && { labels }), ...(annotations && { annotations }) },
    }),
  });
}

function* patchesOf(
  config: Kustomization,
  files: Files,
  skipped: string[],
): Generator<{ target: Target; source: string; patch: unknown }> {
  const entries: readonly Patch[] = [
    ...(config.patchesStrategicMerge ?? []).map((entry) =>
      entry.includes("\n") ? { patch: entry } : { path: entry },
    ),
    ...(config.patches ?? []),
    ...(config.patchesJson6902 ?? []),
  ];
  for (const { path, patch: inline, target } of entries) {
    const source = path ?? "a patch";
    const text = inline ?? files[String(path).replace(/^\.\//, "")];
    if (typeof text !== "string") {
      skipped.push(`${source}: the file isn't in the folder`);
      continue;
    }
    const documents = yamlData(text);
    if (typeof documents === "string") {
      skipped.push(`${source}: no YAML`);
      continue;
    }
    for (const patch of documents) {
      if (patch === null) skipped.push(`${source}: no YAML`);
      else if (target !== undefined) yield { target, source, patch };
      else yield { target: ownTarget(patch as PlainObject), source, patch };
    }
  }
}

/** Without a target a patch is for the one object that it names. */
function ownTarget({ kind, metadata }: PlainObject): Target {
  return { kind: kind ?? "-", name: escaped(metadata?.name ?? "-") };
}

function selects(target: Target, { apiVersion = "", kind = "", metadata = {} }: PlainObject): boolean {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const matches = (pattern: string | undefined, text: string | undefined): boolean =>
    pattern === undefined || pattern === "" || new RegExp(`^(?:${pattern})$`).test(text ?? "");
  return (
    matches(target.group, group) &&
    matches(target.version, version) &&
    matches(target.kind, kind) &&
    matches(target.name, metadata.name) &&
    matches(target.namespace, metadata.namespace) &&
    selectsLabels(target.labelSelector ?? "", metadata.labels ?? {})
  );
}

function selectsLabels(selector: string, labels: Readonly<Record<string, string>>): boolean {
  return selector
    .split(/,(?![^(]*\))/)
    .filter((term) => term.trim() !== "")
    .every((term) => {
      const [, key = "", operator = "", value = ""] =
        /^\s*([^\s=!]+)\s*(==?|!=|in|notin)\s*(.*?)\s*$/.exec(term) ?? [];
      if (key === "")
        return term.trim().startsWith("!") ? !(term.trim().slice(1) in labels) : term.trim() in labels;
      const values = value
        .replace(/^\(|\)$/g, "")
        .split(",")
        .map((text) => text.trim());
      return values.includes(labels[key] ?? "") === !/^(!=|notin)$/.test(operator);
    });
}

function withImages(object: PlainObject, { images = [] }: Kustomization): PlainObject {
  if (object.kind !== "Deployment" || images.length === 0) return object;
  const copy = structuredClone(object) as unknown as {
    spec: { template: { spec: { containers: { image: string }[] } } };
  };
  for (const container of copy.spec.template.spec.containers) {
    const [, name = "", rest = ""] = /^(.*?)((?::[^:/@]+)?(?:@.*)?)$/.exec(container.image) ?? [];
    const image = images.find((entry) => entry.name === name);
    if (image === undefined) continue;
    const tag = image.digest === undefined ? image.newTag && `:${image.newTag}` : `@${image.digest}`;
    container.image = `${image.newName ?? name}${tag ?? rest}`;
  }
  return copy;
}

function withMetadata(object: PlainObject, config: Kustomization): PlainObject {
  const labels = Object.assign({}, ...(config.labels ?? []).map(({ pairs }) => pairs)) as Record<
    string,
    string
  >;
  const annotations = config.commonAnnotations ?? {};
  if (Object.keys(labels).length + Object.keys(annotations).length === 0) return object;
  // kustomize puts annotations on pods, too; labels only where a list says so.
  const pods = object.kind === "Deployment" && config.commonAnnotations !== undefined;
  return strategicMerge(object, {
    metadata: { labels, annotations },
    ...(pods && { spec: { template: { metadata: { annotations } } } }),
  }) as PlainObject;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
