import type { LiveObject } from "../kubernetes/live-object";
import { at, type ImmutableChange } from "./immutable";
import { type FileObject, nameOf } from "./objects";
import { KUSTOMIZE, says } from "./said";

/**
 * What kustomize-controller deletes and makes again where the API server refuses a change: all that a Kustomization with
 * `spec.force` applies, and objects with a label or annotation of their own, also one that only the cluster's object has
 * (fluxcd/pkg ssa, `shouldForceApply`).
 */
const FORCE = `${KUSTOMIZE}/force`;

export function isForced({ object, forced }: FileObject, live?: LiveObject): boolean {
  return forced === true || saysSo(object) || (live !== undefined && saysSo(live));
}

const saysSo = (object: LiveObject): boolean => says(object, "force", "enabled");

/**
 * Words of the API server by which an object couldn't be made anew either: Flux takes every fault of validation for a field
 * that can't be changed, deletes the object, and is then refused once more.
 */
export const NOT_ANEW =
  /: (Required value|Unsupported value|Duplicate value|Too long|Too many|Not supported)/;

/** What making an object again does to what runs, in words. */
export function whatForceDoes(
  { object }: FileObject,
  former: LiveObject,
  changes: readonly ImmutableChange[],
): string {
  const does = losesData(former) ? "what it holds is lost" : DOES[object.kind ?? ""];
  return [changes.map(({ field }) => field).join(", "), ...(does === undefined ? [] : [does])].join(": ");
}

const DOES: Readonly<Record<string, string>> = {
  StatefulSet: "its pods stop until then, its volumes stay",
  Deployment: "its pods stop until then",
  DaemonSet: "its pods stop until then",
  Job: "it runs once more",
  Service: "it gets another address",
};

/** Of what is there: a claim goes with its volume, and a StatefulSet's claims with it where that says so. */
function losesData(object: LiveObject): boolean {
  const { kind } = object;
  return (
    kind === "PersistentVolumeClaim" ||
    (kind === "StatefulSet" &&
      at(object, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted") === "Delete")
  );
}

/** Data goes only by the word of the object itself: that of its Kustomization is for all that this applies. */
export function forceFault(
  { object, path }: FileObject,
  former: LiveObject,
  changes: readonly ImmutableChange[],
): string | undefined {
  if (!losesData(former) || saysSo(object)) return undefined;
  return (
    `${nameOf(object)} (${path}): ${changes.map(({ field }) => field).join(", ")} can't be changed, and by force (\`spec.force\` of the Kustomization that applies it, or ` +
    `${FORCE} of the cluster's object) Flux would delete it and make it again: what it holds would be lost\n` +
    `→ Leave it as it is, and make another one beside it; where what it holds may be lost, annotate it in its file: ${FORCE}: enabled`
  );
}
