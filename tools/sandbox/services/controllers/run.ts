/** Runs controllers as a program: the ready line at the start, an orderly end on SIGTERM or SIGINT. */
import { Cluster, type KubeObject } from "./cluster";
import { follow, keyOf } from "./follow";
import { Queue, type Reconcile } from "./queue";

export interface Controller {
  readonly name: string;
  /** Lists of the resource in all namespaces, e.g. `/apis/external-secrets.io/v1/externalsecrets`. */
  readonly path: string;
  readonly reconcile: Reconcile;
  /** Objects that are worked on side by side. @default all */
  readonly atOnce?: number;
  /** Further resources, and the keys of the objects that a change of theirs concerns. */
  readonly also?: readonly {
    readonly path: string;
    readonly keys: (object: KubeObject) => readonly string[];
  }[];
}

/** Starts the controllers; the result stops them. */
function startControllers(cluster: Cluster, controllers: readonly Controller[]): () => void {
  const end = new AbortController();
  const queues = controllers.map(({ name, path, reconcile, atOnce, also = [] }) => {
    const queue = new Queue(name, reconcile, atOnce);
    const watched = [{ path, keys: (object: KubeObject) => [keyOf(object)] }, ...also];
    for (const { path: followed, keys } of watched) {
      const changed = (object: KubeObject) => {
        for (const key of keys(object)) queue.add(key);
      };
      void follow(cluster, followed, changed, end.signal);
    }
    return queue;
  });
  return () => {
    end.abort();
    for (const queue of queues) queue.stop();
  };
}

export function runControllers(make: (cluster: Cluster) => readonly Controller[]): void {
  process.once("SIGTERM", () => process.exit(0));
  process.once("SIGINT", () => process.exit(0));
  const cluster = Cluster.fromEnvironment();
  startControllers(cluster, make(cluster));
  console.log(JSON.stringify({ ready: true }));
}
