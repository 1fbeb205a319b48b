/** The store of kind `azurekv`: Azure Key Vault, by the official client. */
import { isRestError } from "@azure/core-rest-pipeline";
import type { SecretClient } from "@azure/keyvault-secrets";
import { secretClient } from "../azure/clients";
import type { Cluster, KubeObject } from "../controllers/cluster";
import { MissingSecretError, parseObject, properties, property, type Provider } from "./provider";
import { readKey, referenceNamespace } from "./references";
import type { RemoteRef, SecretStore } from "./types";

export type AzureKeyVault = NonNullable<NonNullable<SecretStore["spec"]["provider"]>["azurekv"]>;

/**
 * Without any contact with the vault, as the real one: that comes with the first ExternalSecret.
 * @throws Error for what keeps the store from signing in
 */
export async function connectKeyVault(
  cluster: Cluster,
  store: SecretStore,
  azure: AzureKeyVault,
): Promise<Provider> {
  if (azure.authType === "WorkloadIdentity" && azure.serviceAccountRef) {
    const { name } = azure.serviceAccountRef;
    const namespace = referenceNamespace(store, azure.serviceAccountRef, "serviceAccountRef");
    const account = await cluster.get<KubeObject>(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`);
    if (!account) throw new Error(`serviceaccounts "${name}" not found in namespace ${namespace}`);
    const missing = ["client-id", "tenant-id"]
      .map((part) => `azure.workload.identity/${part}`)
      .filter((key) => !(key === "azure.workload.identity/tenant-id" && azure.tenantId))
      .find((key) => !account.metadata.annotations?.[key]);
    if (missing) throw new Error(`ServiceAccount ${namespace}/${name} has no annotation ${missing}`);
  }
  if ((azure.authType ?? "ServicePrincipal") === "ServicePrincipal") {
    if (!azure.tenantId) throw new Error("azurekv.tenantId is required with ServicePrincipal");
    for (const field of ["clientId", "clientSecret"] as const) {
      const ref = azure.authSecretRef?.[field];
      if (!ref) throw new Error(`azurekv.authSecretRef.${field} is required with ServicePrincipal`);
      await readKey(cluster, referenceNamespace(store, ref, `authSecretRef.${field}`), ref);
    }
  }
  return keyVault(secretClient(azure.vaultUrl));
}

export function keyVault(client: SecretClient): Provider {
  const whole = async (ref: RemoteRef): Promise<string> => {
    const name = ref.key.replace(/^secret\//, "");
    if (name.includes("/")) throw new Error("the sandbox's vault has secrets only, no keys and certificates");
    try {
      return (await client.getSecret(name, { version: ref.version })).value ?? "";
    } catch (error) {
      if (!isRestError(error) || error.statusCode !== 404) throw error;
      throw new MissingSecretError();
    }
  };
  return {
    read: async (ref) => {
      const value = await whole(ref);
      if (ref.property === undefined) return value;
      const found = property(parseObject(value), ref.property);
      if (found === undefined) throw new Error(`property ${ref.property} does not exist in key ${ref.key}`);
      return found;
    },
    extract: async (ref) => properties(await whole(ref)),
  };
}
