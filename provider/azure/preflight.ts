import { randomBytes } from "node:crypto";
import { HandlerContext, hasUnknown, UserError } from "../plugin/handler";
import { textOf } from "../../manifests/shape";
import { AzureClient, AzureRefusal, unlessMissing, type Principal } from "./client";
import { groupId, vaultId } from "../../manifests/azure/ids";
import { API } from "./api";
import { lockFaults } from "./locks";
import { findLive, listLive, textsIn, type Live } from "./marked";
import {
  CONTRIBUTOR,
  DATA_NEEDS,
  by,
  goesByPolicies,
  groupNeeds,
  lacking,
  named,
  vaultNeeds,
  WORKSPACE_NEEDS,
  type AzureChecks,
  type Need,
} from "./needs";
import { permissionsAt, type Permissions } from "./permissions";
import { letsIn, vaultFaults } from "./vault-faults";

export type { AzureChecks };

/** The faults of a subscription that would end `up` midway, and the permissions that are missing; nothing is changed. */
export async function azureFaults(checks: AzureChecks, ctx: HandlerContext): Promise<readonly string[]> {
  if (hasUnknown(checks)) return [];
  const client = new AzureClient(ctx, checks);
  try {
    const principal = await client.principal();
    const place = await placeFaults(client, checks);
    // Where nothing is seen, all else fails alike.
    return place.length > 0 ? place : await rightFaults(client, checks, principal, ctx);
  } catch (error) {
    if (error instanceof UserError) return [error.message];
    throw error;
  }
}

async function placeFaults(client: AzureClient, checks: AzureChecks): Promise<string[]> {
  const { subscriptionId, tenantId, resourceGroup } = checks;
  const signIn =
    "→ Correct `azure.subscriptionId` or `azure.tenantId`, or sign in as somebody of that tenant.";
  try {
    const subscription = await client
      .manage("GET", `/subscriptions/${subscriptionId}`, API.subscriptions)
      // Whose only role is at the resource group may not see the subscription itself.
      .catch((error: unknown) => {
        if (error instanceof AzureRefusal && error.forbidden && error.status === 403) return {};
        throw error;
      })
      .then(textsIn);
    const { tenantId: tenant = tenantId } = subscription;
    if (tenant.toLowerCase() !== tenantId.toLowerCase()) {
      return [`Azure's subscription ${subscriptionId} is of tenant ${tenant}, not ${tenantId}\n${signIn}`];
    }
    if (["Disabled", "Deleted", "Expired"].includes(subscription.state ?? "")) {
      return [
        `Azure's subscription ${subscriptionId} is ${String(subscription.state)}: nothing can be made in it\n→ Enable it in the portal, Subscriptions, or use another \`azure.subscriptionId\`.`,
      ];
    }
    if ((await client.find(groupId(checks), API.resourceGroups)) === undefined) {
      return [
        `there is no resource group ${resourceGroup} in the subscription\n→ Correct \`azure.resourceGroup\`, or make it: az group create --name ${resourceGroup} --location <region>`,
      ];
    }
    return [];
  } catch (error) {
    if (!(error instanceof AzureRefusal)) throw error;
    if (error.code === "SubscriptionNotFound" || error.code.startsWith("InvalidAuthenticationToken"))
      return [`${error.words}\n${signIn}`];
    // With a word of its own on what to do.
    if (error.status !== 403 || !error.byApi || error.message !== error.words) throw error;
    return [
      `${error.words}\n→ az role assignment create --role ${CONTRIBUTOR} --scope ${groupId(checks)} --assignee <who signs in>`,
    ];
  }
}

async function rightFaults(
  client: AzureClient,
  checks: AzureChecks,
  { oid }: Principal,
  ctx: HandlerContext,
): Promise<readonly string[]> {
  const { vault } = checks;
  const group = groupId(checks);
  const id = vaultId(checks, vault.name);
  const found = await findLive(client, id, API.keyVault);
  if (found === undefined && vault.create !== true) return [await absent(client, checks)];
  const tenant = found && textOf(found.properties.tenantId);
  if (tenant !== undefined && tenant.toLowerCase() !== checks.tenantId.toLowerCase()) {
    return [
      `the key vault ${vault.name} takes sign-ins of tenant ${tenant}, not ${checks.tenantId}\n→ Correct \`azure.tenantId\`, or use another vault.`,
    ];
  }
  const { made } = checks;
  const inGroup = await permissionsAt(client, group);
  // What a vault that isn't there will grant is what its group grants.
  const atVault = found === undefined ? inGroup : await permissionsAt(client, id);
  const missing = (needs: readonly Need[], allowed: (need: Need) => boolean, scope: string): string[] =>
    needs.filter((need) => !allowed(need)).map((need) => lacking(need, scope, oid));
  const byPolicies = goesByPolicies(checks, found);
  return [
    ...(made === undefined ? [] : await vaultFaults(client, { ...checks, made }, found, ctx)),
    ...(await lockFaults(client, checks, found !== undefined, ctx)),
    ...missing(groupNeeds(checks), by(inGroup), group),
    ...missing(vaultNeeds(checks, byPolicies, found), by(atVault), found === undefined ? group : id),
    ...(await workspaceFaults(client, made?.diagnostics?.workspaceId, oid)),
    ...(await dataFaults(client, checks, inGroup, found, oid)),
  ];
}

async function workspaceFaults(
  client: AzureClient,
  workspace: string | undefined,
  oid: string | undefined,
): Promise<readonly string[]> {
  if (workspace === undefined) return [];
  const permissions = await unlessMissing(permissionsAt(client, workspace));
  if (permissions === undefined) {
    return [
      `there is no Log Analytics workspace ${workspace}, or it can't be seen\n→ Correct \`azure.vault.diagnostics.workspaceId\`: az monitor log-analytics workspace list --query [].id`,
    ];
  }
  return WORKSPACE_NEEDS.filter((need) => !by(permissions)(need)).map((need) =>
    lacking(need, workspace, oid),
  );
}

async function dataFaults(
  client: AzureClient,
  checks: AzureChecks,
  inGroup: Permissions,
  found: Live | undefined,
  oid: string | undefined,
): Promise<readonly string[]> {
  if (found !== undefined) return await probe(client, checks, found, oid);
  if (checks.made?.options.authorization === "accessPolicies") return [];
  const missing = DATA_NEEDS.filter(({ operation }) => !inGroup.mayData(operation));
  return missing.map((need) => lacking(need, groupId(checks), oid));
}

/** A vault that isn't there, and isn't to be made: one that was deleted may come back with its secrets. */
async function absent(client: AzureClient, checks: AzureChecks): Promise<string> {
  const { subscriptionId, resourceGroup, vault } = checks;
  const missing = `there is no key vault ${vault.name} in resource group ${resourceGroup}`;
  const all = `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/deletedVaults`;
  const deleted = await listLive(client, all, API.keyVault).catch((error: unknown) => {
    // Whose roles are at the resource group may not know.
    if (error instanceof AzureRefusal && error.forbidden) return [];
    throw error;
  });
  const kept = deleted.find(({ name }) => name.toLowerCase() === vault.name.toLowerCase());
  if (kept === undefined) {
    return `${missing}\n→ Correct \`azure.vault.name\` or \`azure.resourceGroup\`, or have it made: \`azure.vault.create: true\`. If it was deleted, it comes back with its secrets by az keyvault recover --name ${vault.name}, as long as az keyvault list-deleted shows it; then \`pulumi up --refresh\`.`;
  }
  const {
    location,
    deletionDate = "?",
    scheduledPurgeDate = "its retention ends",
  } = textsIn(kept.properties);
  const place = location === undefined ? "" : ` --location ${location}`;
  return `${missing}: it was deleted on ${deletionDate}, and Azure keeps it with its secrets until ${scheduledPurgeDate}\n→ az keyvault recover --name ${vault.name}${place}, then \`pulumi up --refresh\`: who may read it has to be granted again.`;
}

/**
 * Asks the vault itself, which knows of roles, access policies and its firewall, and of whether a new role has reached it:
 * what is asked for isn't there, so that nothing is changed.
 */
async function probe(
  client: AzureClient,
  checks: AzureChecks,
  { properties }: Live,
  oid: string | undefined,
): Promise<string[]> {
  const nothing = `handoff-preflight-${randomBytes(6).toString("hex")}`;
  const attempts = [
    client.vault("DELETE", checks.vault, `/secrets/${nothing}`),
    client.vault("POST", checks.vault, `/deletedsecrets/${nothing}/recover`),
  ];
  const results = await Promise.allSettled(attempts);
  const refusals = results.map((result) => {
    if (result.status === "fulfilled") return undefined;
    const reason: unknown = result.reason;
    if (!(reason instanceof AzureRefusal)) throw reason;
    return reason.missing ? undefined : reason;
  });
  const walled = refusals.find((refusal) => refusal !== undefined && !isRight(refusal));
  if (walled?.code === "ForbiddenByFirewall" && letsIn(checks.made?.options, walled.words)) return [];
  if (walled !== undefined) {
    const { message, words } = walled;
    return [
      message === words ? `${words}\n→ Check \`azure.vault.url\`, \`azure.cloud\` and the vault.` : message,
    ];
  }
  // Whoever makes a vault that goes by policies is let in by one.
  if (checks.made?.options.authorization === "accessPolicies") return [];
  return DATA_NEEDS.flatMap((need, index) => {
    if (refusals[index] === undefined) return [];
    if (properties.enableRbacAuthorization === true)
      return [lacking(need, vaultId(checks, checks.vault.name), oid)];
    const right = need.operation.includes("recover") ? "recover" : "delete";
    return [
      `whoever signs in to Azure${named(oid)} may not ${need.what} of the vault ${checks.vault.name}\n→ az keyvault set-policy --name ${checks.vault.name} --object-id ${oid ?? "<who signs in>"} --secret-permissions ${right}`,
    ];
  });
}

/** 403, for want of a role or a policy. */
function isRight({ status, code, byApi }: AzureRefusal): boolean {
  return byApi && status === 403 && /^(Forbidden(ByRbac|ByPolicy)?|AccessDenied)$/.test(code);
}
