import { disabledMessage } from "../../provider/flux/follow/artifact-generator";
import { isBehind } from "../../provider/flux/apps-look";
import { conditionOf, type FluxObject, type ObjectKey } from "../../provider/flux/follow/flux-object";
import { oneLine } from "../../provider/flux/follow/pods";

/** How an object is, of itself: without a request to look again, as a follower makes it. */
export type State = "ready" | "reconciling" | "waiting" | "failing" | "suspended" | "missing" | "unseen";

export interface Standing {
  readonly state: State;
  /** Why it isn't ready; empty when it is. */
  readonly message: string;
  /** When it came to be so, as the API tells it. */
  readonly since?: string;
}

/** Reasons of a condition Ready that is False without anything being wrong with the object itself. */
const PASSING = ["DependencyNotReady", "HealthCheckCanceled"];

/** @param live the objects in the cluster, for what its source has */
export function standing(object: FluxObject | undefined, live: ReadonlyMap<ObjectKey, FluxObject>): Standing {
  if (object === undefined) return { state: "missing", message: "isn't in the cluster" };
  const { generation, deletionTimestamp } = object.metadata ?? {};
  const ready = conditionOf(object, "Ready");
  const since = ready?.lastTransitionTime;
  if (deletionTimestamp !== undefined)
    return { state: "waiting", message: `is being deleted since ${deletionTimestamp}`, since };
  if (object.spec?.suspend === true)
    return { state: "suspended", message: "is suspended, so Flux doesn't look at it", since };
  const disabled = disabledBy(object);
  if (disabled !== undefined) return { state: "suspended", message: disabled, since };
  const stalled = conditionOf(object, "Stalled");
  if (stalled?.status === "True") return { state: "failing", message: words(stalled), since };
  if (ready?.status === "False") {
    const state = PASSING.includes(ready.reason ?? "") ? "waiting" : "failing";
    return { state, message: words(ready), since };
  }
  // Of an OCI registry with charts Flux keeps no condition: there is nothing to fetch beforehand.
  if (ready === undefined && object.kind === "HelmRepository" && isOci(object))
    return { state: "ready", message: "" };
  // One that tells its generation nowhere, such as another controller's ExternalArtifact, counts as it says it is, as
  // for Flux's own health checks.
  const observed = object.status?.observedGeneration ?? ready?.observedGeneration ?? generation;
  if (ready?.status !== "True" || (generation !== undefined && observed !== generation)) {
    // A Ready that is True speaks of the generation before.
    const before = ready?.status === "True" ? undefined : ready?.message;
    const doing = conditionOf(object, "Reconciling")?.message ?? before;
    return { state: "reconciling", message: oneLine(doing ?? "waits for its controller"), since };
  }
  if (isBehind(object, live))
    return { state: "reconciling", message: "hasn't applied yet what its source has", since };
  return { state: "ready", message: "", since };
}

/** What a person stopped by an annotation, since its kind has no `spec.suspend`; undefined while it works. */
function disabledBy(object: FluxObject): string | undefined {
  const ofOperator = object.metadata?.annotations?.[DISABLED_OPERATOR] === "disabled";
  return ofOperator
    ? `is disabled, so the Flux Operator doesn't look at it. Remove its annotation ${DISABLED_OPERATOR}`
    : disabledMessage(object);
}

/** https://fluxoperator.dev/docs/crd/fluxinstance/#reconciliation-configuration */
const DISABLED_OPERATOR = "fluxcd.controlplane.io/reconcile";

function isOci({ spec }: FluxObject): boolean {
  return spec?.url?.startsWith("oci://") === true;
}

function words({ reason, message }: { readonly reason?: string; readonly message?: string }): string {
  return oneLine([reason, message].filter((text) => text !== undefined && text !== "").join(": "));
}
