/** Resource Manager's ids: a scope, then `/providers/<namespace>/<type>/<name>…`. */
import { AzureError } from "./errors";

export interface ResourceId {
  /** As written by the caller, without a trailing slash. */
  readonly path: string;
  readonly subscription: string;
  readonly resourceGroup?: string;
  /** What the resource lives in: a resource group, or for role assignments any resource. */
  readonly scope: string;
  /** In the case of the vendor, e.g. `Microsoft.KeyVault/vaults/secrets`. */
  readonly type: string;
  /** The last name; undefined for a collection. */
  readonly name?: string;
}

const types = [
  "Microsoft.KeyVault/vaults",
  "Microsoft.KeyVault/vaults/secrets",
  "Microsoft.KeyVault/vaults/accessPolicies",
  "Microsoft.Insights/diagnosticSettings",
  "Microsoft.KeyVault/checkNameAvailability",
  "Microsoft.KeyVault/deletedVaults",
  "Microsoft.KeyVault/locations/deletedVaults",
  "Microsoft.KeyVault/locations/deletedVaults/purge",
  "Microsoft.ManagedIdentity/userAssignedIdentities",
  "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
  "Microsoft.Authorization/roleAssignments",
  "Microsoft.Authorization/permissions",
];

/** @throws AzureError for a path that is no id, or a type that the sandbox has not. */
export function parseResourceId(path: string): ResourceId {
  const clean = path.replace(/\/+$/, "");
  const [, subscriptions, subscription = "", groups, resourceGroup] = clean.split("/");
  const inGroup = groups?.toLowerCase() === "resourcegroups";
  if (subscriptions?.toLowerCase() !== "subscriptions" || !subscription) {
    throw new AzureError(404, "InvalidResourceId", `${path} is not a resource id.`);
  }
  const base = { path: clean, subscription, resourceGroup: inGroup ? resourceGroup : undefined };
  const at = clean.toLowerCase().lastIndexOf("/providers/");
  if (at < 0) {
    const scope = `/subscriptions/${subscription}`;
    if (!inGroup && groups === undefined) {
      return { ...base, scope, type: "Microsoft.Resources/subscriptions", name: subscription };
    }
    if (!inGroup) throw new AzureError(404, "InvalidResourceId", `The sandbox does not serve ${path}.`);
    return { ...base, scope, type: "Microsoft.Resources/resourceGroups", name: resourceGroup };
  }
  const [namespace = "", ...rest] = clean.slice(at + "/providers/".length).split("/");
  const kinds = rest.filter((_, index) => index % 2 === 0);
  const names = rest.filter((_, index) => index % 2 === 1);
  const wanted = [namespace, ...kinds].join("/");
  const type = types.find((known) => known.toLowerCase() === wanted.toLowerCase());
  if (!type) {
    throw new AzureError(
      404,
      "InvalidResourceType",
      `The resource type ${wanted} is not one the sandbox has.`,
    );
  }
  const name = names.length === kinds.length ? names.at(-1) : undefined;
  return { ...base, scope: clean.slice(0, at), type, name };
}

/** The id of the resource one level up within its type, e.g. the vault of a secret. */
export function parentOf(id: ResourceId): string {
  return id.path
    .split("/")
    .slice(0, id.name === undefined ? -1 : -2)
    .join("/");
}
