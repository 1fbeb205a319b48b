import { isObject, kindOf } from "../../manifests/shape";
import { type AzureClient, AzureRefusal, notUnderstood, unlessMissing } from "./client";
import { diagnosticId, groupId, vaultId } from "../../manifests/azure/ids";
import { API, type GroupPlace } from "./api";

/** Tag of what a stack makes: `pulumi-<project>-<stack>`. Other people's stacks may have the same name. */
export const OWNER_TAG = "managed-by";
/** Tag with a random text that the state knows before anything is made with it: nobody else can have chosen the same. */
export const MARK_TAG = "handoff-mark";

export interface Live {
  readonly id: string;
  readonly name: string;
  readonly location?: string;
  /** Of texts alone. */
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What Resource Manager has of that id; undefined when it has none. */
export async function findLive(
  client: AzureClient,
  id: string,
  apiVersion: string,
): Promise<Live | undefined> {
  const found = await client.find(id, apiVersion);
  if (found === undefined) return undefined;
  const live = liveIn(found, id);
  // It may be deleted by this id.
  if (live.id.toLowerCase() !== id.toLowerCase()) throw notUnderstood(id, "is of another id");
  return live;
}

export async function listLive(client: AzureClient, id: string, apiVersion: string): Promise<Live[]> {
  return (await client.list(id, apiVersion)).map((found) => liveIn(found, id));
}

/** A resource of an answer, of which id and name must be there. */
function liveIn(
  { id, name, location, tags, properties }: Readonly<Record<string, unknown>>,
  asked: string,
): Live {
  for (const [field, value] of Object.entries({ id, name }))
    if (typeof value !== "string") throw notUnderstood(asked, `has ${kindOf(value)} as its ${field}`);
  return {
    ...{ id: String(id), name: String(name), tags: textsIn(tags) },
    ...(typeof location === "string" && { location }),
    properties: isObject(properties) ? properties : {},
  };
}

/** The texts of an object. */
export function textsIn(value: unknown): Readonly<Record<string, string>> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** What is made at Azure, and what tells that a stack made it. */
export interface Marked extends GroupPlace {
  readonly vault: { readonly name: string; readonly url?: string; readonly create?: boolean };
  /** Value of the tag {@link OWNER_TAG}. */
  readonly owner: string;
  /** Value of the tag {@link MARK_TAG}; not known in a preview before anything was made. */
  readonly mark?: string;
}

/** A role assignment, of which what isn't told is empty. */
export interface Grant {
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly principalId: string;
  readonly roleDefinitionId: string;
  readonly description: string;
}

export function grantIn({ id, name, properties }: Live): Grant {
  const { scope, principalId, roleDefinitionId, description } = textsIn(properties);
  return {
    ...{ id, name, scope: scope ?? "", principalId: principalId ?? "" },
    ...{ roleDefinitionId: roleDefinitionId ?? "", description: description ?? "" },
  };
}

/** Whose a role assignment is can only be said in its description: `<owner> <mark>`. */
export function grantHasMark({ description }: Grant, { mark }: Marked): boolean {
  return mark !== undefined && mark !== "" && description.includes(mark);
}

/** True of a role assignment that says it is another stack's. */
export function isOfAnotherStack({ description }: Grant, { owner }: Marked): boolean {
  const [made = ""] = description.split(" ");
  return made.startsWith("pulumi-") && made !== owner;
}

export function hasMark({ tags }: Live, { mark }: Marked): boolean {
  return mark !== undefined && mark !== "" && tags[MARK_TAG] === mark;
}

/** True of what a stack of this name made, whichever mark it had. */
export function madeByStack({ tags }: Live, { owner }: Marked): boolean {
  return tags[OWNER_TAG] === owner && tags[MARK_TAG] !== undefined;
}

/** The role assignments of a vault itself. */
export async function grantsOf(
  client: AzureClient,
  place: Marked | GroupPlace,
  vault: string,
): Promise<Grant[]> {
  const scope = vaultId(place, vault);
  const assignments = `${scope}/providers/Microsoft.Authorization/roleAssignments`;
  const found = (await listLive(client, assignments, API.roleAssignments)).map(grantIn);
  // Those of the resource group, which the list has too, have an id there.
  return found.filter(
    ({ id, scope: of }) =>
      of.toLowerCase() === scope.toLowerCase() &&
      id.toLowerCase().startsWith(`${assignments.toLowerCase()}/`),
  );
}

/** Removes all that has the mark: called when no state knows of anything with it any more. */
export async function sweep(
  client: AzureClient,
  wanted: Marked,
  tell: (what: string) => void,
): Promise<void> {
  const vault = await findLive(client, vaultId(wanted, wanted.vault.name), API.keyVault);
  if (vault !== undefined) {
    for (const grant of await grantsOf(client, wanted, wanted.vault.name)) {
      if (!grantHasMark(grant, wanted)) continue;
      await client.manage("DELETE", grant.id, API.roleAssignments);
      tell(`the role assignment ${grant.id}`);
    }
    if (hasMark(vault, wanted) && wanted.vault.create === true) {
      await sweepDiagnostics(client, wanted, tell);
      await client.manage("DELETE", vault.id, API.keyVault);
      tell(`the key vault ${vault.name}, with its secrets`);
    } else {
      for (const secret of await listLive(client, `${vault.id}/secrets`, API.keyVault)) {
        if (!hasMark(secret, wanted)) continue;
        await client.vault("DELETE", wanted.vault, `/secrets/${secret.name}`);
        tell(`the secret ${secret.name} of the vault ${vault.name}`);
      }
    }
  }
  const identities = `${groupId(wanted)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
  // The resource group may be gone, with all that was in it.
  for (const identity of (await unlessMissing(listLive(client, identities, API.identities))) ?? []) {
    if (!hasMark(identity, wanted) || !identity.id.toLowerCase().startsWith(`${identities.toLowerCase()}/`))
      continue;
    await client.manage("DELETE", identity.id, API.identities);
    tell(`the identity ${identity.name}`);
  }
}

/** Azure keeps it when its vault is deleted, unseen. */
async function sweepDiagnostics(
  client: AzureClient,
  wanted: Marked,
  tell: (what: string) => void,
): Promise<void> {
  const id = diagnosticId(wanted, wanted.vault.name, wanted.owner);
  const setting = await findLive(client, id, API.diagnosticSettings).catch((error: unknown) => {
    // Who may see none has made none.
    if (error instanceof AzureRefusal && error.forbidden) return undefined;
    throw error;
  });
  if (setting === undefined) return;
  await client.manage("DELETE", setting.id, API.diagnosticSettings);
  tell(`the diagnostic setting ${setting.name} of the vault ${wanted.vault.name}`);
}
