import { type AzureClient, unlessMissing } from "./client";
import { groupId, vaultId } from "../../manifests/azure/ids";
import { API, type GroupPlace } from "./api";

/** Tag of what a stack makes: `pulumi-<project>-<stack>`. Other people's stacks may have the same name. */
export const OWNER_TAG = "managed-by";
/** Tag with a random text that the state knows before anything is made with it: nobody else can have chosen the same. */
const MARK_TAG = "handoff-mark";

export type Tags = Readonly<Record<string, string>>;

export interface Live {
  readonly id: string;
  readonly name: string;
  readonly tags?: Tags | null;
}

/** What is made at Azure, and what tells that a stack made it. */
export interface Marked extends GroupPlace {
  readonly vault: { readonly name: string; readonly url?: string; readonly create?: boolean };
  /** Value of the tag {@link OWNER_TAG}. */
  readonly owner: string;
  /** Value of the tag {@link MARK_TAG}; not known in a preview before anything was made. */
  readonly mark?: string;
}

export interface Grant extends Live {
  readonly properties: {
    readonly scope: string;
    readonly principalId: string;
    readonly roleDefinitionId: string;
    readonly description?: string | null;
  };
}

/** Whose a role assignment is can only be said in its description: `<owner> <mark>`. */
export function grantHasMark({ properties }: Grant, { mark }: Marked): boolean {
  return mark !== undefined && properties.description?.includes(mark) === true;
}

/** True of a role assignment that says it is another stack's. */
export function isOfAnotherStack({ properties }: Grant, { owner }: Marked): boolean {
  const [made = ""] = properties.description?.split(" ") ?? [];
  return made.startsWith("pulumi-") && made !== owner;
}

export function hasMark({ tags }: Live, { mark }: Marked): boolean {
  return mark !== undefined && tags?.[MARK_TAG] === mark;
}

/** The role assignments of a vault itself. */
export async function grantsOf(
  client: AzureClient,
  place: Marked | GroupPlace,
  vault: string,
): Promise<Grant[]> {
  const scope = vaultId(place, vault);
  const found = await client.list<Grant>(
    `${scope}/providers/Microsoft.Authorization/roleAssignments`,
    API.roleAssignments,
  );
  return found.filter(({ properties }) => properties.scope.toLowerCase() === scope.toLowerCase());
}

/** Removes all that has the mark: called when no state knows of anything with it any more. */
export async function sweep(
  client: AzureClient,
  wanted: Marked,
  tell: (what: string) => void,
): Promise<void> {
  const vault = await client.find<Live>(vaultId(wanted, wanted.vault.name), API.keyVault);
  if (vault !== undefined) {
    for (const grant of await grantsOf(client, wanted, wanted.vault.name)) {
      if (!grantHasMark(grant, wanted)) continue;
      await client.manage("DELETE", grant.id, API.roleAssignments);
      tell(`the role assignment ${grant.id}`);
    }
    if (hasMark(vault, wanted) && wanted.vault.create === true) {
      await client.manage("DELETE", vault.id, API.keyVault);
      tell(`the key vault ${vault.name}, with its secrets`);
    } else {
      for (const secret of await client.list<Live>(`${vault.id}/secrets`, API.keyVault)) {
        if (!hasMark(secret, wanted)) continue;
        await client.vault("DELETE", wanted.vault, `/secrets/${secret.name}`);
        tell(`the secret ${secret.name} of the vault ${vault.name}`);
      }
    }
  }
  const identities = `${groupId(wanted)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
  // The resource group may be gone, with all that was in it.
  for (const identity of (await unlessMissing(client.list<Live>(identities, API.identities))) ?? []) {
    if (!hasMark(identity, wanted)) continue;
    await client.manage("DELETE", identity.id, API.identities);
    tell(`the identity ${identity.name}`);
  }
}
