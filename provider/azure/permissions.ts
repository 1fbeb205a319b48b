import type { AzureClient } from "./client";
import { API } from "./api";

/** What one role gives: https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group */
interface Permission {
  readonly actions?: unknown;
  readonly notActions?: unknown;
  readonly dataActions?: unknown;
  readonly notDataActions?: unknown;
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
  const roles: readonly Permission[] = await client.list(path, API.permissions);
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
function matches(patterns: unknown, operation: string): boolean {
  const texts = (Array.isArray(patterns) ? patterns : []).filter(
    (it): it is string => typeof it === "string",
  );
  return texts.some((pattern) => {
    const literal = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${literal.join(".*")}$`, "i").test(operation);
  });
}
