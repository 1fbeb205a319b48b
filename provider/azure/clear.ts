import type { HandlerContext, Props } from "../plugin/handler";
import { UserError } from "../plugin/handler";
import { pause } from "../http/patience";
import { AzureClient, AzureRefusal, unlessMissing } from "./client";
import { identityId, vaultId } from "../../manifests/azure/ids";
import { API } from "./api";
import { grantHasMark, hasMark, OWNER_TAG, type Grant, type Live, type Marked } from "./marked";

/** What is about to be made. */
export type About =
  | { readonly kind: "vault"; readonly recover?: boolean; readonly location: string }
  | { readonly kind: "secret"; readonly name: string }
  | { readonly kind: "identity"; readonly name: string }
  | {
      readonly kind: "federation";
      readonly identity: string;
      readonly name: string;
      readonly issuer: string;
      readonly subject: string;
    }
  | { readonly kind: "grant"; readonly name: string };

type Clearing = Marked & { readonly about: About; readonly dryRun: boolean };

/**
 * Makes way for what is about to be made, before the vendor's resource makes it, which would only be told that it exists:
 * what a killed run made bears our mark, and goes. Nothing can have used it. A vault can't go that way, see
 * {@link ./look}.
 * @returns `fault` in words when it is somebody else's
 */
export async function clearAzure(args: Props, ctx: HandlerContext): Promise<Props> {
  const wanted = args as unknown as Clearing;
  // In a preview it may not be known which.
  if (args.about === undefined) return {};
  try {
    const fault = await CLEAR[wanted.about.kind](
      new AzureClient(ctx, wanted),
      wanted,
      wanted.about as never,
      ctx,
    );
    return fault === undefined ? {} : { fault };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}

type Clear<Kind extends About["kind"]> = (
  client: AzureClient,
  wanted: Clearing,
  about: About & { readonly kind: Kind },
  ctx: HandlerContext,
) => Promise<string | undefined>;

const CLEAR: { readonly [Kind in About["kind"]]: Clear<Kind> } = {
  vault: async (client, wanted, { recover, location }) => {
    const { name } = wanted.vault;
    if ((await client.find<Live>(vaultId(wanted, name), API.keyVault)) !== undefined) {
      return `there is a key vault ${name} in resource group ${wanted.resourceGroup}, which this stack didn't make\n→ To use it, set \`azure.vault.create: false\`: it is then neither changed nor deleted. Or choose another \`azure.vault.name\`.`;
    }
    const deleted = `/subscriptions/${wanted.subscriptionId}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${name}`;
    const kept = await client.find<DeletedVault>(deleted, API.keyVault).catch(forbidden);
    if (kept === "forbidden") return undefined; // Whose roles are at the resource group may not know.
    if (kept === undefined) {
      return recover === true
        ? `there is no deleted key vault ${name} in ${location} to restore\n→ Set \`azure.vault.recover: false\`, to make a new one.`
        : undefined;
    }
    if (recover === true) return undefined;
    const { deletionDate = "?", scheduledPurgeDate = "?", tags } = kept.properties;
    const whose = tags?.[OWNER_TAG] === wanted.owner ? "this stack's own" : "not made by this stack";
    return `Azure keeps the deleted key vault ${name} (of ${deletionDate}, ${whose}) and its name until ${scheduledPurgeDate}\n→ To restore it with its secrets, set \`azure.vault.recover: true\`. Or choose another \`azure.vault.name\`.`;
  },

  secret: async (client, wanted, { name }, ctx) => {
    const { vault } = wanted;
    const id = `${vaultId(wanted, vault.name)}/secrets/${name}`;
    const live = await client.find<Live>(id, API.keyVault);
    if (live === undefined) return undefined;
    // A vault of the stack's own was recovered with what the stack had put into it.
    const recovered = vault.create === true && live.tags?.[OWNER_TAG] === wanted.owner;
    if (!hasMark(live, wanted) && !recovered) {
      return `the key vault ${vault.name} has a secret ${name} already, ${whose(live, wanted)}\n→ Use another vault. Or, if nobody needs it, delete it: az keyvault secret delete --vault-name ${vault.name} --name ${name}`;
    }
    if (wanted.dryRun) return undefined;
    await client.vault("DELETE", vault, `/secrets/${name}`);
    // The vendor's plugin recovers it, and gives it a new version: older ones stay.
    await gone(client, wanted, name, ctx);
    return undefined;
  },

  identity: async (client, wanted, { name }) => {
    const live = await client.find<Live>(identityId(wanted, name), API.identities);
    if (live === undefined) return undefined;
    if (!hasMark(live, wanted)) {
      return `there is an identity ${name} in resource group ${wanted.resourceGroup} already, ${whose(live, wanted)}\n→ To use it, write its ids as \`azure.identity.managedIdentity\`. Or, if nobody needs it, delete it: az identity delete --resource-group ${wanted.resourceGroup} --name ${name}`;
    }
    if (!wanted.dryRun) await client.manage("DELETE", live.id, API.identities);
    return undefined;
  },

  // In an identity of the stack's own.
  federation: async (client, wanted, { identity, name, issuer, subject }) => {
    const id = `${identityId(wanted, identity)}/federatedIdentityCredentials/${name}`;
    const live = await client.find<Federation>(id, API.identities);
    if (live === undefined) return undefined;
    const { properties } = live;
    if (properties.issuer !== issuer || properties.subject !== subject) {
      return `the identity ${identity} has a credential ${name} already, for ${properties.subject} of ${properties.issuer}, which this stack didn't make\n→ Delete it: az identity federated-credential delete --resource-group ${wanted.resourceGroup} --identity-name ${identity} --name ${name}`;
    }
    if (!wanted.dryRun) await client.manage("DELETE", live.id, API.identities);
    return undefined;
  },

  // Its name is made of the vault, the principal and the role.
  grant: async (client, wanted, { name }) => {
    const id = `${vaultId(wanted, wanted.vault.name)}/providers/Microsoft.Authorization/roleAssignments/${name}`;
    const live = await client.find<Grant>(id, API.roleAssignments);
    if (live === undefined) return undefined;
    if (!grantHasMark(live, wanted)) {
      const by = live.properties.description?.split(" ")[0];
      return `the vault ${wanted.vault.name} has the role assignment ${name} already${by ? `, made by ${by}` : ""}, which this stack's state doesn't know\n→ If no stack needs it, delete it: az role assignment delete --ids ${live.id}`;
    }
    if (!wanted.dryRun) await client.manage("DELETE", live.id, API.roleAssignments);
    return undefined;
  },
};

interface Federation extends Live {
  readonly properties: { readonly issuer: string; readonly subject: string };
}

interface DeletedVault {
  readonly properties: {
    readonly deletionDate?: string;
    readonly scheduledPurgeDate?: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
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
  const made = tags?.[OWNER_TAG];
  if (made === undefined) return "which this stack didn't make";
  return made === owner ? "which another stack of this one's name made" : `made by ${made}`;
}
