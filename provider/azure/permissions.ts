import type { AzureClient } from "./client";
import { API } from "./api";

/** What one role gives: https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group */
interface Permission {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly dataActions?: readonly string[];
  readonly notDataActions?: readonly string[];
}

export interface Permissions {
  /** True when an operation is allowed. */
  may(operation: string): boolean;
  /** True when an operation on the data, such as a secret's value, is allowed. */
  mayData(operation: string): boolean;
}

/** What whoever signs in may do at a scope. */
export async function permissionsAt(client: AzureClient, scope: string): Promise<Permissions> {
  const path = `${scope}/providers/Microsoft.Authorization/permissions`;
  const roles = await client.list<Permission>(path, API.permissions);
  return {
    may: (operation) =>
      roles.some(({ actions, notActions }) => matches(actions, operation) && !matches(notActions, operation)),
    mayData: (operation) =>
      roles.some(
        ({ dataActions, notDataActions }) =>
          matches(dataActions, operation) && !matches(notDataActions, operation),
      ),
  };
}

/** A pattern has `*` for any text, and its case doesn't count. */
function matches(patterns: readonly string[] | undefined, operation: string): boolean {
  return (patterns ?? []).some((pattern) => {
    const literal = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${literal.join(".*")}$`, "i").test(operation);
  });
}
