import type { LiveObject } from "../kubernetes/live-object";

/** Group of Flux's Kustomizations, and of the words that objects have for kustomize-controller. */
export const KUSTOMIZE = "kustomize.toolkit.fluxcd.io";

/**
 * Whether an object tells kustomize-controller something by a label or annotation of its group, in which case doesn't count
 * (fluxcd/pkg ssa, `AnyInMetadata`): `says(object, "prune", "disabled")`.
 */
export function says({ metadata }: LiveObject, word: string, value: string): boolean {
  return [metadata?.labels, metadata?.annotations].some((words) => {
    const said: unknown = words?.[`${KUSTOMIZE}/${word}`];
    return typeof said === "string" && said.toLowerCase() === value.toLowerCase();
  });
}

/**
 * kustomize-controller doesn't apply it (`shouldSkipApply`): by its own word, or by that of the cluster's object; and one
 * that it makes only where there is none. `ssa: Merge` is applied as any other.
 */
export function isLeftAlone(object: LiveObject, live?: LiveObject): boolean {
  return (
    [object, live].some(
      (one) => one !== undefined && (says(one, "reconcile", "disabled") || says(one, "ssa", "Ignore")),
    ) ||
    (live !== undefined && says(object, "ssa", "IfNotPresent"))
  );
}
