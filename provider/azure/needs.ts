import { type GroupPlace } from "./api";
import type { Live } from "./marked";
import type { Permissions } from "./permissions";
import type { MadeVault } from "./vault-faults";

/** What the program makes at Azure. */
export interface AzureChecks extends GroupPlace {
  readonly vault: { readonly name: string; readonly create?: boolean; readonly url?: string };
  /**
   * An identity that reads the vault is made, one that is there takes the cluster's tokens, or is granted access alone.
   * @default none of them
   */
  readonly reader?: "create" | "adopt" | "grant";
  /** What a vault that is created is to be. @default as Azure makes it, with roles */
  readonly made?: MadeVault;
}

/** An operation that `up` will need, and the built-in role that has it. */
export interface Need {
  readonly what: string;
  readonly operation: string;
  readonly role: string;
}

export const CONTRIBUTOR = "Contributor";
const OFFICER = "Key Vault Secrets Officer";
const ADMINISTRATOR = "Role Based Access Control Administrator";
const LOG_ANALYTICS = "Log Analytics Contributor";

/** Whether access policies tell who may read the vault, as it will be. */
export function goesByPolicies({ vault, made }: AzureChecks, found: Live | undefined): boolean {
  if (vault.create === true) return made?.options.authorization === "accessPolicies";
  return found !== undefined && found.properties.enableRbacAuthorization !== true;
}

export const by =
  (permissions: Permissions) =>
  ({ operation }: Need): boolean =>
    permissions.may(operation);

export function groupNeeds({ vault, reader }: AzureChecks): readonly Need[] {
  const identities = "Microsoft.ManagedIdentity/userAssignedIdentities";
  return [
    ...(vault.create === true
      ? [{ what: "make key vaults", operation: "Microsoft.KeyVault/vaults/write", role: CONTRIBUTOR }]
      : []),
    ...(reader === "create"
      ? [{ what: "make identities", operation: `${identities}/write`, role: CONTRIBUTOR }]
      : []),
    ...(reader === "create" || reader === "adopt"
      ? [
          {
            what: "let the cluster take on an identity",
            operation: `${identities}/federatedIdentityCredentials/write`,
            role: CONTRIBUTOR,
          },
        ]
      : []),
  ];
}

export function vaultNeeds(
  { reader, vault, made }: AzureChecks,
  byPolicies: boolean,
  found: Live | undefined,
): readonly Need[] {
  const secrets = "Microsoft.KeyVault/vaults/secrets";
  const grants = (what: string): Need => ({
    what,
    operation: "Microsoft.Authorization/roleAssignments/write",
    role: ADMINISTRATOR,
  });
  const policies = {
    what: "let anybody into the vault by its access policies",
    operation: "Microsoft.KeyVault/vaults/accessPolicies/write",
    role: CONTRIBUTOR,
  };
  const isByPolicies = found && found.properties.enableRbacAuthorization !== true;
  // Azure asks it of whoever turns a vault from one way to the other.
  const turns = vault.create === true && isByPolicies !== undefined && isByPolicies !== byPolicies;
  return [
    { what: "see secrets by Resource Manager", operation: `${secrets}/read`, role: CONTRIBUTOR },
    { what: "write secrets by Resource Manager", operation: `${secrets}/write`, role: CONTRIBUTOR },
    ...(byPolicies && (reader !== undefined || vault.create === true) ? [policies] : []),
    ...(reader === undefined || byPolicies ? [] : [grants("let the cluster read the vault")]),
    ...(turns && (reader === undefined || byPolicies) ? [grants("change `azure.vault.authorization`")] : []),
    ...(made?.diagnostics === undefined
      ? []
      : [
          {
            what: "send the vault's audit log",
            operation: "Microsoft.Insights/diagnosticSettings/write",
            role: CONTRIBUTOR,
          },
        ]),
  ];
}

/** https://learn.microsoft.com/azure/azure-monitor/logs/manage-access */
export const WORKSPACE_NEEDS: readonly Need[] = [
  {
    what: "send logs to the workspace",
    operation: "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
    role: LOG_ANALYTICS,
  },
];

export const DATA_NEEDS: readonly Need[] = [
  { what: "delete secrets", operation: "Microsoft.KeyVault/vaults/secrets/delete", role: OFFICER },
  {
    what: "recover deleted secrets",
    operation: "Microsoft.KeyVault/vaults/secrets/recover/action",
    role: OFFICER,
  },
];

export function lacking({ what, operation, role }: Need, scope: string, oid: string | undefined): string {
  return (
    `whoever signs in to Azure${named(oid)} may not ${what} (${operation})\n` +
    `→ az role assignment create --role "${role}" --scope ${scope} --assignee-object-id ${oid ?? "<who signs in>"}; a new role takes minutes to be known everywhere.`
  );
}

export const named = (oid: string | undefined): string => (oid === undefined ? "" : ` (object ${oid})`);
