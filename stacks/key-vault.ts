import { Provider as AzureProvider } from "@pulumi/azure-native/provider";
import type * as pulumi from "@pulumi/pulumi";
import { KeyVaultSecrets, type ReaderArgs } from "../components/azure/key-vault";
import { wantedIdentity } from "../components/azure/key-vault-reader";
import { lookAtAzure, ownerTag, type FoundAtAzure } from "../components/azure/mark";
import { LookProvider } from "../components/before-create";
import type { PreflightArgs } from "../components/preflight";
import { STORE_SUBJECT, type VaultAuth } from "../manifests/catalog/external-secrets";
import { FLUX_SYSTEM } from "../manifests/flux/objects";
import { providerEnvironment, vaultAddress } from "../manifests/secrets/azure-cloud";
import type { AzureSettings } from "./settings/blocks/azure";

/** Output of the client id of the identity that is made. */
export const CLIENT_ID = "key-vault-client-id";
/** Secret of the service principal in the cluster. */
export const SERVICE_PRINCIPAL = "azure-keyvault-credentials";

export function vaultUrl({ vault, cloud }: AzureSettings): string {
  return vault.url ?? vaultAddress(vault.name, cloud);
}

/** How External Secrets signs in to the vault. */
export function vaultAuth({ identity, tenantId }: AzureSettings): VaultAuth {
  if (identity.servicePrincipal !== undefined) {
    return {
      type: "ServicePrincipal",
      tenantId,
      secretName: SERVICE_PRINCIPAL,
      secretNamespace: FLUX_SYSTEM,
    };
  }
  return identity.oidcIssuer === undefined
    ? { type: "ManagedIdentity", identityId: identity.managedIdentity?.clientId }
    : { type: "WorkloadIdentity", clientId: { output: CLIENT_ID }, tenantId };
}

/** Writes values into the vault, and lets External Secrets read them. */
export async function fillKeyVault(
  azure: AzureSettings,
  cluster: string,
  secrets: Readonly<Record<string, pulumi.Input<string>>>,
): Promise<KeyVaultSecrets> {
  const { subscriptionId, tenantId, resourceGroup: resourceGroupName, location, cloud, vault } = azure;
  const provider = new AzureProvider("azure", {
    subscriptionId,
    tenantId,
    environment: providerEnvironment(cloud),
  });
  const looks = new LookProvider("azure-looks");
  const reader = readerOf(azure, cluster);
  const found = await look(azure, reader, looks);
  const place = { subscriptionId, tenantId, resourceGroupName, location, cloud, vault };
  return new KeyVaultSecrets(
    "key-vault",
    { ...place, secrets, adopt: azure.adopt, reader, looks, found },
    { providers: { "azure-native": provider } },
  );
}

/** What the stack has at Azure, whatever its state knows of it. */
async function look(
  azure: AzureSettings,
  reader: ReaderArgs | undefined,
  provider: LookProvider,
): Promise<FoundAtAzure> {
  const { subscriptionId, tenantId, cloud, resourceGroup, vault } = azure;
  const { name, create, recover, url } = vault;
  const at = { subscriptionId, tenantId, cloud, resourceGroup, vault: { name, create, url }, recover };
  const principalId =
    reader !== undefined && "principalId" in reader && typeof reader.principalId === "string"
      ? reader.principalId
      : undefined;
  const identity = isAdopted(azure, reader) ? wantedIdentity(reader) : undefined;
  return await lookAtAzure({ ...at, principalId, identity }, provider);
}

/** An identity that others made, and that takes the cluster's tokens. */
function isAdopted(
  { adopt = [] }: AzureSettings,
  reader: ReaderArgs | undefined,
): reader is Extract<ReaderArgs, { readonly oidcIssuer: string }> {
  return reader !== undefined && "oidcIssuer" in reader && adopt.includes(reader.identityName);
}

export function azureChecks(azure: AzureSettings, cluster: string): PreflightArgs["azure"] {
  const { subscriptionId, tenantId, cloud, resourceGroup, location } = azure;
  const { name, create, url, recover: _, diagnostics, ...options } = azure.vault;
  const reader = readerOf(azure, cluster);
  return {
    ...{ subscriptionId, tenantId, cloud, resourceGroup, vault: { name, create, url } },
    ...(create && { made: { owner: ownerTag(), location, options, diagnostics } }),
    ...(reader !== undefined && {
      reader: isAdopted(azure, reader)
        ? ("adopt" as const)
        : "oidcIssuer" in reader
          ? ("create" as const)
          : ("grant" as const),
    }),
  };
}

/** Who may read the vault: an identity that is created for the store's ServiceAccount, or one that exists. */
function readerOf({ identity }: AzureSettings, cluster: string): ReaderArgs | undefined {
  if (identity.oidcIssuer !== undefined) {
    const [, , namespace = "", name = ""] = STORE_SUBJECT.split(":");
    return {
      oidcIssuer: identity.oidcIssuer,
      identityName: identity.name ?? `${cluster}-external-secrets`,
      serviceAccount: { name, namespace },
    };
  }
  const principalId = identity.managedIdentity?.principalId ?? identity.servicePrincipal?.principalId;
  return principalId === undefined ? undefined : { principalId };
}
