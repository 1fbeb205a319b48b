import { BlockList, isIPv4 } from "node:net";
import {
  keptOf,
  liveVault,
  namedOf,
  vaultProperties,
  type VaultOptions,
} from "../../manifests/azure/vault-properties";
import { vaultId } from "../../manifests/azure/ids";
import { isObject } from "../../manifests/shape";
import type { HandlerContext } from "../plugin/handler";
import { API, type GroupPlace } from "./api";
import { AzureRefusal, type AzureClient } from "./client";
import { listLive, MARK_TAG, OWNER_TAG, textsIn, type Live } from "./marked";

/** A vault that is created. */
export interface MadeVault {
  /** Value of the tag `managed-by`. */
  readonly owner: string;
  readonly location: string;
  readonly options: VaultOptions;
  readonly diagnostics?: { readonly workspaceId?: string; readonly storageAccountId?: string };
}

type Checks = GroupPlace & { readonly vault: { readonly name: string }; readonly made: MadeVault };

/**
 * What of the settings can't be done to a vault of the stack's own, found before anything is changed.
 * @param found the vault, where it is there
 */
export async function vaultFaults(
  client: AzureClient,
  checks: Checks,
  found: Live | undefined,
  ctx: Pick<HandlerContext, "warn">,
): Promise<readonly string[]> {
  const { made } = checks;
  const own = found?.tags[OWNER_TAG] === made.owner ? found : undefined;
  tellWall(checks, own, ctx);
  // What is somebody else's is told by what would make the vault.
  if (own === undefined) return [];
  return [...fixedFaults(checks, own), ...(await diagnosticFaults(client, checks))];
}

/** What Azure sets once. */
function fixedFaults({ vault: { name }, made }: Checks, found: Live): string[] {
  const live = liveVault(found.tags, found.properties);
  const { retentionDays, purgeProtection } = made.options;
  const faults: string[] = [];
  const place = found.location?.toLowerCase().replaceAll(" ", "");
  if (place !== undefined && place !== made.location) {
    faults.push(
      `the key vault ${name} is in ${place}, and \`azure.location\` is ${made.location}: a vault can't be moved, and would be deleted with all its secrets, to be made anew\n→ Set \`azure.location: ${place}\`. To have it elsewhere all the same, delete it yourself, choose another \`azure.vault.name\`, and run \`pulumi up --refresh\`: az keyvault delete --name ${name}`,
    );
  }
  if (
    retentionDays !== undefined &&
    live.retentionDays !== undefined &&
    retentionDays !== live.retentionDays
  ) {
    faults.push(
      `the key vault ${name} keeps what was deleted for ${String(live.retentionDays)} days, and \`azure.vault.retentionDays\` is ${String(retentionDays)}: Azure sets that once, when a vault is made\n→ Set \`azure.vault.retentionDays: ${String(live.retentionDays)}\`, or leave it out.`,
    );
  }
  if (purgeProtection === false && live.purgeProtection) {
    faults.push(
      `the key vault ${name} is protected against purging, and \`azure.vault.purgeProtection\` is false: Azure never turns that off\n→ Set \`azure.vault.purgeProtection: true\`, or leave it out.`,
    );
  }
  return faults;
}

/** Azure sends a category to one place by one setting only; who may see none learns it from Azure. */
async function diagnosticFaults(client: AzureClient, checks: Checks): Promise<string[]> {
  const { vault, made } = checks;
  const wanted = made.diagnostics?.workspaceId ?? made.diagnostics?.storageAccountId;
  if (wanted === undefined) return [];
  const settings = `${vaultId(checks, vault.name)}/providers/Microsoft.Insights/diagnosticSettings`;
  const live = await listLive(client, settings, API.diagnosticSettings).catch((error: unknown) => {
    if (error instanceof AzureRefusal && error.status < 500) return [];
    throw error;
  });
  const same = live.filter(
    ({ name, properties }) =>
      name !== made.owner &&
      [properties.workspaceId, properties.storageAccountId].some(
        (sink) => typeof sink === "string" && sink.toLowerCase() === wanted.toLowerCase(),
      ) &&
      sendsAudit(properties),
  );
  return same.map(
    ({ name, id }) =>
      `the diagnostic setting ${name} of the key vault ${vault.name} sends its audit log to ${wanted} already, and Azure takes one setting for that; this stack didn't make it\n→ Leave \`azure.vault.diagnostics\` out. Or, if nobody needs it, delete it: az monitor diagnostic-settings delete --name ${name} --resource ${id.replace(/\/providers\/microsoft\.insights\/.*$/i, "")}`,
  );
}

/** By the category, or by a group that has it. */
function sendsAudit({ logs }: Readonly<Record<string, unknown>>): boolean {
  return (Array.isArray(logs) ? logs : []).some((log) => {
    if (!isObject(log) || log.enabled !== true) return false;
    const { category, categoryGroup } = textsIn(log);
    return category === "AuditEvent" || ["audit", "allLogs"].includes(categoryGroup ?? "");
  });
}

/** Who runs this isn't known by their address before the vault has refused them: whom a firewall shuts out is said. */
function tellWall(
  { vault: { name }, made: { options } }: Checks,
  found: Live | undefined,
  ctx: Pick<HandlerContext, "warn">,
): void {
  if (options.network === undefined) return;
  const live = found && liveVault(found.tags, found.properties);
  const kept = live && keptOf(live, namedOf(options), [OWNER_TAG, MARK_TAG]);
  const { networkAcls } = vaultProperties("", options, live, kept);
  const rules = (networkAcls?.ipRules ?? []).map(({ value }) => value);
  const subnets = (networkAcls?.virtualNetworkRules ?? []).map(({ id }) => id);
  const before = live?.network;
  const isSame =
    before?.defaultAction.toLowerCase() === "deny" &&
    sameTexts(before.ipRules, rules) &&
    sameTexts(before.subnets, subnets);
  if (isSame) return;
  const whom = [...rules, ...subnets].join(", ");
  ctx.warn(
    `the firewall of the key vault ${name} will let in ${whom === "" ? "nobody by a public address or a subnet" : `only ${whom}`}, and private endpoints\n→ External Secrets reads by the address that the cluster goes out with, and whoever runs Pulumi deletes and restores secrets: both have to be among \`azure.vault.network\`, or to come by a private endpoint. The next run stops where it is shut out.`,
  );
}

/** Whether this run is to let in whom the firewall refused so, which tells the address that it sees. */
export function letsIn(options: VaultOptions | undefined, words: string): boolean {
  const [, address = ""] = /client address: ([0-9.]+)/i.exec(words) ?? [];
  const allowed = new BlockList();
  for (const rule of options?.network?.ipRules ?? []) {
    const [network = "", prefix = "32"] = rule.split("/");
    allowed.addSubnet(network, Number(prefix));
  }
  return isIPv4(address) && allowed.check(address);
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  const folded = (texts: readonly string[]): string =>
    texts
      .map((text) => text.toLowerCase())
      .sort()
      .join(" ");
  return folded(a) === folded(b);
}
