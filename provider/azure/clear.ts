import type { HandlerContext, Props } from "../plugin/handler";
import { UserError } from "../plugin/handler";
import { pause } from "../http/patience";
import { isObject, textOf } from "../../manifests/shape";
import { AzureClient, AzureRefusal, unlessMissing } from "./client";
import { diagnosticId, identityId, vaultId } from "../../manifests/azure/ids";
import { API } from "./api";
import {
  findLive,
  grantHasMark,
  grantIn,
  hasMark,
  listLive,
  madeByStack,
  OWNER_TAG,
  textsIn,
  type Live,
  type Marked,
} from "./marked";

/** What is about to be made. */
export type About =
  | { readonly kind: "vault"; readonly recover?: boolean; readonly location: string }
  | { readonly kind: "secret"; readonly name: string; readonly adopt?: boolean; readonly recover?: boolean }
  | { readonly kind: "identity"; readonly name: string }
  | {
      readonly kind: "federation";
      readonly identity: string;
      readonly name: string;
      readonly issuer: string;
      readonly subject: string;
    }
  | { readonly kind: "grant"; readonly name: string }
  | { readonly kind: "diagnostics"; readonly name: string };

type Clearing = Marked & { readonly about: About; readonly dryRun: boolean };

/**
 * Makes way for what is about to be made, before the vendor's resource makes it, which would only be told that it exists:
 * what a killed run made bears our mark, and goes. Nothing can have used it. A vault can't go that way, see
 * {@link ./look}.
 * @returns `cleared` when there was anything, `fault` in words when it is somebody else's
 */
export async function clearAzure(args: Props, ctx: HandlerContext): Promise<Props> {
  const wanted = args as unknown as Clearing;
  // In a preview it may not be known which.
  if (args.about === undefined) return {};
  try {
    const client = new AzureClient(ctx, wanted);
    const outcome = await CLEAR[wanted.about.kind](client, wanted, wanted.about as never, ctx);
    return typeof outcome === "string" ? { fault: outcome } : { cleared: outcome === CLEARED };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}

/** Something has made way. */
const CLEARED = true;

/** @returns a fault in words, or whether something has made way */
type Clear<Kind extends About["kind"]> = (
  client: AzureClient,
  wanted: Clearing,
  about: About & { readonly kind: Kind },
  ctx: HandlerContext,
) => Promise<string | typeof CLEARED | undefined>;

const CLEAR: { readonly [Kind in About["kind"]]: Clear<Kind> } = {
  vault: async (client, wanted, { recover, location }) => {
    const { name } = wanted.vault;
    const live = await findLive(client, vaultId(wanted, name), API.keyVault);
    if (live !== undefined && madeByStack(live, wanted)) return await ownVault(client, wanted, live);
    if (live !== undefined) {
      return `there is a key vault ${name} in resource group ${wanted.resourceGroup}, which this stack didn't make\n→ To use it, set \`azure.vault.create: false\`: it is then neither changed nor deleted. Or choose another \`azure.vault.name\`.`;
    }
    const deleted = `/subscriptions/${wanted.subscriptionId}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${name}`;
    // Whose roles are at the resource group may not know.
    const kept = await client.find(deleted, API.keyVault).catch(forbidden);
    if (kept === "forbidden") return recover === true ? undefined : await taken(client, wanted, name);
    if (kept === undefined && recover === true)
      return `there is no deleted key vault ${name} in ${location} to restore\n→ Set \`azure.vault.recover: false\`, to make a new one.`;
    if (kept === undefined) return await taken(client, wanted, name);
    if (recover === true) return undefined;
    const properties = isObject(kept.properties) ? kept.properties : {};
    const { deletionDate = "?", scheduledPurgeDate = "?" } = textsIn(properties);
    const whose =
      textsIn(properties.tags)[OWNER_TAG] === wanted.owner ? "this stack's own" : "not made by this stack";
    return `Azure keeps the deleted key vault ${name} (of ${deletionDate}, ${whose}) and its name until ${scheduledPurgeDate}\n→ To restore it with its secrets, set \`azure.vault.recover: true\`. Or choose another \`azure.vault.name\`.`;
  },

  secret: async (client, wanted, { name, adopt = false, recover = false }, ctx) => {
    const { vault } = wanted;
    const id = `${vaultId(wanted, vault.name)}/secrets/${name}`;
    const live = await findLive(client, id, API.keyVault);
    if (live === undefined) return undefined;
    // A vault of the stack's own was recovered with what the stack had put into it.
    const recovered = recover && vault.create === true && live.tags[OWNER_TAG] === wanted.owner;
    if (!hasMark(live, wanted) && !recovered && !adopt) {
      return `the key vault ${vault.name} has a secret ${name} already, ${whose(live, wanted)}\n→ Use another vault. Or add ${name} to the list \`azure.adopt\`: its next version is this stack's, and it stays when the stack goes. Or, if nobody needs it, delete it: az keyvault secret delete --vault-name ${vault.name} --name ${name}`;
    }
    if (wanted.dryRun) return undefined;
    await unlessMissing(client.vault("DELETE", vault, `/secrets/${name}`));
    // The vendor's plugin recovers it, and gives it a new version: older ones stay.
    await gone(client, wanted, name, ctx);
    return CLEARED;
  },

  identity: async (client, wanted, { name }) => {
    const live = await findLive(client, identityId(wanted, name), API.identities);
    if (live === undefined) return undefined;
    if (!hasMark(live, wanted)) {
      return `there is an identity ${name} in resource group ${wanted.resourceGroup} already, ${whose(live, wanted)}\n→ To use it, add ${name} to the list \`azure.adopt\`: it is then neither changed nor deleted. Or, if nobody needs it, delete it: az identity delete --resource-group ${wanted.resourceGroup} --name ${name}`;
    }
    if (!wanted.dryRun) await client.manage("DELETE", live.id, API.identities);
    return CLEARED;
  },

  // In an identity of the stack's own.
  federation: async (client, wanted, { identity, name, issuer, subject }) => {
    const id = `${identityId(wanted, identity)}/federatedIdentityCredentials/${name}`;
    const live = await findLive(client, id, API.identities);
    if (live === undefined) return undefined;
    const { issuer: theirs = "?", subject: whom = "?" } = textsIn(live.properties);
    if (theirs !== issuer || whom !== subject) {
      return `the identity ${identity} has a credential ${name} already, for ${whom} of ${theirs}, which this stack didn't make\n→ Delete it: az identity federated-credential delete --resource-group ${wanted.resourceGroup} --identity-name ${identity} --name ${name}`;
    }
    if (!wanted.dryRun) await client.manage("DELETE", live.id, API.identities);
    return CLEARED;
  },

  // Its name is made of the vault, the principal and the role.
  grant: async (client, wanted, { name }) => {
    const id = `${vaultId(wanted, wanted.vault.name)}/providers/Microsoft.Authorization/roleAssignments/${name}`;
    const found = await findLive(client, id, API.roleAssignments);
    if (found === undefined) return undefined;
    const live = grantIn(found);
    if (!grantHasMark(live, wanted)) {
      const [by] = live.description.split(" ");
      return `the vault ${wanted.vault.name} has the role assignment ${name} already${by ? `, made by ${by}` : ""}, which this stack's state doesn't know\n→ If no stack needs it, delete it: az role assignment delete --ids ${live.id}`;
    }
    if (!wanted.dryRun) await client.manage("DELETE", live.id, API.roleAssignments);
    return CLEARED;
  },

  // Of this name in a vault of the stack's own: it is also what Azure kept of a former vault.
  diagnostics: async (client, wanted, { name }) => {
    const live = await findLive(
      client,
      diagnosticId(wanted, wanted.vault.name, name),
      API.diagnosticSettings,
    );
    if (live === undefined) return undefined;
    if (!wanted.dryRun) await client.manage("DELETE", live.id, API.diagnosticSettings);
    return CLEARED;
  },
};

/** A vault of the stack's tags that the state doesn't know, in words. See {@link ./look} for which is taken over. */
async function ownVault(client: AzureClient, wanted: Clearing, live: Live): Promise<string> {
  const { name } = wanted.vault;
  const secrets = await listLive(client, `${live.id}/secrets`, API.keyVault);
  if (secrets.length === 0) {
    return `the key vault ${name} was made, and Azure's answer was lost\n→ Run \`pulumi up\` again: it takes the vault over, and nothing is lost.`;
  }
  const takeOver = "set `azure.vault.recover: true`: it is taken over with its secrets";
  const there = `there is a key vault ${name} with ${String(secrets.length)} secrets in resource group ${wanted.resourceGroup}`;
  return hasMark(live, wanted)
    ? `${there}, which this stack made, and its state doesn't know it any more\n→ To go on with it, ${takeOver}.`
    : `${there}, which another stack of this one's name made, or this one before its state was lost\n→ Choose another \`azure.vault.name\`. Or, if no other stack has it, give this stack the values that are in it, or they are replaced by new ones, and ${takeOver}.`;
}

/**
 * Vaults' names are of all of Azure: another subscription, or a deleted vault that isn't seen from here, may have it.
 * @returns a fault in words when the name is taken; none for who may not ask
 */
async function taken(
  client: AzureClient,
  { subscriptionId }: Marked,
  name: string,
): Promise<string | undefined> {
  const id = `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/checkNameAvailability`;
  const asked = { name, type: "Microsoft.KeyVault/vaults" };
  const told = await client.manage("POST", id, API.keyVault, asked).catch((error: unknown) => {
    if (error instanceof AzureRefusal && (error.forbidden || error.missing)) return undefined;
    throw error;
  });
  if (!isObject(told) || told.nameAvailable !== false) return undefined;
  return `the name ${name} of the key vault is taken: ${textOf(told.message) ?? textOf(told.reason) ?? "Azure doesn't say by whom"}\n→ Choose another \`azure.vault.name\`. If it is your own, deleted in another region or subscription, it is free again once it is purged there: az keyvault list-deleted.`;
}

function forbidden(error: unknown): "forbidden" {
  if (error instanceof AzureRefusal && error.forbidden) return "forbidden";
  throw error;
}

const DELETION = { pause: 500, attempts: 120 };

/** A deletion takes seconds, and the name is neither there nor deleted meanwhile. */
async function gone(
  client: AzureClient,
  { vault }: Marked,
  name: string,
  ctx: HandlerContext,
): Promise<void> {
  for (let attempt = 0; attempt < DELETION.attempts; attempt++) {
    const deleted = await unlessMissing(client.vault("GET", vault, `/deletedsecrets/${name}`));
    if (deleted !== undefined) return;
    await pause(
      ctx,
      DELETION.pause,
      `the vault ${vault.name} is deleting the secret ${name} of a former run`,
    );
  }
  throw new UserError(
    `the vault ${vault.name} hasn't deleted the secret ${name} within a minute\n→ Run \`pulumi up\` again.`,
  );
}

function whose({ tags }: Live, { owner }: Marked): string {
  const made = tags[OWNER_TAG];
  if (made === undefined) return "which this stack didn't make";
  return made === owner ? "which another stack of this one's name made" : `made by ${made}`;
}
