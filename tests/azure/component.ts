/** A vault's component under mocks. */
import * as pulumi from "@pulumi/pulumi";
import { KeyVaultSecrets, type KeyVaultSecretsArgs } from "../../components/azure/key-vault";
import { LookProvider } from "../../components/before-create";

export const subscriptionId = "11111111-1111-1111-1111-111111111111";
export const tenantId = "22222222-2222-2222-2222-222222222222";
export const existingId = `/subscriptions/${subscriptionId}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/my-vault`;

export const args: Omit<KeyVaultSecretsArgs, "looks"> = {
  subscriptionId,
  tenantId,
  resourceGroupName: "rg",
  location: "westeurope",
  vault: { name: "my-vault" },
  secrets: {
    "calcom-postgres-password": "canary-password",
    "calcom-database-url": pulumi.secret("canary-url"),
  },
};

export const keyVault = (own: Omit<KeyVaultSecretsArgs, "looks">): KeyVaultSecrets =>
  new KeyVaultSecrets("kv", { ...own, looks: new LookProvider("looks") });

export const workloadIdentity = {
  oidcIssuer: "https://oidc.example.com/my-cluster",
  identityName: "my-cluster-external-secrets",
  serviceAccount: { name: "azure-keyvault", namespace: "external-secrets" },
};

/** What all that the stack makes bears. */
export const tags = { "managed-by": "pulumi-handoff-test", "handoff-mark": "a1b2" };

export const answers = {
  outputs: {
    "handoff:azure:Mark": () => ({ mark: "a1b2" }),
    "azure-native:keyvault:Vault": ({ vaultName, properties }: Record<string, unknown>) => ({
      name: vaultName,
      properties: { ...(properties as object), vaultUri: `https://${String(vaultName)}.vault.azure.net/` },
    }),
    "azure-native:managedidentity:UserAssignedIdentity": ({ resourceName }: Record<string, unknown>) => ({
      name: resourceName,
      clientId: "client",
      principalId: "principal",
    }),
  },
};
