import type { Cluster } from "../../kubernetes/cluster";
import type { LiveObject } from "../../kubernetes/live-object";
import { noneIfForbidden } from "../../kubernetes/cluster-error";
import { describePods, type EventObject, inOrder, lastWarning, oneLine, shortened } from "./pods";
import { parseInventoryId } from "../../live/inventory";
import type { FluxObject } from "./flux-object";
import { lastWarnings, nextStep, saysNothing, UNWATCHED } from "./next-step";
import { lacking } from "./readiness";

/** Kinds that run pods or keep them waiting. */
const WORKLOADS = ["apps/v1 Deployment", "apps/v1 StatefulSet", "apps/v1 DaemonSet", "batch/v1 Job"];
const WATCHED_CORE = ["v1 Pod", "v1 PersistentVolumeClaim"];

/** Groups whose objects are ready once they are there. */
const STATIC =
  /^(rbac\.authorization|networking|policy|storage|scheduling|admissionregistration)\.k8s\.io\/|^v1 /;

const MOST_OBJECTS = 5;

/**
 * What a Kustomization or HelmRelease applied and isn't ready, with the reason; of workloads, why their pods don't
 * start. They are found by the labels that Flux puts on what it applies: one request for a kind.
 */
export async function whyUnready(cluster: Cluster, owner: FluxObject): Promise<string[]> {
  const group = owner.kind === "HelmRelease" ? "helm" : "kustomize";
  const { name = "", namespace = "" } = owner.metadata ?? {};
  const label = `${group}.toolkit.fluxcd.io`;
  const labelSelector = `${label}/name=${name},${label}/namespace=${namespace}`;
  const lists = await Promise.all(
    kindsOf(owner).map(async (text) => {
      const [apiVersion = "", kind = ""] = text.split(" ");
      // Of a kind that the user may not see, nothing is said.
      return await cluster.list(apiVersion, kind, undefined, { labelSelector }).catch(noneIfForbidden);
    }),
  );
  return await describeUnready(cluster, lists.flat());
}

/** The same of given objects: a line for each that isn't ready, with lines about its pods below. */
export async function describeUnready(cluster: Cluster, objects: readonly LiveObject[]): Promise<string[]> {
  const looks = await Promise.all(
    objects.map(async (object) => ({ object, lack: lacking(object) ?? (await unwatched(cluster, object)) })),
  );
  const open = looks.flatMap(({ object, lack }) => (lack === undefined ? [] : [{ object, lack }]));
  const blocks = await Promise.all(
    open.slice(0, MOST_OBJECTS).map(async ({ object, lack }) => {
      const { kind = "", metadata } = object;
      const path = [metadata?.namespace, metadata?.name].filter((part) => part !== undefined).join("/");
      const details = (await detailsOf(cluster, object)).map((line) => `  ${line}`);
      return [`${kind} ${path}: ${lack}`, ...details].join("\n");
    }),
  );
  return shortened([...blocks, ...open.slice(MOST_OBJECTS).map(() => "")], MOST_OBJECTS).flatMap((block) =>
    block.split("\n"),
  );
}

/** The kinds in the inventory of what it applied, `apiVersion kind`; while there is none yet, those with pods. */
function kindsOf(owner: FluxObject): readonly string[] {
  const entries = owner.status?.inventory?.entries;
  // Helm fills in the inventory only after it has waited.
  if (entries === undefined || owner.kind === "HelmRelease")
    return [...WORKLOADS, "v1 PersistentVolumeClaim"];
  const kinds = entries.map(({ id, v }) => {
    const { group, kind } = parseInventoryId(id);
    return `${group === "" ? v : `${group}/${v}`} ${kind}`;
  });
  return [...new Set(kinds)].filter((kind) => WATCHED_CORE.includes(kind) || !STATIC.test(kind));
}

/** Why an object isn't ready that says nothing at all: of a kind with a status, some controller keeps it. */
async function unwatched(cluster: Cluster, object: LiveObject): Promise<string | undefined> {
  const { apiVersion = "", kind = "" } = object;
  const custom = apiVersion.split("/")[0]?.includes(".") === true && !/\.k8s\.io\//.test(apiVersion);
  if (!custom || !saysNothing(object.status)) return undefined;
  return (await cluster.resource(apiVersion, kind))?.hasStatus === true ? UNWATCHED : undefined;
}

async function detailsOf(cluster: Cluster, object: LiveObject): Promise<readonly string[]> {
  const { kind = "", metadata } = object;
  const namespace = metadata?.namespace;
  const { matchLabels } = (object.spec?.selector ?? {}) as { matchLabels?: Record<string, string> };
  if (matchLabels === undefined || namespace === undefined) {
    // Those of cluster-wide objects are in the namespace `default`.
    const [made, events] = await Promise.all([
      madeUnready(cluster, object),
      warnings(cluster, namespace ?? "default"),
    ]);
    return [
      ...made,
      ...lastWarnings(object, events).map((text) => `event: ${text}`),
      `→ ${nextStep(object)}`,
    ];
  }
  const labelSelector = Object.entries(matchLabels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  const [pods, events] = await Promise.all([
    cluster.list("v1", "Pod", namespace, { labelSelector }),
    warnings(cluster, namespace),
  ]);
  if (pods.length > 0) return describePods(pods, events);
  const warning = lastWarning(object, kind, events);
  return warning === undefined ? ["it has no pods yet"] : [oneLine(warning)];
}

/** What an operator makes of an object: of a Certificate that isn't ready, the request says why. */
const MADE: Readonly<Record<string, readonly [apiVersion: string, kind: string]>> = {
  "cert-manager.io/v1 Certificate": ["cert-manager.io/v1", "CertificateRequest"],
};

/** The newest object that an operator made of this one, with what it lacks; a failure of it is an event of this one, too. */
async function madeUnready(
  cluster: Cluster,
  { apiVersion = "", kind = "", metadata, status }: LiveObject,
): Promise<readonly string[]> {
  const made = MADE[`${apiVersion} ${kind}`];
  if (made === undefined || status?.lastFailureTime !== undefined) return [];
  const [newest] = (await cluster.list(...made, metadata?.namespace))
    .filter((one) =>
      one.metadata?.ownerReferences?.some((owner) => owner.kind === kind && owner.name === metadata?.name),
    )
    .sort((one, other) => (madeAt(one) > madeAt(other) ? -1 : 1));
  const lack = newest && lacking(newest);
  return lack === undefined ? [] : [`${made[1]} ${newest?.metadata?.name ?? ""}: ${lack}`];
}

const madeAt = ({ metadata }: LiveObject): string => metadata?.creationTimestamp ?? "";

async function warnings(cluster: Cluster, namespace: string | undefined): Promise<readonly EventObject[]> {
  return inOrder(await cluster.list("v1", "Event", namespace, { fieldSelector: "type=Warning", limit: 500 }));
}
