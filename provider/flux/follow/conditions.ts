import { conditionOf, type FluxObject, type ObjectKey } from "./flux-object";

export type Status = "ready" | "progressing" | "failing" | "stopped";

export interface ObjectProgress {
  readonly key: ObjectKey;
  readonly status: Status;
  /** Why it isn't ready, for the reader. */
  readonly message: string;
  readonly revision?: string;
  /** Set when a nudge saves the wait for the controller's next look. */
  readonly nudge?: boolean;
  /** While its controller checks the health of what it applied: whether all HelmReleases and Kustomizations of that are ready. */
  readonly healthy?: boolean;
  /** Of one that isn't there: what applies it, and makes it again when it is asked. */
  readonly appliedBy?: ObjectKey;
  /** Objects that must become ready before this one can. */
  readonly waitsFor?: readonly ObjectKey[];
}

/** Messages of objects that nobody works on yet. */
const ABSENT = "isn't in the cluster yet";
const UNSEEN = "waits for its controller";
/** Its controller still health-checks what it applied before, up to the object's timeout. */
export const OUTDATED = "is still at work on the revision before";
export const IDLE: readonly string[] = [ABSENT, UNSEEN, OUTDATED];

/** Of an object that the user lets be suspended. */
export const SUSPENDED_AS_ALLOWED = "is suspended, as `allowSuspended` allows";

/** How far an object is by its conditions alone, as every Flux object has them (https://fluxcd.io/flux/components/…#conditions). */
export function conditionProgress(
  key: ObjectKey,
  object: FluxObject | undefined,
  token: string,
): ObjectProgress {
  if (object === undefined) return { key, status: "progressing", message: ABSENT };
  const { generation, deletionTimestamp } = object.metadata ?? {};
  if (deletionTimestamp !== undefined) {
    const message = `is being deleted since ${deletionTimestamp}; Flux makes it again when it is gone`;
    return { key, status: "progressing", message };
  }
  if (object.spec?.suspend === true) {
    const message = `is suspended, so Flux doesn't look at it. Resume it: ${resumeCommand(object)}`;
    return { key, status: "stopped", message };
  }
  const condition = conditionOf(object, "Ready");
  const { observedGeneration } = object.status ?? {};
  // A controller's failure stands in the condition alone: the status takes a generation over when it succeeded.
  if ((condition?.observedGeneration ?? observedGeneration) !== generation) {
    return { key, status: "progressing", message: UNSEEN };
  }
  const stalled = conditionOf(object, "Stalled");
  const final = stalled?.status === "True" ? stalled : undefined;
  if (final === undefined && condition?.status === "True" && observedGeneration === generation) {
    return { key, status: "ready", message: condition.message ?? "" };
  }
  if (final === undefined && condition?.status !== "False") {
    const doing = condition?.status === "Unknown" ? conditionOf(object, "Reconciling") : undefined;
    const text = doing?.message ?? words(condition);
    return { key, status: "progressing", message: text === "" ? UNSEEN : text };
  }
  const message = words(final ?? condition);
  if (PASSING.includes(condition?.reason ?? "")) return { key, status: "progressing", message };
  // A failure from before the nudge says nothing about now: the object is asked to look again.
  if (!isFresh(object, token)) return { key, status: "progressing", message, nudge: true };
  return { key, status: final === undefined ? "failing" : "stopped", message };
}

/** Reasons of a condition Ready that is False for a while only, without anything being wrong. */
const PASSING = ["DependencyNotReady", "HealthCheckCanceled"];

function words(condition: { readonly reason?: string; readonly message?: string } | undefined): string {
  return [condition?.reason, condition?.message]
    .filter((part) => part !== undefined && part !== "")
    .join(": ");
}

/** True when its controller has looked at it since the nudge. */
function isFresh(object: FluxObject, token: string): boolean {
  const since = conditionOf(object, "Ready")?.lastTransitionTime;
  // The API's times have no fractions of seconds.
  return handled(object, token) || (since !== undefined && Date.parse(since) + 1000 > Date.parse(token));
}

export function handled(object: FluxObject | undefined, token: string): boolean {
  const at = object?.status?.lastHandledReconcileAt;
  return at !== undefined && Date.parse(at) >= Date.parse(token);
}

/** How `flux` resumes an object that has `spec.suspend`. */
export function resumeCommand({ kind, metadata: { name = "", namespace = "" } = {} }: FluxObject): string {
  return `flux resume ${resumeName(kind)} ${name} -n ${namespace}`;
}

const RESUMED_SOURCES: Readonly<Record<string, string | undefined>> = {
  GitRepository: "git",
  OCIRepository: "oci",
  Bucket: "bucket",
  HelmRepository: "helm",
};

function resumeName(kind = ""): string {
  const source = RESUMED_SOURCES[kind];
  return source === undefined ? kind.toLowerCase() : `source ${source}`;
}
