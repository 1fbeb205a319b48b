import { type Condition, conditionOf, type FluxObject, type ObjectKey, sourceOf } from "./follow/flux-object";

/** What of the apps a look at the cluster compares. */
export interface AppsExpectation {
  /** Kustomizations, HelmReleases and ArtifactGenerators of ours. */
  readonly apps: readonly ObjectKey[];
  readonly allowSuspended?: readonly ObjectKey[];
  /** Those that were suspended at the last `up`, as is allowed; states of former versions don't say. */
  readonly suspended?: readonly ObjectKey[];
  /** Whether Flux was followed until everything was ready. */
  readonly wait?: boolean;
}

const MOST_NAMES = 5;

/** Reasons of a condition that say nothing: what was at work has been cut short, and begins anew. */
const CUT_SHORT = "HealthCheckCanceled";

/**
 * Why the apps aren't as an `up` leaves them: somebody deleted or suspended one, it fails, or it runs an older revision
 * than its source has. Undefined when they are.
 * @param live the objects in the cluster that stay, the sources among them
 */
export function whyAppsDiffer(
  { apps, allowSuspended = [], suspended: before, wait }: AppsExpectation,
  live: ReadonlyMap<ObjectKey, FluxObject>,
): string | undefined {
  const missing = apps.filter((key) => !live.has(key));
  if (missing.length > 0)
    return `${listed(missing)} ${missing.length === 1 ? "isn't" : "aren't"} in the cluster`;
  const stopped = apps.filter((key) => live.get(key)?.spec?.suspend === true);
  const refused = stopped.filter((key) => !allowSuspended.includes(key));
  if (refused.length > 0) return `${listed(refused)} ${refused.length === 1 ? "is" : "are"} suspended`;
  const changed = before && changedIn(before, suspendedOf(allowSuspended, live));
  if (changed !== undefined) return changed;
  if (wait === false) return undefined;
  const running = apps.flatMap((key) => {
    const object = live.get(key);
    return object === undefined || stopped.includes(key) ? [] : [{ key, object }];
  });
  const failing = running.find(({ object }) => fails(conditionOf(object, "Ready")));
  if (failing !== undefined)
    return `${failing.key} fails: ${conditionOf(failing.object, "Ready")?.message ?? "it doesn't say why"}`;
  const behind = running.find(({ object }) => isBehind(object, live));
  return (
    behind &&
    `${behind.key} has applied ${behind.object.status?.lastAppliedRevision ?? "nothing"}, not yet what its source has`
  );
}

/** Of those that may be suspended, the ones that are. */
function suspendedOf(
  allowed: readonly ObjectKey[],
  live: ReadonlyMap<ObjectKey, FluxObject>,
): readonly ObjectKey[] {
  return allowed.filter((key) => live.get(key)?.spec?.suspend === true);
}

function changedIn(before: readonly ObjectKey[], now: readonly ObjectKey[]): string | undefined {
  const [on] = now.filter((key) => !before.includes(key));
  if (on !== undefined) return `${on} is suspended now, as \`allowSuspended\` allows`;
  const [off] = before.filter((key) => !now.includes(key));
  return off === undefined ? undefined : `${off} isn't suspended any more`;
}

function fails(ready: Condition | undefined): boolean {
  return ready?.status === "False" && ready.reason !== CUT_SHORT;
}

/** A Kustomization that is ready with something else than its source has. */
export function isBehind(object: FluxObject, live: ReadonlyMap<ObjectKey, FluxObject>): boolean {
  const source = sourceOf(object);
  const fetched = source === undefined ? undefined : live.get(source)?.status?.artifact?.revision;
  return (
    object.kind === "Kustomization" &&
    fetched !== undefined &&
    conditionOf(object, "Ready")?.status === "True" &&
    object.status?.lastAppliedRevision !== fetched
  );
}

function listed(keys: readonly ObjectKey[]): string {
  const more = keys.length > MOST_NAMES ? ` and ${String(keys.length - MOST_NAMES)} more` : "";
  return `${keys.slice(0, MOST_NAMES).join(", ")}${more}`;
}
