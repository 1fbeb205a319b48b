/** What a vault of the stack's own is made of: what the program names, and what others set beside it. */

/** By what a vault tells who may read its secrets: https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy */
export const AUTHORIZATIONS = ["rbac", "accessPolicies"] as const;
export type Authorization = (typeof AUTHORIZATIONS)[number];

/** Days that Azure keeps what was deleted, where nothing else is said. */
export const RETENTION_DAYS = 90;

/** Whom the firewall lets in; nobody else: https://learn.microsoft.com/azure/key-vault/general/network-security */
export interface VaultNetwork {
  /** Public IPv4 addresses and ranges. @default none */
  readonly ipRules?: readonly string[];
  /** Ids of subnets that have the service endpoint Microsoft.KeyVault. @default none */
  readonly subnets?: readonly string[];
  /** Whether Azure's trusted services are let in as well. @default "AzureServices" */
  readonly bypass?: "AzureServices" | "None";
}

export interface VaultOptions {
  /** @default "standard" */
  readonly sku?: "standard" | "premium";
  /** @default "rbac" */
  readonly authorization?: Authorization;
  /** Keeps what was deleted from being purged before its time. It can't be turned off again. @default what is there */
  readonly purgeProtection?: boolean;
  /** Days that what was deleted can be restored, 7 to 90; set once. @default what is there, else 90 */
  readonly retentionDays?: number;
  /** @default none but the stack's own */
  readonly tags?: Readonly<Record<string, string>>;
  /** @default the vault takes requests from everywhere, unless others closed it */
  readonly network?: VaultNetwork;
}

/** The firewall of a vault that is there. */
interface LiveNetwork {
  readonly defaultAction: string;
  readonly bypass?: string;
  readonly ipRules: readonly string[];
  readonly subnets: readonly string[];
}

/** A vault of the stack's own, as it is. */
export interface LiveVault {
  readonly tags: Readonly<Record<string, string>>;
  readonly retentionDays?: number;
  readonly purgeProtection: boolean;
  readonly authorization: Authorization;
  readonly network?: LiveNetwork;
  /** What the program never names, where it isn't as Azure makes it. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** What the program names, or has ever named, of what others may have set as well. Everything in one spelling. */
export interface NamedOfVault {
  readonly tags: readonly string[];
  readonly ipRules: readonly string[];
  readonly subnets: readonly string[];
  /** Whether there is a firewall. */
  readonly network: boolean;
}

/** What others set, and what stays. */
export interface KeptOfVault {
  readonly tags?: Readonly<Record<string, string>>;
  readonly network?: LiveNetwork;
  readonly others?: Readonly<Record<string, unknown>>;
}

/** Properties that the program doesn't name, and what they are when nobody has set them. */
const OTHERS: Readonly<Record<string, unknown>> = {
  enabledForDeployment: false,
  enabledForDiskEncryption: false,
  enabledForTemplateDeployment: false,
  publicNetworkAccess: "enabled",
};

/** A single address is the range of it alone, as Azure shows it. */
const range = (address: string): string => (address.includes("/") ? address : `${address}/32`);
const folded = (text: string): string => text.toLowerCase();

/** The vault as Resource Manager shows it. */
export function liveVault(
  tags: Readonly<Record<string, string>>,
  properties: Readonly<Record<string, unknown>>,
): LiveVault {
  const { softDeleteRetentionInDays: days, networkAcls } = properties;
  const others = Object.entries(OTHERS).filter(([name, usual]) => {
    const value = properties[name];
    return typeof value === "string"
      ? folded(value) !== usual
      : typeof value === "boolean" && value !== usual;
  });
  return {
    tags,
    ...(typeof days === "number" && { retentionDays: days }),
    purgeProtection: properties.enablePurgeProtection === true,
    authorization: properties.enableRbacAuthorization === true ? "rbac" : "accessPolicies",
    ...(typeof networkAcls === "object" && networkAcls !== null && { network: liveNetwork(networkAcls) }),
    others: Object.fromEntries(others.map(([name]) => [name, properties[name]])),
  };
}

function liveNetwork(rules: object): LiveNetwork {
  const { defaultAction, bypass, ipRules, virtualNetworkRules } = rules as Readonly<Record<string, unknown>>;
  const texts = (list: unknown, field: string): string[] =>
    (Array.isArray(list) ? (list as Readonly<Record<string, unknown>>[]) : [])
      .map((rule) => rule[field])
      .filter((text): text is string => typeof text === "string");
  return {
    defaultAction: typeof defaultAction === "string" ? defaultAction : "Allow",
    ...(typeof bypass === "string" && { bypass }),
    ipRules: texts(ipRules, "value").map(range),
    subnets: texts(virtualNetworkRules, "id"),
  };
}

export function namedOf({ tags = {}, network }: VaultOptions): NamedOfVault {
  return {
    tags: Object.keys(tags).map(folded).sort(),
    ipRules: (network?.ipRules ?? []).map(range).sort(),
    subnets: (network?.subnets ?? []).map(folded).sort(),
    network: network !== undefined,
  };
}

/** What was named once stays the program's own: taken out of the settings, it goes. */
export function namedEver(before: Partial<NamedOfVault>, now: NamedOfVault): NamedOfVault {
  const both = (name: "tags" | "ipRules" | "subnets"): string[] =>
    [...new Set([...(before[name] ?? []), ...now[name]])].sort();
  return {
    ...{ tags: both("tags"), ipRules: both("ipRules"), subnets: both("subnets") },
    network: before.network === true || now.network,
  };
}

/**
 * What others set of a vault.
 * @param own names of the stack's own tags
 */
export function keptOf(live: LiveVault, named: NamedOfVault, own: readonly string[]): KeptOfVault {
  const ours = [...named.tags, ...own.map(folded)];
  const tags = Object.entries(live.tags).filter(([name]) => !ours.includes(folded(name)));
  const network = keptNetwork(live.network, named);
  return {
    ...(tags.length > 0 && { tags: Object.fromEntries(tags) }),
    ...(network !== undefined && { network }),
    ...(Object.keys(live.others).length > 0 && { others: live.others }),
  };
}

function keptNetwork(live: LiveNetwork | undefined, named: NamedOfVault): LiveNetwork | undefined {
  if (live === undefined) return undefined;
  const rules = {
    ipRules: live.ipRules.filter((rule) => !named.ipRules.includes(rule)),
    subnets: live.subnets.filter((subnet) => !named.subnets.includes(folded(subnet))),
  };
  const isEmpty = rules.ipRules.length === 0 && rules.subnets.length === 0;
  // Whether the firewall is shut is ours once we have said it.
  if (named.network) return isEmpty ? undefined : { defaultAction: "Allow", ...rules };
  return isEmpty && folded(live.defaultAction) === "allow" ? undefined : { ...live, ...rules };
}

/** @param own the stack's tags */
export function vaultTags<T>(
  { tags = {} }: VaultOptions,
  own: Readonly<Record<string, T>>,
  kept?: KeptOfVault,
): Record<string, string | T> {
  return { ...kept?.tags, ...tags, ...own };
}

/**
 * `properties` of the vendor's vault. Access policies aren't among them: those that are set stay, whoever set them.
 * @param live the vault that is there already
 * @param named what the program has ever named of it
 */
export function vaultProperties(
  tenantId: string,
  options: VaultOptions,
  live?: LiveVault,
  kept?: KeptOfVault,
  named?: Partial<NamedOfVault>,
) {
  const { sku = "standard", authorization = "rbac" } = options;
  // Azure takes true or nothing here, never false.
  const isProtected = options.purgeProtection === true || live?.purgeProtection === true;
  const networkAcls = networkOf(options.network, kept?.network, named?.network === true);
  return {
    tenantId,
    sku: { family: "A", name: sku },
    enableRbacAuthorization: authorization === "rbac",
    enableSoftDelete: true,
    softDeleteRetentionInDays: options.retentionDays ?? live?.retentionDays ?? RETENTION_DAYS,
    ...(isProtected && { enablePurgeProtection: true }),
    ...kept?.others,
    ...(networkAcls !== undefined && { networkAcls }),
  };
}

function networkOf(own: VaultNetwork | undefined, kept: LiveNetwork | undefined, was: boolean) {
  if (own === undefined && kept === undefined && !was) return undefined;
  // Azure leaves a firewall shut that isn't named any more.
  const defaultAction = own === undefined ? (kept?.defaultAction ?? "Allow") : "Deny";
  const bypass = own === undefined ? kept?.bypass : own.bypass;
  const ipRules = new Set([...(own?.ipRules ?? []).map(range), ...(kept?.ipRules ?? [])]);
  const subnets = [...(own?.subnets ?? []), ...(kept?.subnets ?? [])];
  return {
    defaultAction,
    bypass: bypass ?? "AzureServices",
    ipRules: [...ipRules].map((value) => ({ value })),
    virtualNetworkRules: subnets.map((id) => ({ id })),
  };
}
