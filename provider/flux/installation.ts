import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject, Reference } from "../kubernetes/live-object";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";

/** Without these two Flux can't repair itself from git. */
const VITAL = ["source-controller", "kustomize-controller"];

/** Annotation of the namespace flux-system: the stack that installed Flux, as `<project>/<stack>`. */
const INSTALLER = "handoff.dev/installer";

const NAMESPACE: Reference = { apiVersion: "v1", kind: "Namespace", name: FLUX_SYSTEM };

/** What a cluster has of Flux. */
export interface Installation {
  /** Its source- and kustomize-controller are available. */
  readonly runs: boolean;
  /** Its Deployments are there, whether they run or not. */
  readonly present: boolean;
  /** UID of the namespace flux-system: another one, or none, and what was in it is gone. */
  readonly namespace?: string;
  /** The namespace is being deleted since then. */
  readonly leaving?: string;
  /** The stack that installed it; undefined when it was another way. */
  readonly installer?: string;
}

/** Two requests at once. */
export async function lookAtFlux(cluster: Cluster): Promise<Installation> {
  const [deployments, namespace] = await Promise.all([
    cluster.list("apps/v1", "Deployment", FLUX_SYSTEM),
    cluster.get(NAMESPACE),
  ]);
  const { uid, deletionTimestamp, annotations = {} } = namespace?.metadata ?? {};
  const available = deployments.filter(isAvailable).map(({ metadata }) => metadata?.name ?? "");
  return {
    present:
      deletionTimestamp === undefined &&
      deployments.some(({ metadata }) => VITAL.includes(metadata?.name ?? "")),
    runs: deletionTimestamp === undefined && VITAL.every((name) => available.includes(name)),
    namespace: uid,
    leaving: deletionTimestamp,
    installer: annotations[INSTALLER],
  };
}

/** Remembers in the cluster who installed Flux: a state that is lost doesn't. */
export async function signInstallation(cluster: Cluster, stack: string): Promise<void> {
  await cluster.patch(NAMESPACE, { metadata: { annotations: { [INSTALLER]: stack } } });
}

/** Why a namespace is still there while it is being deleted, in the words of its controller. */
export async function whyLeaving(cluster: Cluster, name = FLUX_SYSTEM): Promise<string> {
  const { conditions = [] } = ((await cluster.get({ ...NAMESPACE, name }))?.status ?? {}) as {
    readonly conditions?: readonly { type: string; status: string; message?: string }[];
  };
  const words = conditions
    .filter(({ status }) => status === "True")
    .map(({ message = "" }) => `  ${message}`);
  return words.length === 0 ? "  its controller doesn't say why" : words.join("\n");
}

/** A Deployment that was scaled to nothing, or is being deleted, counts as Available, too. */
function isAvailable({ metadata, spec, status }: LiveObject): boolean {
  const conditions = (status?.conditions ?? []) as readonly { type: string; status: string }[];
  return (
    metadata?.deletionTimestamp === undefined &&
    Number(spec?.replicas ?? 1) > 0 &&
    conditions.some((condition) => condition.type === "Available" && condition.status === "True")
  );
}
