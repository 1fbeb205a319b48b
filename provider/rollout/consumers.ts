import { scryptSync } from "node:crypto";
import type { LiveObject } from "../kubernetes/live-object";
import type { LiveSecret } from "../kubernetes/patched-secret";

/** Kinds whose pods are made anew by another template. Jobs read their Secrets anew by themselves. */
export const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"] as const;

/** Annotation of a pod template: digest of the Secrets that its pods were last restarted for. */
export const SEEN = "handoff.dev/secrets";

interface SecretName {
  readonly name?: string;
}

export interface Container {
  readonly name?: string;
  /** `Always` of an init container that runs beside the others. */
  readonly restartPolicy?: string;
  readonly env?: readonly {
    readonly name?: string;
    readonly valueFrom?: { readonly secretKeyRef?: SecretName & { readonly key?: string } };
  }[];
  readonly envFrom?: readonly { readonly prefix?: string; readonly secretRef?: SecretName }[];
}

export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly {
    readonly secret?: { readonly secretName?: string };
    readonly projected?: { readonly sources?: readonly { readonly secret?: SecretName }[] };
  }[];
}

interface Template {
  readonly metadata?: LiveObject["metadata"];
  readonly spec?: PodSpec;
}

export function templateOf({ spec }: LiveObject): Template {
  return spec?.template ?? {};
}

/** Names of the Secrets that a workload's pods read when they start: by their environment or as files. */
export function secretsRead(workload: LiveObject): ReadonlySet<string> {
  const { containers = [], initContainers = [], volumes = [] } = templateOf(workload).spec ?? {};
  const all = [...initContainers, ...containers];
  const names = [
    ...all.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name)),
    ...all.flatMap(({ envFrom = [] }) => envFrom.map(({ secretRef }) => secretRef?.name)),
    ...volumes.map(({ secret }) => secret?.secretName),
    ...volumes.flatMap(({ projected }) => (projected?.sources ?? []).map(({ secret }) => secret?.name)),
  ];
  return new Set(names.filter((name) => name !== undefined));
}

/**
 * Tells whether Secrets hold the same, and not what: it stands where many may read it. Salted by the workload's place, so
 * that equal values don't show as such.
 */
export function digestOf({ kind = "", metadata = {} }: LiveObject, secrets: readonly LiveSecret[]): string {
  const contents = secrets
    .map(({ metadata: own, data = {} }) => [own?.name ?? "", Object.entries(data).sort()] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const salt = `${kind} ${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
  return `scrypt:${scryptSync(JSON.stringify(contents), salt, 16).toString("hex")}`;
}

interface ContainerStatus {
  readonly state?: { readonly running?: { readonly startedAt?: string } };
}

/** Whether containers of the pods run since before the Secrets' last change: those that start now read what is there. */
export function runsOnFormer(pods: readonly LiveObject[], secrets: readonly LiveSecret[]): boolean {
  const changes = secrets.map(changedAt);
  const started = pods
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
    .flatMap(({ status }) => (status?.containerStatuses ?? []) as readonly ContainerStatus[])
    .flatMap(({ state }) => state?.running?.startedAt ?? []);
  // Within the same second it isn't known which came first.
  return started.some((start) => changes.some((change) => change === undefined || start <= change));
}

/** When the values of a Secret were last written; undefined when nobody noted it. */
function changedAt({ metadata }: LiveSecret): string | undefined {
  return metadata?.managedFields
    ?.filter(({ fieldsV1 = {} }) => "f:data" in fieldsV1)
    .flatMap(({ time }) => time ?? [])
    .sort()
    .at(-1);
}
