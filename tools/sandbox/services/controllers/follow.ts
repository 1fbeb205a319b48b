/** Follows a resource: list, watch until the server ends it, list again. That is the resync too. */
import { setTimeout as pause } from "node:timers/promises";
import type { Cluster, KubeObject, List } from "./cluster";

const retryDelay = 500;

/**
 * Calls back with every object that is there, and with each one that changes or goes. Waits as long as the resource
 * does not exist. Ends when the signal says so.
 */
export async function follow(
  cluster: Cluster,
  path: string,
  changed: (object: KubeObject) => void,
  signal: AbortSignal,
): Promise<void> {
  let known = new Map<string, KubeObject>();
  let said = "";
  const running = () => !signal.aborted;
  while (running()) {
    try {
      const list = await cluster.get<List<KubeObject>>(path);
      if (list) {
        const present = new Map(list.items.map((object) => [keyOf(object), object]));
        const gone = [...known].filter(([key]) => !present.has(key)).map(([, object]) => object);
        known = present;
        for (const object of [...gone, ...present.values()]) if (running()) changed(object);
        said = "";
        const onChange = (object: KubeObject) => {
          known.set(keyOf(object), object);
          if (running()) changed(object);
        };
        await cluster.watch(path, list.metadata.resourceVersion, onChange, signal);
        continue;
      }
    } catch (error) {
      // Once, however long the API server is away.
      if (running() && said !== String(error)) console.error(`${path}: ${String(error)}`);
      said = String(error);
    }
    await pause(retryDelay);
  }
}

/** `namespace/name`, or `/name` for what has no namespace. */
export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** The path of an object by its key, e.g. of `apps/v1`'s `deployments`. */
export function pathOf(api: string, resource: string, key: string): string {
  const [namespace = "", name = ""] = key.split("/");
  return `${api}${namespace ? `/namespaces/${namespace}` : ""}/${resource}/${name}`;
}
