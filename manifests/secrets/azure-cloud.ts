/** Azure's clouds, by the names that External Secrets and the Azure CLI give them. */
export const AZURE_CLOUDS = ["AzurePublicCloud", "AzureChinaCloud", "AzureUSGovernmentCloud"] as const;
export type AzureCloud = (typeof AZURE_CLOUDS)[number];

/** What each cloud is called elsewhere. */
const CLOUDS: Readonly<Record<AzureCloud, { readonly environment: string; readonly vaults: string }>> = {
  AzurePublicCloud: { environment: "public", vaults: "vault.azure.net" },
  AzureChinaCloud: { environment: "china", vaults: "vault.azure.cn" },
  AzureUSGovernmentCloud: { environment: "usgovernment", vaults: "vault.usgovcloudapi.net" },
};

/** The word of the provider azure-native: https://www.pulumi.com/registry/packages/azure-native/installation-configuration/ */
export function providerEnvironment(cloud: AzureCloud): string {
  return CLOUDS[cloud].environment;
}

/** Address of a vault: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-object-identifiers */
export function vaultAddress(name: string, cloud: AzureCloud = "AzurePublicCloud"): string {
  return `https://${name}.${CLOUDS[cloud].vaults}`;
}

/** The cloud that an address belongs to; undefined for one that no cloud has, such as a private endpoint's. */
export function cloudOf(address: string): AzureCloud | undefined {
  const { hostname } = new URL(address);
  return AZURE_CLOUDS.find((cloud) => hostname.endsWith(`.${CLOUDS[cloud].vaults}`));
}
