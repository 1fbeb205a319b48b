import {
  conditionOf,
  type FluxObject,
  keyOf,
  type ObjectKey,
} from "../../../provider/flux/follow/flux-object";
import { lacking } from "../../../provider/flux/follow/readiness";
import type { LiveObject } from "../../../provider/kubernetes/live-object";
import { standing } from "../../cluster/condition";
import type { FluxState } from "../../cluster/flux-state";
import { ofKind, type Patient } from "../patient";

/** A Flux object that isn't well, with its own words. */
export interface Ailing {
  readonly key: ObjectKey;
  readonly object: FluxObject;
  readonly message: string;
}

/** Objects of these kinds that fail; with `waiting`, those that wait for others too. */
export function ailing(flux: FluxState, kinds: readonly string[], waiting = false): readonly Ailing[] {
  return ofKind(flux, ...kinds).flatMap(([key, object]) => {
    const { state } = standing(object, flux.objects);
    const found = state === "failing" || (waiting && state === "waiting");
    const condition = conditionOf(object, "Ready") ?? conditionOf(object, "Stalled");
    return found ? [{ key, object, message: condition?.message ?? "it doesn't say why" }] : [];
  });
}

/** Objects of operators that aren't ready, by their kinds; none where the cluster has no such kind. */
export async function unreadyOf(
  patient: Patient,
  apiVersion: string,
  ...kinds: readonly string[]
): Promise<readonly { readonly key: ObjectKey; readonly object: LiveObject; readonly lack: string }[]> {
  const cluster = await patient.cluster();
  const lists = await Promise.all(kinds.map((kind) => cluster.list(apiVersion, kind)));
  return lists.flat().flatMap((object) => {
    const empty = Object.keys(object.status ?? {}).length === 0;
    const lack = empty ? "its status is empty: no controller looks at it" : lacking(object);
    return lack === undefined ? [] : [{ key: nameOf(object), object, lack }];
  });
}

/** `Kind namespace/name`, or `Kind name` of a cluster-wide object. */
export function nameOf({ kind = "", metadata: { name = "", namespace } = {} }: LiveObject): ObjectKey {
  return namespace === undefined ? `${kind} ${name}` : keyOf(kind, name, namespace);
}

/** Words by which rows know a failing Kustomization as theirs. */
export const SOPS_WORDS = /sops|decrypt|age: no identity/i;
export const NAMESPACE_WORDS = /namespaces? "([^"]+)" not found/;
export const KIND_WORDS = /no matches for kind "([^"]+)"/;
