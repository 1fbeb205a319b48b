/** Built-in roles, and who may do what by them: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
import { AzureError } from "./errors";
import type { AccessPolicy, AzureState, Resource } from "./state";

interface Role {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
}

const role = (actions: readonly string[], rest: Partial<Role> = {}): Role => ({
  ...{ actions, notActions: [], dataActions: [], notDataActions: [] },
  ...rest,
});

const ROLES: Readonly<Record<string, Role>> = {
  // Owner
  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": role(["*"]),
  // Contributor
  "b24988ac-6180-42a0-ab88-20f7382dd24c": role(["*"], {
    notActions: ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"],
  }),
  // Reader
  "acdd72a7-3385-48ef-bd42-f606fba81ae7": role(["*/read"]),
  // Key Vault Secrets Officer
  "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": role(
    ["Microsoft.Authorization/*/read", "Microsoft.KeyVault/vaults/*/read"],
    {
      dataActions: ["Microsoft.KeyVault/vaults/secrets/*"],
    },
  ),
  // Key Vault Secrets User
  "4633458b-17de-408a-b874-0445c86b69e6": role([], {
    dataActions: [
      "Microsoft.KeyVault/vaults/secrets/getSecret/action",
      "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
    ],
  }),
  // Key Vault Crypto Officer
  "14b46e9e-c2b7-41b4-b07b-48a6ebf60603": role(["Microsoft.KeyVault/vaults/*/read"], {
    dataActions: ["Microsoft.KeyVault/vaults/keys/*"],
  }),
  // Key Vault Crypto User
  "12338af0-0e69-4776-bea7-57ae8d297424": role([], {
    dataActions: [
      "Microsoft.KeyVault/vaults/keys/read",
      ...["update", "backup", "encrypt", "decrypt", "wrap", "unwrap", "sign", "verify"].map(
        (operation) => `Microsoft.KeyVault/vaults/keys/${operation}/action`,
      ),
    ],
  }),
  // Role Based Access Control Administrator
  "f58310d9-a9f6-439a-9e8d-f62e7b41a168": role([
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignments/delete",
    "*/read",
  ]),
};

/**
 * What an identity's roles give it at a scope, or above it.
 * @param age milliseconds that a role must have been assigned for. @default none
 */
export function permissionsOf(state: AzureState, oid: string, scope: string, age = 0): Role[] {
  const path = `${scope.toLowerCase()}/`;
  return Object.values(state.resources)
    .filter(({ properties }) => Date.parse(String(properties.createdOn)) <= Date.now() - age)
    .filter(
      ({ type, properties }) =>
        type === "Microsoft.Authorization/roleAssignments" && properties.principalId === oid,
    )
    .filter(({ properties }) => path.startsWith(`${String(properties.scope).toLowerCase()}/`))
    .flatMap(
      ({ properties }) =>
        ROLES[String(properties.roleDefinitionId).split("/").at(-1)?.toLowerCase() ?? ""] ?? [],
    );
}

/** @throws AzureError when an identity may not do something by Resource Manager */
export function requireAction(
  state: AzureState,
  oid: string | undefined,
  operation: string,
  scope: string,
): void {
  if (oid === undefined) return;
  const allowed = permissionsOf(state, oid, scope).some(
    ({ actions, notActions }) => covers(actions, operation) && !covers(notActions, operation),
  );
  if (allowed) return;
  throw new AzureError(
    403,
    "AuthorizationFailed",
    `The client '${oid}' with object id '${oid}' does not have authorization to perform action '${operation}' ` +
      `over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

/** What each request to a vault's secrets is called by roles, and by access policies. */
export const SECRET_OPERATIONS = {
  list: "readMetadata/action",
  get: "getSecret/action",
  set: "setSecret/action",
  delete: "delete",
  recover: "recover/action",
  purge: "purge/action",
} as const;
export type SecretOperation = keyof typeof SECRET_OPERATIONS;

/** The same of keys. */
export const KEY_OPERATIONS = {
  create: "create/action",
  get: "read",
  update: "update/action",
  encrypt: "encrypt/action",
  decrypt: "decrypt/action",
} as const;
export type KeyOperation = keyof typeof KEY_OPERATIONS;

/** @throws AzureError when an identity may not do something with a vault's secrets */
export function requireSecretRight(
  state: AzureState,
  vault: Resource,
  oid: string | undefined,
  operation: SecretOperation,
): void {
  requireDataRight(state, vault, oid, ["secrets", operation, SECRET_OPERATIONS[operation]]);
}

/** @throws AzureError when an identity may not do something with a vault's keys */
export function requireKeyRight(
  state: AzureState,
  vault: Resource,
  oid: string | undefined,
  operation: KeyOperation,
): void {
  requireDataRight(state, vault, oid, ["keys", operation, KEY_OPERATIONS[operation]]);
}

function requireDataRight(
  state: AzureState,
  vault: Resource,
  oid: string | undefined,
  [kind, operation, named]: readonly [kind: "secrets" | "keys", operation: string, named: string],
): void {
  if (oid === undefined) return;
  if (vault.properties.enableRbacAuthorization === true) {
    const action = `Microsoft.KeyVault/vaults/${kind}/${named}`;
    const allowed = permissionsOf(state, oid, vault.id, state.delays?.roles).some(({ dataActions }) =>
      covers(dataActions, action),
    );
    if (allowed) return;
    const message = `Caller is not authorized to perform action on resource. Caller: oid=${oid}; Action: '${action}'; Vault: ${vault.name}.`;
    throw new AzureError(403, "Forbidden", message, "ForbiddenByRbac");
  }
  const policies = (vault.properties.accessPolicies ?? []) as readonly AccessPolicy[];
  const own = policies.find(({ objectId }) => objectId === oid)?.permissions[kind] ?? [];
  if (own.some((right) => ["all", operation].includes(right.toLowerCase()))) return;
  throw new AzureError(
    403,
    "Forbidden",
    `The user, group or application 'oid=${oid}' does not have ${kind} ${operation} permission on key vault '${vault.name};location=${vault.location ?? ""}'.`,
    "ForbiddenByPolicy",
  );
}

function covers(patterns: readonly string[], operation: string): boolean {
  return patterns.some((pattern) => {
    const literal = pattern.split("*").map((part) => part.replaceAll(".", "\\."));
    return new RegExp(`^${literal.join(".*")}$`, "i").test(operation);
  });
}
