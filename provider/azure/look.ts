import type { HandlerContext, Props } from "../plugin/handler";
import { UserError } from "../plugin/handler";
import { AzureClient, AzureRefusal } from "./client";
import { vaultId } from "../../manifests/azure/ids";
import { API } from "./api";
import { findLive, grantsOf, isOfAnotherStack, OWNER_TAG, type Marked } from "./marked";

interface Looking extends Marked {
  /** Who is to read the vault by a role. */
  readonly reader?: { readonly principalId: string; readonly role: string; readonly assignment: string };
}

/**
 * What is at Azure before the program declares anything, changing nothing.
 * @returns `vaultId` of a vault that the stack made, which it takes over where its state doesn't know it; `granted` when
 * the reader has its role by an assignment of somebody else; `fault` in words
 */
export async function lookAtAzure(args: Props, ctx: HandlerContext): Promise<Props> {
  const wanted = args as unknown as Looking;
  try {
    const client = new AzureClient(ctx, wanted);
    const [found, granted] = await Promise.all([vaultOf(client, wanted), isGranted(client, wanted)]);
    return { ...(found !== undefined && { vaultId: found }), granted };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}

/**
 * The id is given only as the state has it, letter by letter: Pulumi would replace what has another one, and so delete
 * the vault.
 */
async function vaultOf(client: AzureClient, wanted: Looking): Promise<string | undefined> {
  if (wanted.vault.create !== true) return undefined;
  const id = vaultId(wanted, wanted.vault.name);
  const live = await findLive(client, id, API.keyVault);
  return live?.id === id && live.tags[OWNER_TAG] === wanted.owner ? id : undefined;
}

/**
 * Azure gives a principal a role at a scope once, under whatever name. Another stack that lets the same principal read the
 * vault has given it the name that ours would have.
 */
async function isGranted(client: AzureClient, wanted: Looking): Promise<boolean> {
  const { reader, vault } = wanted;
  if (reader === undefined) return false;
  const grants = await grantsOf(client, wanted, vault.name).catch((error: unknown) => {
    // A vault that is still to be made has none.
    if (error instanceof AzureRefusal && error.missing) return [];
    throw error;
  });
  return grants.some((grant) => {
    const { name, principalId, roleDefinitionId } = grant;
    return (
      principalId.toLowerCase() === reader.principalId.toLowerCase() &&
      roleDefinitionId.toLowerCase().endsWith(`/${reader.role}`) &&
      (name.toLowerCase() !== reader.assignment || isOfAnotherStack(grant, wanted))
    );
  });
}
