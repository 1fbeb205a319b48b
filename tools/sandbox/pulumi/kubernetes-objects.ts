/** What the Kubernetes stand-in knows of objects, apart from the cluster: names, drift, replacement, readiness. */
import { randomBytes } from "node:crypto";
import { DiffResult, Props } from "../../../provider/plugin/handler";
import type { KubernetesObject } from "./kubernetes-client";
import { changedNames } from "./semantics";

const AUTONAMED = "pulumi.com/autonamed";

/** Kinds that are no objects of the API server but the real provider's own. */
const OWN_GROUPS = ["helm.sh", "yaml", "kustomize"];

/** `apiVersion` and `kind` of a type token such as `kubernetes:apps/v1:Deployment`. */
export function typeOf(token: string): { apiVersion: string; kind: string } | undefined {
  const [pkg, group, kind] = token.split(":");
  if (pkg !== "kubernetes" || group === undefined || kind === undefined) return undefined;
  if (OWN_GROUPS.includes(group.split("/")[0] ?? "") || kind.endsWith("Patch") || kind.endsWith("List")) {
    return undefined;
  }
  return { apiVersion: group.replace(/^core\//, ""), kind };
}

/** The inputs with a name: the given one, the one it had, or a new one made from the resource's name. */
export function withName(news: Props, olds: Props | undefined, logicalName: string): KubernetesObject {
  const object = { ...news, metadata: { ...(news.metadata as object | undefined) } } as KubernetesObject;
  if (object.metadata.name !== undefined) return object;
  const before = (olds as KubernetesObject | undefined)?.metadata;
  const name =
    before?.annotations?.[AUTONAMED] === "true"
      ? before.name
      : // As it is: the API server refuses one with capital letters.
        `${logicalName}-${randomBytes(4).toString("hex")}`;
  const annotations = { ...object.metadata.annotations, [AUTONAMED]: "true" };
  return { ...object, metadata: { ...object.metadata, name, annotations } };
}

/** Fields whose change makes a new object, because the API server takes none. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  "v1/Secret": ["type"],
  "v1/Service": ["spec.clusterIP"],
  "v1/PersistentVolumeClaim": ["spec"],
  "apps/v1/Deployment": ["spec.selector"],
  "apps/v1/DaemonSet": ["spec.selector"],
  "apps/v1/StatefulSet": [
    "spec.selector",
    "spec.serviceName",
    "spec.podManagementPolicy",
    "spec.volumeClaimTemplates",
  ],
  "batch/v1/Job": ["spec.selector", "spec.template", "spec.completions", "spec.parallelism"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
};
const DATA = ["data", "stringData", "binaryData"];

/** Whether changed data of ConfigMaps and Secrets stays in place; the real provider replaces unless told. */
export interface Mutable {
  readonly configMaps: boolean;
  readonly secrets: boolean;
}

function at(object: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], object);
}

export function diffObjects(olds: KubernetesObject, news: KubernetesObject, mutable: Mutable): DiffResult {
  const kind = `${news.apiVersion}/${news.kind}`;
  const data =
    (kind === "v1/Secret" && (!mutable.secrets || olds.immutable === true)) ||
    (kind === "v1/ConfigMap" && (!mutable.configMaps || olds.immutable === true))
      ? DATA
      : [];
  const paths = ["metadata.name", "metadata.namespace", "kind", ...(IMMUTABLE[kind] ?? []), ...data];
  const replaces = paths.filter(
    (path) => changedNames({ x: at(olds, path) }, { x: at(news, path) }).length > 0,
  );
  const autonamed = news.metadata.annotations?.[AUTONAMED] === "true";
  const samePlace =
    !autonamed &&
    olds.metadata.name === news.metadata.name &&
    olds.metadata.namespace === news.metadata.namespace;
  return {
    changes: changedNames(olds, news).length > 0,
    replaces: [...new Set(replaces.map((path) => path.split(".")[0] ?? path))],
    // Two objects can't have one name; a made-up name is made anew for the replacement.
    deleteBeforeReplace: replaces.length > 0 && samePlace,
  };
}

/** What is sent: a Secret's `stringData` as `data`, so that removed keys go. */
export function wireObject(object: KubernetesObject): KubernetesObject {
  if (object.apiVersion !== "v1" || object.kind !== "Secret" || object.stringData === undefined)
    return object;
  const { stringData, ...rest } = object;
  const encoded = Object.entries(stringData as Record<string, string>).map(([key, value]) => [
    key,
    Buffer.from(value).toString("base64"),
  ]);
  return {
    ...rest,
    data: { ...(object.data as object | undefined), ...Object.fromEntries(encoded) },
  };
}

/** The object as state: without the bookkeeping of the API server. */
export function outputsOf(live: KubernetesObject, inputs: Props): Props {
  const metadata: Record<string, unknown> = { ...live.metadata };
  delete metadata.managedFields;
  return { ...live, ...(inputs.stringData === undefined ? {} : { stringData: inputs.stringData }), metadata };
}

/** The inputs as the cluster has them: live values where the inputs speak, so that drift shows as a change. */
export function liveInputs(inputs: KubernetesObject, live: KubernetesObject): KubernetesObject {
  const found = restrict(wireObject(inputs), live) as KubernetesObject;
  if (inputs.stringData === undefined) return found;
  const { data, ...rest } = found;
  const values = data as Record<string, string> | undefined;
  const stringData = Object.keys(inputs.stringData as object)
    .filter((key) => values?.[key] !== undefined)
    .map((key) => [key, Buffer.from(values?.[key] ?? "", "base64").toString("utf8")] as const);
  const others = Object.entries(values ?? {}).filter(([key]) => !(key in (inputs.stringData as object)));
  return {
    ...rest,
    ...(inputs.data === undefined ? {} : { data: Object.fromEntries(others) }),
    stringData: Object.fromEntries(stringData),
  };
}

function restrict(wanted: unknown, live: unknown): unknown {
  if (wanted === null || typeof wanted !== "object") return live;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live)) return live;
    return live.map((entry: unknown, index) =>
      index < wanted.length ? restrict(wanted[index], entry) : entry,
    );
  }
  if (live === null || typeof live !== "object") return live;
  const fields = live as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(wanted)
      .filter(([key]) => fields[key] !== undefined)
      .map(([key, value]) => [key, restrict(value, fields[key])]),
  );
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

const CONDITIONS: Readonly<Record<string, string>> = {
  "v1/Pod": "Ready",
  "apps/v1/Deployment": "Available",
  "batch/v1/Job": "Complete",
  "apiextensions.k8s.io/v1/CustomResourceDefinition": "Established",
};

/** What an object is still waiting for; `undefined` when it is ready. */
export function waitingFor(live: KubernetesObject): string | undefined {
  if (live.metadata.annotations?.["pulumi.com/skipAwait"] === "true") return undefined;
  const kind = `${live.apiVersion}/${live.kind}`;
  if (kind === "v1/Namespace") return at(live, "status.phase") === "Active" ? undefined : "phase Active";
  const wanted = CONDITIONS[kind];
  if (wanted === undefined) return undefined;
  const generation = at(live, "status.observedGeneration");
  if (typeof generation === "number" && generation < (live.metadata.generation as number)) {
    return "its controller to see the change";
  }
  const conditions = (at(live, "status.conditions") ?? []) as readonly Condition[];
  const condition = conditions.find(({ type }) => type === wanted);
  if (condition?.status === "True") return undefined;
  return [`condition ${wanted}`, condition?.reason, condition?.message].filter(Boolean).join(": ");
}

/** The wait's limit, by annotation `pulumi.com/timeoutSeconds`; ten minutes without. */
export function timeoutSeconds(object: KubernetesObject): number {
  const given = Number(object.metadata.annotations?.["pulumi.com/timeoutSeconds"]);
  return Number.isFinite(given) && given > 0 ? given : 600;
}
