/** What each resource type accepts on PUT, and what Azure adds to it. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { AzureError } from "./errors";
import type { ResourceId } from "./resource-id";
import type { AzureState, Resource } from "./state";

export interface TypeContext {
  readonly state: AzureState;
  readonly tenantId: string;
  /** Where the vault's data plane is served. */
  readonly vaultUri: (name: string) => string;
}

const guid = z.guid();
const vault = z.object({
  location: z.string("is required"),
  tags: z.record(z.string(), z.string()).optional(),
  properties: z.object({
    tenantId: guid,
    sku: z.object({ family: z.literal("A"), name: z.enum(["standard", "premium"]) }),
    createMode: z.enum(["default", "recover"]).default("default"),
    enableRbacAuthorization: z.boolean().default(false),
    enablePurgeProtection: z.literal(true, "cannot be set to false; it can only be left out").optional(),
    enableSoftDelete: z.literal(true, "cannot be set to false").default(true),
    softDeleteRetentionInDays: z.int().min(7).max(90).default(90),
    enabledForTemplateDeployment: z.boolean().optional(),
    enabledForDeployment: z.boolean().optional(),
    enabledForDiskEncryption: z.boolean().optional(),
    publicNetworkAccess: z.string().default("Enabled"),
    networkAcls: z.looseObject({}).optional(),
    accessPolicies: z.array(z.looseObject({})).default([]),
  }),
});
const located = z.object({
  location: z.string("is required"),
  tags: z.record(z.string(), z.string()).optional(),
});
const federation = z.object({
  properties: z.object({
    issuer: z.url(),
    subject: z.string().min(1),
    audiences: z.array(z.string()).length(1, "takes exactly one audience"),
  }),
});
const roleAssignment = z.object({
  properties: z.object({
    roleDefinitionId: z
      .string()
      .regex(
        /\/providers\/Microsoft\.Authorization\/roleDefinitions\/[0-9a-f-]{36}$/i,
        "is no role definition id",
      ),
    principalId: guid,
    principalType: z.enum(["User", "Group", "ServicePrincipal"]).default("User"),
    description: z.string().optional(),
  }),
});

type Content = Pick<Resource, "location" | "tags" | "properties">;
type Put = (given: unknown, id: ResourceId, context: TypeContext, before?: Resource) => Content;

export const puts: Readonly<Record<string, Put>> = {
  "Microsoft.Resources/resourceGroups": (given) => ({
    ...parse(located, given),
    properties: { provisioningState: "Succeeded" },
  }),

  "Microsoft.KeyVault/vaults": (given, id, { state, vaultUri }, before) => {
    const { properties, ...rest } = parse(vault, given);
    const name = id.name ?? "";
    if (!/^[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/.test(name)) {
      throw new AzureError(
        400,
        "VaultNameNotValid",
        `The vault name '${name}' is invalid. It must be between 3 and 24 alphanumeric characters or hyphens, ` +
          "begin with a letter, end with a letter or digit, and not contain consecutive hyphens.",
      );
    }
    const { createMode, ...kept } = properties;
    const deleted = state.deletedVaults[name.toLowerCase()];
    const taken = Object.values(state.resources).some(
      (other) =>
        other !== before && other.type === id.type && other.name.toLowerCase() === name.toLowerCase(),
    );
    if (taken || (deleted && createMode !== "recover")) {
      throw new AzureError(
        409,
        "VaultAlreadyExists",
        `The vault name '${name}' is already in use. Vault names are globally unique` +
          (deleted ? "; a deleted vault of this name can be recovered or purged." : "."),
      );
    }
    if (before?.properties.enablePurgeProtection === true && !kept.enablePurgeProtection) {
      kept.enablePurgeProtection = true; // irreversible: leaving it out changes nothing
    }
    Reflect.deleteProperty(state.deletedVaults, name.toLowerCase());
    return { ...rest, properties: { ...kept, vaultUri: vaultUri(name), provisioningState: "Succeeded" } };
  },

  "Microsoft.ManagedIdentity/userAssignedIdentities": (given, _id, { tenantId }, before) => ({
    ...parse(located, given),
    properties: before?.properties ?? { tenantId, principalId: randomUUID(), clientId: randomUUID() },
  }),

  "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials": (
    given,
    id,
    { state },
    before,
  ) => {
    const { properties } = parse(federation, given);
    const siblings = id.path.toLowerCase().replace(/[^/]*$/, "");
    const same = Object.entries(state.resources).find(
      ([key, other]) =>
        other !== before &&
        key.startsWith(siblings) &&
        other.properties.issuer === properties.issuer &&
        other.properties.subject === properties.subject,
    );
    if (same) {
      throw new AzureError(
        409,
        "Conflict",
        `Issuer and subject combination already exists for this Managed Identity, in ${same[1].name}.`,
      );
    }
    return { properties };
  },

  "Microsoft.Authorization/roleAssignments": (given, id, { state }, before) => {
    const { properties } = parse(roleAssignment, given);
    if (!guid.safeParse(id.name).success) {
      throw new AzureError(
        400,
        "InvalidRoleAssignmentId",
        `The role assignment ID '${id.name ?? ""}' is not a GUID.`,
      );
    }
    // Every principal that the sandbox can know is a managed identity.
    const known = Object.values(state.resources).find(
      (other) => other.properties.principalId === properties.principalId,
    );
    if (
      known?.type === "Microsoft.ManagedIdentity/userAssignedIdentities" &&
      properties.principalType !== "ServicePrincipal"
    ) {
      throw new AzureError(
        400,
        "UnmatchedPrincipalType",
        `The PrincipalId '${properties.principalId}' has type 'ServicePrincipal', which is different from ` +
          `specified PrincipalType '${properties.principalType}'.`,
      );
    }
    const key = (one: Readonly<Record<string, unknown>>) =>
      JSON.stringify([one.scope, one.principalId, one.roleDefinitionId]).toLowerCase();
    const createdOn = before?.properties.createdOn ?? new Date().toISOString();
    const full = { ...properties, scope: id.scope, createdOn };
    if (before && key(before.properties) !== key(full)) {
      throw new AzureError(
        400,
        "RoleAssignmentUpdateNotPermitted",
        "Scope, role and principal cannot be updated.",
      );
    }
    const duplicate = Object.values(state.resources).some(
      (other) => other !== before && other.type === id.type && key(other.properties) === key(full),
    );
    if (duplicate) throw new AzureError(409, "RoleAssignmentExists", "The role assignment already exists.");
    return { properties: full };
  },
};

function parse<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  const code = where === "location" ? "LocationRequired" : "BadRequest";
  throw new AzureError(400, code, `The property "${where}": ${issue?.message ?? ""}`);
}
