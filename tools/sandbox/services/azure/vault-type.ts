/** What Resource Manager accepts of a vault and of its access policies. */
import { z } from "zod";
import { AzureError, parseBody } from "./errors";
import type { ResourceId } from "./resource-id";
import { parse, type Put } from "./put";
import type { AccessPolicy, AzureState, Resource } from "./state";
import type { Call } from "../http";

const SECRET_PERMISSIONS = [
  ...["all", "get", "list", "set", "delete", "backup", "restore", "recover", "purge"],
] as const;

/** A permission's case doesn't count. */
const permission = z
  .string()
  .refine((text) => (SECRET_PERMISSIONS as readonly string[]).includes(text.toLowerCase()), {
    error: "is no permission of secrets",
  });
const policy = z.object({
  tenantId: z.guid(),
  objectId: z.guid(),
  applicationId: z.guid().or(z.literal("")).optional(),
  permissions: z.looseObject({ secrets: z.array(permission).optional() }),
});
const policies = z.object({ properties: z.object({ accessPolicies: z.array(policy) }) });

/** Key Vault's firewall knows public addresses only, and writes one as the range of it alone. */
const address = z
  .object({ value: z.string().regex(/^(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?$/, "is no IPv4 address or range") })
  .refine(({ value }) => !/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(value), {
    error: "is a private address, which the firewall doesn't take",
  })
  .transform(({ value }) => ({ value: value.includes("/") ? value : `${value}/32` }));
const vault = z.object({
  location: z.string("is required"),
  tags: z.record(z.string(), z.string()).optional(),
  properties: z.object({
    tenantId: z.guid(),
    sku: z.object({ family: z.literal("A"), name: z.enum(["standard", "premium"]) }),
    createMode: z.enum(["default", "recover"]).default("default"),
    enableRbacAuthorization: z.boolean().default(false),
    enablePurgeProtection: z.literal(true, "cannot be set to false; it can only be left out").optional(),
    enableSoftDelete: z.literal(true, "cannot be set to false").default(true),
    softDeleteRetentionInDays: z.int().min(7).max(90).optional(),
    enabledForTemplateDeployment: z.boolean().optional(),
    enabledForDeployment: z.boolean().optional(),
    enabledForDiskEncryption: z.boolean().optional(),
    publicNetworkAccess: z.string().default("Enabled"),
    networkAcls: z
      .object({
        defaultAction: z.enum(["Allow", "Deny"]),
        bypass: z.enum(["AzureServices", "None"]).default("AzureServices"),
        ipRules: z.array(address).default([]),
        virtualNetworkRules: z.array(z.looseObject({ id: z.string() })).default([]),
      })
      .optional(),
    accessPolicies: z.array(policy).default([]),
  }),
});

export const putVault: Put = (given, id, { state, vaultUri }, before) => {
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
    (other) => other !== before && other.type === id.type && other.name.toLowerCase() === name.toLowerCase(),
  );
  if (taken || (deleted && createMode !== "recover")) {
    throw new AzureError(
      409,
      "VaultAlreadyExists",
      `The vault name '${name}' is already in use. Vault names are globally unique` +
        (deleted ? "; a deleted vault of this name can be recovered or purged." : "."),
    );
  }
  const days = before?.properties.softDeleteRetentionInDays;
  const { softDeleteRetentionInDays = days ?? 90 } = kept;
  if (days !== undefined && softDeleteRetentionInDays !== days) {
    throw new AzureError(
      400,
      "BadRequest",
      'The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.',
    );
  }
  if (before?.location !== undefined && before.location !== rest.location) {
    throw new AzureError(
      409,
      "InvalidResourceLocation",
      `The resource '${name}' already exists in location '${before.location}'. A resource with the same name cannot be created in location '${rest.location}'.`,
    );
  }
  if (before?.properties.enablePurgeProtection === true && !kept.enablePurgeProtection) {
    kept.enablePurgeProtection = true; // irreversible: leaving it out changes nothing
  }
  Reflect.deleteProperty(state.deletedVaults, name.toLowerCase());
  return {
    ...rest,
    properties: {
      // A firewall that isn't named stays.
      ...(before?.properties.networkAcls !== undefined && { networkAcls: before.properties.networkAcls }),
      ...kept,
      ...{ softDeleteRetentionInDays, vaultUri: vaultUri(name), provisioningState: "Succeeded" },
    },
  };
};

/** `PUT …/accessPolicies/add`, `replace` or `remove`: the entries of these principals alone change. */
export function changePolicies(call: Call, id: ResourceId, state: AzureState, found: Resource): object {
  const given = parseBody(call, policies).properties.accessPolicies;
  const change = CHANGES[id.name?.toLowerCase() ?? ""];
  if (call.method !== "PUT" || change === undefined)
    throw new AzureError(405, "MethodNotAllowed", `Access policies take PUT of add, replace and remove.`);
  const entries = new Map(
    ((found.properties.accessPolicies ?? []) as AccessPolicy[]).map((entry) => [keyOf(entry), entry]),
  );
  for (const entry of given) {
    const before = entries.get(keyOf(entry))?.permissions.secrets ?? [];
    const secrets = change(before, entry.permissions.secrets ?? []);
    if (secrets.length === 0) entries.delete(keyOf(entry));
    else entries.set(keyOf(entry), { ...entry, permissions: { ...entry.permissions, secrets } });
  }
  const accessPolicies = [...entries.values()];
  state.resources[found.id.toLowerCase()] = {
    ...found,
    properties: { ...found.properties, accessPolicies },
  };
  return {
    id: `${found.id}/accessPolicies/`,
    type: "Microsoft.KeyVault/vaults/accessPolicies",
    properties: { accessPolicies },
  };
}

const CHANGES: Readonly<Record<string, (before: readonly string[], given: readonly string[]) => string[]>> = {
  add: (before, given) => {
    const there = before.map((one) => one.toLowerCase());
    return [...before, ...given.filter((one) => !there.includes(one.toLowerCase()))];
  },
  replace: (_before, given) => [...given],
  // What is spelled otherwise stays.
  remove: (before, given) => before.filter((one) => !given.includes(one)),
};

const keyOf = ({ objectId, applicationId = "" }: AccessPolicy): string =>
  `${objectId} ${applicationId}`.toLowerCase();
