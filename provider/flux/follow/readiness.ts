import type { LiveObject } from "../../kubernetes/live-object";
import { oneLine, podTrouble } from "./pods";

interface Status {
  readonly observedGeneration?: number;
  readonly phase?: string;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly readyReplicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly active?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
}

/**
 * What an object lacks to be ready, by the rules that Flux's health checks have
 * (https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus); undefined when it is, or has no such state.
 */
export function lacking(object: LiveObject): string | undefined {
  const status = (object.status ?? {}) as Status;
  const { observedGeneration = object.metadata?.generation } = status;
  if (observedGeneration !== object.metadata?.generation) return "waits for its controller";
  return (WORKLOADS[object.kind ?? ""] ?? conditionLacking)(object, status);
}

const WORKLOADS: Readonly<Record<string, (object: LiveObject, status: Status) => string | undefined>> = {
  Deployment: (object, status) => {
    const { replicas: all = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    const lack = replicas(object, status, [updatedReplicas, "updated"], [availableReplicas, "available"]);
    // The old pods go when the new ones are available.
    return (
      lack ?? (all > updatedReplicas ? `${String(all - updatedReplicas)} pods not replaced yet` : undefined)
    );
  },
  ReplicaSet: (object, status) => replicas(object, status, [status.availableReplicas ?? 0, "available"]),
  StatefulSet: (object, status) => {
    const { updatedReplicas = 0, readyReplicas = 0 } = status;
    const { updateStrategy } = (object.spec ?? {}) as { updateStrategy?: { type?: string } };
    const updated = updateStrategy?.type === "OnDelete" ? [] : [[updatedReplicas, "updated"] as const];
    return replicas(object, status, ...updated, [readyReplicas, "ready"]);
  },
  DaemonSet: (_object, status) => {
    const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
    return tooFew(
      desiredNumberScheduled,
      [updatedNumberScheduled, "updated"],
      [numberAvailable, "available"],
    );
  },
  Job: (_object, status) => {
    const failed = condition(status, "Failed", "True");
    if (failed !== undefined) return words(failed);
    return condition(status, "Complete", "True") === undefined ? "isn't complete" : undefined;
  },
  PersistentVolumeClaim: (_object, { phase = "Pending" }) => (phase === "Bound" ? undefined : phase),
  Pod: (object) => podTrouble(object),
};

function replicas(
  object: LiveObject,
  status: Status,
  ...counts: readonly (readonly [number, string])[]
): string | undefined {
  // No pod can be made at all: a quota, an admission webhook, a missing ServiceAccount.
  const refused = condition(status, "ReplicaFailure", "True");
  if (refused !== undefined) return words(refused);
  const short = tooFew(Number(object.spec?.replicas ?? 1), ...counts);
  const late = condition(status, "Progressing", "False");
  return short === undefined || late === undefined ? short : `${short}; ${words(late)}`;
}

function tooFew(wanted: number, ...counts: readonly (readonly [number, string])[]): string | undefined {
  const short = counts.find(([count]) => count < wanted);
  return short && `${String(short[0])} of ${String(wanted)} pods ${short[1]}`;
}

/** Kinds of operators, as ExternalSecret or Certificate: they have a condition Ready or Available. */
function conditionLacking(_object: LiveObject, status: Status): string | undefined {
  const stalled = condition(status, "Stalled", "True");
  const found = stalled ?? status.conditions?.find(({ type }) => type === "Ready" || type === "Available");
  if (found === undefined || (found !== stalled && found.status === "True")) return undefined;
  // Of a Certificate, Ready says that its Secret is missing; why no one came stands beside it.
  const failed = condition(status, "Issuing", "False");
  return words(failed?.reason === "Failed" || failed?.reason === "Denied" ? failed : found);
}

function condition(status: Status, type: string, value: string) {
  return status.conditions?.find((entry) => entry.type === type && entry.status === value);
}

function words({ reason, message }: { readonly reason?: string; readonly message?: string }): string {
  return oneLine([reason, message].filter((text) => text !== undefined && text !== "").join(": "));
}
