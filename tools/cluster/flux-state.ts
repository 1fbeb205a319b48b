import type { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { type ClusterError, isForbidden } from "../../provider/kubernetes/cluster-error";
import { type FluxObject, keyOf, type ObjectKey } from "../../provider/flux/follow/flux-object";
import { type EventObject, inOrder, oneLine } from "../../provider/flux/follow/pods";
import { KINDS } from "../../provider/flux/follow/watch";
import { idleControllers } from "./controllers";

/** Kinds that the commands look at: those that are followed, the sources of charts, and what an operator applies Flux by. */
const LOOKED_AT = [
  ...KINDS,
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "HelmRepository" },
  { apiVersion: "fluxcd.controlplane.io/v1", kind: "FluxInstance" },
  { apiVersion: "fluxcd.controlplane.io/v1", kind: "ResourceSet" },
];

/** Without these kinds there is no Flux that this project speaks with. */
const NEEDED = ["GitRepository", "Kustomization"];

/** A kind that isn't known of. */
export interface Unseen {
  readonly kind: string;
  /** For the reader. */
  readonly why: string;
  /** True when the kubeconfig's user may not look. */
  readonly forbidden: boolean;
}

/** The Flux objects of a cluster, of all namespaces, and what was warned of. */
export interface FluxState {
  readonly objects: ReadonlyMap<ObjectKey, FluxObject>;
  /** The oldest first. */
  readonly warnings: readonly EventObject[];
  /** Kinds of Flux whose objects can't be looked at: what of them is in the cluster isn't known. */
  readonly unseen: readonly Unseen[];
  /** Controllers that don't run, see {@link idleControllers}. */
  readonly idle: readonly string[];
}

/**
 * One request a kind, and one for the events, at once; then one for the controllers. Where the kubeconfig's user may not see some, the others are told.
 * @throws ClusterError when nothing can be seen
 */
export async function readFlux(cluster: Cluster): Promise<FluxState> {
  const unseen: Unseen[] = [];
  const refusals: ClusterError[] = [];
  const list = async (kind: (typeof LOOKED_AT)[number]): Promise<readonly LiveObject[]> => {
    const found = await unlessForbidden(cluster.list(kind.apiVersion, kind.kind), (error) => {
      refusals.push(error);
      unseen.push({ kind: kind.kind, why: oneLine(error.words), forbidden: true });
    });
    if (found.length > 0 || !NEEDED.includes(kind.kind)) return found;
    const known = await cluster.resource(kind.apiVersion, kind.kind);
    if (known === undefined) {
      const why = `the cluster has no definition of it in ${kind.apiVersion}: Flux isn't there, or is of a release before it`;
      unseen.push({ kind: kind.kind, why, forbidden: false });
    }
    return found;
  };
  const [events, ...lists] = await Promise.all([
    unlessForbidden(
      cluster.list("v1", "Event", undefined, { fieldSelector: "type=Warning", limit: 1000 }),
      () => undefined,
    ),
    ...LOOKED_AT.map(list),
  ]);
  const [refusal] = refusals;
  if (refusal !== undefined && refusals.length === LOOKED_AT.length) throw refusal;
  const objects = lists
    .flat()
    .map((one) => [keyOf(one.kind ?? "", one.metadata?.name ?? "", one.metadata?.namespace), one] as const);
  const idle = await idleControllers(cluster, new Set(lists.flat().map(({ kind = "" }) => kind)));
  return { objects: new Map(objects), warnings: inOrder(events), unseen, idle };
}

/** What a list has; nothing of one that the user may not see. */
async function unlessForbidden(
  list: Promise<readonly LiveObject[]>,
  refused: (error: ClusterError) => void,
): Promise<readonly LiveObject[]> {
  return await list.catch((error: unknown) => {
    if (!isForbidden(error)) throw error;
    refused(error);
    return [];
  });
}
