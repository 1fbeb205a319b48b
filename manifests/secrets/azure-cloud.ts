/** Azure's clouds, by the names of Azure's libraries. */
export const AZURE_CLOUDS = ["AzurePublicCloud", "AzureChinaCloud", "AzureUSGovernmentCloud"] as const;
export type AzureCloud = (typeof AZURE_CLOUDS)[number];

interface Endpoints {
  /** What the provider azure-native calls the cloud. */
  readonly environment: string;
  /** What External Secrets calls it in `environmentType`. */
  readonly store: string;
  /** Suffix of the vaults' names. */
  readonly vaults: string;
  readonly resourceManager: string;
  /** Where Entra ID signs in. */
  readonly authority: string;
}

/** What each cloud is called elsewhere, and where it is: https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure */
const CLOUDS: Readonly<Record<AzureCloud, Endpoints>> = {
  AzurePublicCloud: {
    environment: "public",
    store: "PublicCloud",
    vaults: "vault.azure.net",
    resourceManager: "https://management.azure.com",
    authority: "https://login.microsoftonline.com",
  },
  AzureChinaCloud: {
    environment: "china",
    store: "ChinaCloud",
    vaults: "vault.azure.cn",
    resourceManager: "https://management.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn",
  },
  AzureUSGovernmentCloud: {
    environment: "usgovernment",
    store: "USGovernmentCloud",
    vaults: "vault.usgovcloudapi.net",
    resourceManager: "https://management.usgovcloudapi.net",
    authority: "https://login.microsoftonline.us",
  },
};

/** Where a cloud is asked, and whom a token for it is for. */
export function endpointsOf(cloud: AzureCloud = "AzurePublicCloud") {
  const { resourceManager, authority, vaults } = CLOUDS[cloud];
  return { resourceManager, authority, vaultAudience: `https://${vaults}` };
}

/** The word of the provider azure-native: https://www.pulumi.com/registry/packages/azure-native/installation-configuration/ */
export function providerEnvironment(cloud: AzureCloud): string {
  return CLOUDS[cloud].environment;
}

/** The word of External Secrets' stores: https://external-secrets.io/latest/api/spec/#external-secrets.io/v1.AzureEnvironmentType */
export function storeEnvironment(cloud: AzureCloud): string {
  return CLOUDS[cloud].store;
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
