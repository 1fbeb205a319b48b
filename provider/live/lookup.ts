import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";
import { type FileObject, nameOf } from "./objects";

/** From so many objects of a kind in a namespace on, they are listed rather than asked for one by one. */
const LIST_FROM = 20;
const AT_ONCE = 16;

/** What the cluster has of the objects: those whose kind or namespace isn't there can't be there either. */
export interface Found {
  /** By `Kind namespace/name`. */
  readonly live: ReadonlyMap<string, LiveObject>;
  /** Objects that the API server could judge: their kind and namespace are there. */
  readonly judged: readonly FileObject[];
  /** Objects whose kind, in their version, isn't there. */
  readonly unserved: readonly FileObject[];
  /** Namespaces that are being deleted: nothing can be made in them. */
  readonly terminating: ReadonlySet<string>;
}

export async function lookUp(cluster: Cluster, objects: readonly FileObject[]): Promise<Found> {
  const namespaces = new Set<string>();
  const terminating = new Set<string>();
  for (const { metadata } of await cluster.list("v1", "Namespace"))
    (metadata?.deletionTimestamp === undefined ? namespaces : terminating).add(metadata?.name ?? "");
  const scopes = new Map<string, boolean | undefined>();
  for (const kind of new Set(objects.map(({ object }) => kindOf(object)))) {
    const [apiVersion = "", name = ""] = kind.split(" ");
    scopes.set(kind, (await cluster.resource(apiVersion, name))?.namespaced);
  }
  const judged = objects.filter(({ object }) => {
    const namespaced = scopes.get(kindOf(object));
    // One that gets its namespace from a kustomization is left to that.
    return namespaced === false || (namespaced === true && namespaces.has(object.metadata?.namespace ?? ""));
  });
  const groups = new Map<string, LiveObject[]>();
  for (const { object } of judged) {
    const group = `${kindOf(object)} ${object.metadata?.namespace ?? ""}`;
    groups.set(group, [...(groups.get(group) ?? []), object]);
  }
  const live = new Map<string, LiveObject>();
  const jobs = [...groups.values()].flatMap((group): (() => Promise<void>)[] => {
    const { apiVersion = "", kind = "", metadata } = group[0] ?? {};
    if (group.length >= LIST_FROM)
      return [
        async () => {
          for (const item of await cluster.list(apiVersion, kind, metadata?.namespace))
            live.set(nameOf(item), item);
        },
      ];
    return group.map((object) => async () => {
      const { name = "", namespace } = object.metadata ?? {};
      const item = await cluster.get({ apiVersion, kind, name, namespace });
      if (item !== undefined) live.set(nameOf(object), item);
    });
  });
  await inTurns(jobs);
  const unserved = objects.filter(({ object }) => scopes.get(kindOf(object)) === undefined);
  return { live, judged, unserved, terminating };
}

/** Runs jobs, some at once. */
export async function inTurns(jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...jobs].reverse();
  const worker = async (): Promise<void> => {
    for (let job = left.pop(); job !== undefined; job = left.pop()) await job();
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, worker));
}

function kindOf({ apiVersion = "", kind = "" }: LiveObject): string {
  return `${apiVersion} ${kind}`;
}
