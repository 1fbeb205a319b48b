import type { Cluster } from "../../provider/kubernetes/cluster";
import { type FluxObject, keyOf, type ObjectKey } from "../../provider/flux/follow/flux-object";
import { type EventObject, inOrder } from "../../provider/flux/follow/pods";
import { KINDS } from "../../provider/flux/follow/watch";

/** Kinds that the commands look at: those that are followed, the sources of charts, and what an operator applies Flux by. */
const LOOKED_AT = [
  ...KINDS,
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "HelmRepository" },
  { apiVersion: "fluxcd.controlplane.io/v1", kind: "FluxInstance" },
  { apiVersion: "fluxcd.controlplane.io/v1", kind: "ResourceSet" },
];

/** The Flux objects of a cluster, of all namespaces, and what was warned of. */
export interface FluxState {
  readonly objects: ReadonlyMap<ObjectKey, FluxObject>;
  /** The oldest first. */
  readonly warnings: readonly EventObject[];
}

/** One request a kind, and one for the events, at once. */
export async function readFlux(cluster: Cluster): Promise<FluxState> {
  const [events, ...lists] = await Promise.all([
    cluster.list("v1", "Event", undefined, { fieldSelector: "type=Warning", limit: 1000 }),
    ...LOOKED_AT.map(({ apiVersion, kind }) => cluster.list(apiVersion, kind)),
  ]);
  const objects = lists
    .flat()
    .map((one) => [keyOf(one.kind ?? "", one.metadata?.name ?? "", one.metadata?.namespace), one] as const);
  return { objects: new Map(objects), warnings: inOrder(events) };
}
