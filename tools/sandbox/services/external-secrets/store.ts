/** SecretStore and ClusterSecretStore: Ready once the vault answers with the given way to authenticate. */
import { secretClient } from "../azure/clients";
import { changedCondition } from "../controllers/conditions";
import type { Cluster, KubeObject } from "../controllers/cluster";
import { pathOf } from "../controllers/follow";
import type { Controller } from "../controllers/run";
import { api, type SecretStore } from "./types";

const retryDelay = 1000;
const checkInterval = 5 * 60_000;

export function storeController(
  cluster: Cluster,
  resource: "secretstores" | "clustersecretstores",
): Controller {
  return {
    name: resource,
    path: `${api}/${resource}`,
    reconcile: async (key) => {
      const path = pathOf(api, resource, key);
      const store = await cluster.get<SecretStore>(path);
      if (!store || store.metadata.deletionTimestamp) return undefined;
      const fault = await check(cluster, store).catch((error: unknown) => words(error));
      const condition = changedCondition(store.status?.conditions, {
        type: "Ready",
        status: fault === undefined ? "True" : "False",
        reason: fault === undefined ? "Valid" : "InvalidProviderConfig",
        message: fault ?? "store validated",
      });
      if (condition) await cluster.patchStatus(path, { conditions: [condition], capabilities: "ReadWrite" });
      return fault === undefined ? checkInterval : retryDelay;
    },
  };
}

/** What keeps the store from working, or undefined. */
async function check(cluster: Cluster, store: SecretStore): Promise<string | undefined> {
  const azure = store.spec.provider?.azurekv;
  if (!azure) return "the sandbox has the provider azurekv only";
  const clusterWide = store.kind === "ClusterSecretStore";
  const namespaceOf = (ref: { readonly namespace?: string } | undefined, field: string) => {
    const namespace = clusterWide ? ref?.namespace : store.metadata.namespace;
    if (!namespace) throw new Error(`${field}.namespace is required in a ClusterSecretStore`);
    return namespace;
  };
  if (azure.authType === "WorkloadIdentity" && azure.serviceAccountRef) {
    const { name } = azure.serviceAccountRef;
    const namespace = namespaceOf(azure.serviceAccountRef, "serviceAccountRef");
    const account = await cluster.get<KubeObject>(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`);
    if (!account) return `ServiceAccount ${namespace}/${name} does not exist`;
    const missing = ["client-id", "tenant-id"]
      .map((part) => `azure.workload.identity/${part}`)
      .filter((key) => !(key === "azure.workload.identity/tenant-id" && azure.tenantId))
      .find((key) => !account.metadata.annotations?.[key]);
    if (missing) return `ServiceAccount ${namespace}/${name} has no annotation ${missing}`;
  }
  if ((azure.authType ?? "ServicePrincipal") === "ServicePrincipal") {
    if (!azure.tenantId) return "azurekv.tenantId is required with ServicePrincipal";
    for (const field of ["clientId", "clientSecret"] as const) {
      const ref = azure.authSecretRef?.[field];
      if (!ref?.name || !ref.key) return `azurekv.authSecretRef.${field} is required with ServicePrincipal`;
      const namespace = namespaceOf(ref, `authSecretRef.${field}`);
      const secret = await cluster.secret(namespace, ref.name);
      if (secret?.data?.[ref.key] === undefined)
        return `Secret ${namespace}/${ref.name} has no key ${ref.key}`;
    }
  }
  try {
    await secretClient(azure.vaultUrl).listPropertiesOfSecrets().byPage({ maxPageSize: 1 }).next();
    return undefined;
  } catch (error) {
    return `vault ${azure.vaultUrl} cannot be read: ${words(error)}`;
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
