/** SecretStore and ClusterSecretStore: Ready when what they refer to is there, and Vault takes their sign-in. */
import { changedCondition } from "../controllers/conditions";
import type { Cluster } from "../controllers/cluster";
import { pathOf } from "../controllers/follow";
import type { Controller } from "../controllers/run";
import { Causes } from "./causes";
import { connect } from "./connect";
import { api, type SecretStore } from "./types";

const retryDelay = 1000;
const checkInterval = 5 * 60_000;

export function storeController(
  cluster: Cluster,
  resource: "secretstores" | "clustersecretstores",
): Controller {
  const causes = new Causes(cluster);
  return {
    name: resource,
    path: `${api}/${resource}`,
    reconcile: async (key) => {
      const path = pathOf(api, resource, key);
      const store = await cluster.get<SecretStore>(path);
      if (!store || store.metadata.deletionTimestamp) return undefined;
      const fault = await connect(cluster, store).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      );
      const reason = fault === undefined ? "Valid" : "InvalidProviderConfig";
      const condition = changedCondition(store.status?.conditions, {
        type: "Ready",
        status: fault === undefined ? "True" : "False",
        reason,
        message: fault === undefined ? "store validated" : "unable to create client",
      });
      if (condition) await cluster.patchStatus(path, { conditions: [condition], capabilities: "ReadWrite" });
      await causes.tell(store, key, reason, fault, "store validated");
      return fault === undefined ? checkInterval : retryDelay;
    },
  };
}
