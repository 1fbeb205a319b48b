import type { Cluster } from "../kubernetes/cluster";
import { isBusy } from "../kubernetes/cluster-error";
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
  /** Objects of kinds that the API server can't tell of just now, with its words: another server answers, or converts them. */
  readonly unread: ReadonlyMap<FileObject, string>;
  /** Namespaces that are being deleted: nothing can be made in them. */
  readonly terminating: ReadonlySet<string>;
}

export async function lookUp(cluster: Cluster, objects: readonly FileObject[]): Promise<Found> {
  const namespaces = new Set<string>();
  const terminating = new Set<string>();
  for (const { metadata } of await cluster.list("v1", "Namespace"))
    (metadata?.deletionTimestamp === undefined ? namespaces : terminating).add(metadata?.name ?? "");
  const scopes = new Map<string, boolean | undefined>();
  const failed = new Map<string, string>();
  /** One kind that can't be asked for leaves the others to be looked at. */
  const ask = async (kind: string, request: () => Promise<void>): Promise<void> => {
    if (failed.has(kind)) return;
    await request().catch((error: unknown) => {
      if (!isBusy(error)) throw error;
      failed.set(kind, error.words);
    });
  };
  for (const kind of new Set(objects.map(({ object }) => kindOf(object)))) {
    const [apiVersion = "", name = ""] = kind.split(" ");
    await ask(kind, async () => {
      scopes.set(kind, (await cluster.resource(apiVersion, name))?.namespaced);
    });
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
    const asking = (request: () => Promise<void>) => () => ask(`${apiVersion} ${kind}`, request);
    if (group.length >= LIST_FROM)
      return [
        asking(async () => {
          for (const item of await cluster.list(apiVersion, kind, metadata?.namespace))
            live.set(nameOf(item), item);
        }),
      ];
    return group.map((object) =>
      asking(async () => {
        const { name = "", namespace } = object.metadata ?? {};
        const item = await cluster.get({ apiVersion, kind, name, namespace });
        if (item !== undefined) live.set(nameOf(object), item);
      }),
    );
  });
  await inTurns(jobs);
  const unread = new Map(
    objects.flatMap((one): [FileObject, string][] => {
      const words = failed.get(kindOf(one.object));
      return words === undefined ? [] : [[one, words]];
    }),
  );
  const unserved = objects.filter((one) => !unread.has(one) && scopes.get(kindOf(one.object)) === undefined);
  return { live, judged: judged.filter((one) => !unread.has(one)), unserved, unread, terminating };
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
