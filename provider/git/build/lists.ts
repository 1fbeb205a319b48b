import { posix } from "node:path";
import { yamlData } from "../../../manifests/yaml-data";
import { hasNamespace, type ObjectName } from "./objects";
import { type Patch, patchesIn } from "./patches";

/** Fields by which a kustomization changes what its files say, or adds to it. */
const CHANGES = [
  ...["namespace", "namePrefix", "nameSuffix", "patches", "patchesStrategicMerge", "patchesJson6902"],
  ...["components", "configMapGenerator", "secretGenerator", "generators", "transformers", "replacements"],
  ...["images", "replicas", "labels", "commonLabels", "commonAnnotations", "vars"],
];

/** A file or folder that another field than a list of resources names. */
export interface Reference {
  readonly field: string;
  readonly entry: string;
}

/** What a kustomization leads to, and what of it decides which objects a build has. */
export interface Lists {
  /** True for a component, which is built with what lists it alone. */
  readonly component: boolean;
  /** True when it says more than what it lists. */
  readonly changes: boolean;
  /** Files, folders and addresses, as they are listed. */
  readonly entries: readonly string[];
  readonly components: readonly string[];
  readonly patches: readonly Patch[];
  readonly references: readonly Reference[];
  /** Fields of it that may rename any object, or refuse one. */
  readonly beyond: readonly string[];
  readonly namespace: string | undefined;
  readonly prefix: string;
  readonly suffix: string;
  /** Kinds of objects that it makes besides, whose names aren't known here; "*" for any. */
  readonly makes: readonly string[];
  /** True when kustomize finds nothing in it, which it refuses below the root. */
  readonly empty: boolean;
}

/** The lists of a kustomization file; a text says why it can't be read. */
export function listsIn(text: string): Lists | string {
  const documents = yamlData(text);
  if (typeof documents === "string") return documents;
  // kustomize reads the first document.
  const data = fieldsOf(documents[0] ?? {});
  if (data === undefined) return "isn't a kustomization";
  const { kind, apiVersion } = data;
  if (typeof kind === "string" && kind !== "" && kind !== "Kustomization" && kind !== "Component")
    return `isn't a kustomization: its kind is ${kind}`;
  if (
    typeof apiVersion === "string" &&
    apiVersion !== "" &&
    !apiVersion.startsWith("kustomize.config.k8s.io/")
  )
    return `isn't a kustomization of kustomize's: its apiVersion is ${apiVersion}`;
  const wrong = ["resources", "bases", "components"].find((name) => !isTexts(data[name]));
  if (wrong !== undefined) return `has another thing than a list of texts in \`${wrong}\``;
  const list = (name: string): readonly unknown[] =>
    Array.isArray(data[name]) ? (data[name] as unknown[]) : [];
  const texts = (name: string): string[] => list(name).filter((entry) => typeof entry === "string");
  const string = (name: string): string => (typeof data[name] === "string" ? data[name] : "");
  const patches = patchesIn(list);
  return {
    entries: [...texts("resources"), ...texts("bases")],
    components: texts("components"),
    component: kind === "Component",
    changes: CHANGES.some((name) => name in data),
    patches,
    references: [
      ...patches.flatMap(({ field, file }) => (file === undefined ? [] : [{ field, entry: file }])),
      ...referencesIn(data, list),
    ],
    beyond: ["transformers", "replacements", "vars"].filter((name) => list(name).length > 0),
    namespace: string("namespace") === "" ? undefined : string("namespace"),
    prefix: string("namePrefix"),
    suffix: string("nameSuffix"),
    makes: [
      ...(list("configMapGenerator").length > 0 ? ["ConfigMap"] : []),
      ...(list("secretGenerator").length > 0 ? ["Secret"] : []),
      ...(["generators", "transformers", "helmCharts", "helmChartInflationGenerator"].some(
        (name) => name in data,
      )
        ? ["*"]
        : []),
    ],
    empty: Object.entries(data).every(
      ([name, value]) => ["apiVersion", "kind"].includes(name) || value === null || value === "",
    ),
  };
}

/** The fields of a kustomization by their right names: kustomize finds them in any case, and takes the last. */
function fieldsOf(data: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  const known = new Map([...CHANGES, ...OTHERS].map((name) => [name.toLowerCase(), name]));
  const entries = Object.entries(data).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [known.get(name.toLowerCase()) ?? name, value]));
}

const OTHERS = [
  ...["apiVersion", "kind", "resources", "bases", "crds", "configurations", "validators", "openapi"],
  ...["helmCharts", "helmChartInflationGenerator"],
];

function isTexts(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    (Array.isArray(value) && value.every((one) => typeof one === "string"))
  );
}

function referencesIn(
  data: Readonly<Record<string, unknown>>,
  list: (name: string) => readonly unknown[],
): Reference[] {
  const texts = (field: string, entries: readonly unknown[]): Reference[] =>
    entries.flatMap((entry) => (typeof entry === "string" && entry !== "" ? [{ field, entry }] : []));
  const fields = (value: unknown): Readonly<Record<string, unknown>> =>
    (value ?? {}) as Record<string, unknown>;
  const of = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
  const lists = ["crds", "configurations", "generators", "transformers", "validators"].flatMap((field) =>
    texts(
      field,
      list(field).filter((entry) => typeof entry === "string" && !/\n|^\s*\{/.test(entry)),
    ),
  );
  const sources = ["configMapGenerator", "secretGenerator"].flatMap((field) =>
    list(field)
      .map(fields)
      .flatMap(({ files, envs, env }) => [
        // `name=path`, or the path alone.
        ...texts(
          field,
          of(files).map((file) => (typeof file === "string" ? file.slice(file.indexOf("=") + 1) : file)),
        ),
        ...texts(field, [...of(envs), env]),
      ]),
  );
  return [
    ...lists,
    ...sources,
    ...texts("openapi", [fields(data.openapi).path]),
    ...texts(
      "replacements",
      list("replacements").map((one) => fields(one).path),
    ),
  ].filter(({ entry }) => !isRemote(entry));
}

/** An object as a kustomization leaves it, and the fields that changed it. */
export function transformed<T extends ObjectName>(
  { prefix, suffix, namespace }: Pick<Lists, "prefix" | "suffix" | "namespace">,
  object: T,
): { readonly object: T; readonly by: readonly string[] } {
  // kustomize leaves the names of these as they are: https://github.com/kubernetes-sigs/kustomize, prefix_transformer.
  const named = !["Namespace", "CustomResourceDefinition", "APIService"].includes(object.kind);
  // It gives its own name to a Namespace: api/internal/konfig/builtinpluginconsts/namespace.go.
  const isNamespace = object.kind === "Namespace" && object.group === "";
  const moved =
    namespace !== undefined &&
    (isNamespace ? object.name !== namespace : hasNamespace(object) && object.namespace !== namespace);
  return {
    object: {
      ...object,
      ...(named && { name: `${prefix}${object.name}${suffix}` }),
      ...(moved && (isNamespace ? { name: namespace } : { namespace })),
    },
    by: [
      ...(named && prefix !== "" ? ["namePrefix"] : []),
      ...(named && suffix !== "" ? ["nameSuffix"] : []),
      ...(moved ? ["namespace"] : []),
    ],
  };
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
