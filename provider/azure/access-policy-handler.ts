import { vaultId } from "../../manifests/azure/ids";
import { isObject } from "../../manifests/shape";
import { differences } from "../cloudflare/differences";
import {
  hasUnknown,
  UserError,
  type DiffResult,
  type HandlerContext,
  type Props,
  type ResourceHandler,
} from "../plugin/handler";
import { API, type GroupPlace } from "./api";
import { AzureClient, AzureRefusal, unlessMissing } from "./client";
import { findLive, textsIn } from "./marked";

interface Wanted extends GroupPlace {
  readonly vault: { readonly name: string };
  /** Whoever signs in without it. */
  readonly principalId?: string;
  readonly secrets: readonly string[];
  readonly own?: boolean;
}

/** Handler of `handoff:azure:AccessPolicy`: one principal's permissions in the access policies of a vault. */
export const accessPolicyHandler: ResourceHandler = {
  computed: ["granted"],

  place: (inputs, name) => {
    const { vault, principalId = name } = inputs as unknown as Wanted;
    return [...PLACE.map((key) => inputs[key]), vault.name, principalId];
  },

  async diff(ctx, _id, olds, news): Promise<DiffResult> {
    const plan = differences(olds.inputs, news, [...PLACE, "vault", "principalId"]);
    if (plan.changes || hasUnknown(news)) return plan;
    // By another one's sign-in, or after somebody took it away.
    const missing = await missingOf(ctx, news as unknown as Wanted).catch(untold);
    return missing.length === 0 ? plan : { changes: true, replaces: [], detailed: { secrets: "update" } };
  },

  async create(ctx, news) {
    const wanted = news as unknown as Wanted;
    const granted = await grant(ctx, wanted);
    const whom = wanted.principalId ?? "deployer";
    // What a killed run added to a policy of the stack's own isn't told from what this one does.
    const own = wanted.own === true ? wanted.secrets : granted;
    return {
      id: `${vaultId(wanted, wanted.vault.name)}/accessPolicies/${whom}`,
      outputs: { ...news, granted: own },
    };
  },

  async update(ctx, _id, olds, news) {
    const added = await grant(ctx, news as unknown as Wanted);
    const before = Array.isArray(olds.outputs.granted) ? (olds.outputs.granted as string[]) : [];
    return { outputs: { ...news, granted: [...new Set([...before, ...added])].sort() } };
  },

  async read(ctx, id, olds) {
    const missing = await missingOf(ctx, olds.inputs as unknown as Wanted);
    return missing.length === 0 ? { id, ...olds } : undefined;
  },

  async delete(ctx, _id, { inputs, outputs }) {
    const wanted = inputs as unknown as Wanted;
    // Whoever deploys goes on to.
    if (wanted.principalId === undefined) return;
    const client = new AzureClient(ctx, wanted);
    const granted = (Array.isArray(outputs.granted) ? outputs.granted : []).map(String).map(lower);
    const live = (await permissionsOf(client, wanted, wanted.principalId)) ?? [];
    // Azure takes away what is spelled as it is there.
    const ours = live.filter((permission) => granted.includes(lower(permission)));
    if (ours.length > 0) await unlessMissing(change(client, wanted, "remove", wanted.principalId, ours));
  },
};

const PLACE = ["subscriptionId", "tenantId", "cloud", "resourceGroup"];

const lower = (text: string): string => text.toLowerCase();

/** Who may not see the vault is told so by what needs it. */
function untold(error: unknown): string[] {
  if (error instanceof AzureRefusal) return [];
  throw error;
}

/** @returns what was added */
async function grant(ctx: HandlerContext, wanted: Wanted): Promise<string[]> {
  const client = new AzureClient(ctx, wanted);
  const principal = await principalOf(client, wanted);
  const missing = await missingOf(ctx, wanted, client);
  if (missing.length > 0) await change(client, wanted, "add", principal, missing);
  return missing;
}

async function missingOf(
  ctx: HandlerContext,
  wanted: Wanted,
  client = new AzureClient(ctx, wanted),
): Promise<string[]> {
  const live = (await permissionsOf(client, wanted, await principalOf(client, wanted)))?.map(lower) ?? [];
  return live.includes("all") ? [] : wanted.secrets.filter((permission) => !live.includes(lower(permission)));
}

async function principalOf(client: AzureClient, { principalId }: Wanted): Promise<string> {
  const oid = principalId ?? (await client.principal()).oid;
  if (oid !== undefined) return oid;
  throw new UserError(
    "whoever signs in to Azure has no object id, which an access policy takes\n→ Sign in as a user or a service principal of the tenant, or set `azure.vault.authorization: rbac`.",
  );
}

/** Permissions of secrets; undefined when the vault is gone. */
async function permissionsOf(
  client: AzureClient,
  wanted: Wanted,
  principal: string,
): Promise<string[] | undefined> {
  const vault = await findLive(client, vaultId(wanted, wanted.vault.name), API.keyVault);
  return vault === undefined ? undefined : secretPermissions(vault.properties, principal);
}

/** What the access policies of a vault give a principal. */
function secretPermissions(properties: Props, principal: string): string[] {
  const policies = Array.isArray(properties.accessPolicies) ? properties.accessPolicies : [];
  return policies.filter(isObject).flatMap((policy) => {
    if (textsIn(policy).objectId?.toLowerCase() !== principal.toLowerCase()) return [];
    // By an application alone it isn't the principal's own.
    if ((textsIn(policy).applicationId ?? "") !== "") return [];
    const { secrets } = isObject(policy.permissions) ? policy.permissions : {};
    return Array.isArray(secrets) ? secrets.map(String) : [];
  });
}

/** https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/update-access-policy */
async function change(
  client: AzureClient,
  wanted: Wanted,
  operation: "add" | "remove",
  objectId: string,
  secrets: readonly string[],
): Promise<void> {
  const { tenantId, vault } = wanted;
  const accessPolicies = [{ tenantId, objectId, permissions: { secrets } }];
  const id = `${vaultId(wanted, vault.name)}/accessPolicies/${operation}`;
  await client.manage("PUT", id, API.keyVault, { properties: { accessPolicies } });
}
