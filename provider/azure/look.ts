import type { HandlerContext, Props } from "../plugin/handler";
import { UserError } from "../plugin/handler";
import { AzureClient, AzureRefusal, notUnderstood } from "./client";
import { assignmentName, KEY_VAULT_SECRETS_USER } from "../../manifests/azure/grant";
import { identityId, vaultId } from "../../manifests/azure/ids";
import { liveVault, type Authorization, type LiveVault } from "../../manifests/azure/vault-properties";
import { API } from "./api";
import {
  findLive,
  grantsOf,
  isOfAnotherStack,
  listLive,
  madeByStack,
  OWNER_TAG,
  textsIn,
  type Marked,
} from "./marked";

interface Looking extends Marked {
  /** The user says that the vault is this stack's own, with what is in it. @default false */
  readonly recover?: boolean;
  /** One that somebody else made, and that is to take tokens of an issuer for a subject, and to read the vault. */
  readonly identity?: {
    readonly name: string;
    readonly issuer: string;
    readonly subject: string;
    /** Name of the credential that we would make for it. */
    readonly credential: string;
  };
  /** Of another one that is to read the vault. */
  readonly principalId?: string;
}

/**
 * What is at Azure before the program declares anything, changing nothing.
 * @returns `vault` that a stack of this name made, as it is, and its `vaultId` where it is taken over if the state doesn't
 * know it; `authorization` of a vault that others made; `granted` when the reader has its role by an assignment of
 * somebody else; `identity` that is adopted; `fault` in words
 */
export async function lookAtAzure(args: Props, ctx: HandlerContext): Promise<Props> {
  const wanted = args as unknown as Looking;
  try {
    const client = new AzureClient(ctx, wanted);
    const [vault, { identity, granted }] = await Promise.all([
      vaultOf(client, wanted),
      identityOf(client, wanted).then(async (identity) => ({
        identity,
        granted: await isGranted(client, wanted, identity?.principalId ?? wanted.principalId),
      })),
    ]);
    return { ...vault, granted, ...(identity && { identity }) };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}

/**
 * The id is given only as the state has it, letter by letter: Pulumi would replace what has another one, and so delete
 * the vault. The tag is that of a stack of this name, and others may have one: in a vault whose making was never recorded
 * nothing can lie yet.
 */
async function vaultOf(
  client: AzureClient,
  wanted: Looking,
): Promise<{
  readonly vaultId?: string;
  readonly vault?: LiveVault;
  readonly authorization?: Authorization;
}> {
  const id = vaultId(wanted, wanted.vault.name);
  const live = await findLive(client, id, API.keyVault);
  if (live === undefined) return {};
  const vault = liveVault(live.tags, live.properties);
  if (wanted.vault.create !== true) return { authorization: vault.authorization };
  if (live.tags[OWNER_TAG] !== wanted.owner) return {};
  if (live.id !== id) return { vault };
  const isOwn =
    wanted.recover === true || (await listLive(client, `${id}/secrets`, API.keyVault)).length === 0;
  return isOwn ? { vault, vaultId: id } : { vault };
}

/**
 * Azure gives a principal a role at a scope once, under whatever name. Another stack that lets the same principal read the
 * vault has given it the name that ours would have.
 */
async function isGranted(client: AzureClient, wanted: Looking, reader: string | undefined): Promise<boolean> {
  const { vault } = wanted;
  if (reader === undefined) return false;
  const ours = assignmentName(vaultId(wanted, vault.name), reader);
  const grants = await grantsOf(client, wanted, vault.name).catch((error: unknown) => {
    // A vault that is still to be made has none.
    if (error instanceof AzureRefusal && error.missing) return [];
    throw error;
  });
  return grants.some((grant) => {
    const { name, principalId, roleDefinitionId } = grant;
    return (
      principalId.toLowerCase() === reader.toLowerCase() &&
      roleDefinitionId.toLowerCase().endsWith(`/${KEY_VAULT_SECRETS_USER}`) &&
      (name.toLowerCase() !== ours || isOfAnotherStack(grant, wanted))
    );
  });
}

/** @throws UserError when it isn't there, or is the stack's own, which would go when it isn't declared any more */
async function identityOf(
  client: AzureClient,
  wanted: Looking,
): Promise<
  { readonly clientId: string; readonly principalId: string; readonly federated: boolean } | undefined
> {
  if (wanted.identity === undefined) return undefined;
  const { name, issuer, subject, credential } = wanted.identity;
  const live = await findLive(client, identityId(wanted, name), API.identities);
  if (live === undefined) {
    throw new UserError(
      `there is no identity ${name} in resource group ${wanted.resourceGroup} to adopt\n→ Correct \`azure.identity.name\`. Or take it out of \`azure.adopt\`, to have it made.`,
    );
  }
  if (madeByStack(live, wanted)) {
    throw new UserError(
      `the identity ${name} is made by a stack of this one's name, and isn't to be adopted: it would be deleted\n→ Take it out of \`azure.adopt\`. To make it somebody else's, remove its tags ${OWNER_TAG} and handoff-mark, and take it out of the state: pulumi state delete.`,
    );
  }
  const { clientId, principalId } = textsIn(live.properties);
  if (clientId === undefined || principalId === undefined)
    throw notUnderstood(live.id, "has no clientId or principalId");
  const credentials = await listLive(client, `${live.id}/federatedIdentityCredentials`, API.identities);
  // Azure takes an issuer and a subject once, under whatever name.
  const federated = credentials.some((one) => {
    const theirs = textsIn(one.properties);
    return one.name !== credential && theirs.issuer === issuer && theirs.subject === subject;
  });
  return { clientId, principalId, federated };
}
