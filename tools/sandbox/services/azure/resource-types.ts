/** What each resource type accepts on PUT, and what Azure adds to it. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { putDiagnostics } from "./diagnostics-type";
import { AzureError } from "./errors";
import { parse, type Put } from "./put";
import { putVault } from "./vault-type";

const guid = z.guid();
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

export const puts: Readonly<Record<string, Put>> = {
  "Microsoft.Resources/resourceGroups": (given) => ({
    ...parse(located, given),
    properties: { provisioningState: "Succeeded" },
  }),

  "Microsoft.KeyVault/vaults": putVault,
  "Microsoft.Insights/diagnosticSettings": putDiagnostics,

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
