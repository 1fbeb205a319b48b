import { uuidV5 } from "./uuid";

/** Built-in role "Key Vault Secrets User": reads the values of secrets, nothing else. */
export const KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6";

/** Name of the assignment by which a stack lets a principal read a vault. */
export function assignmentName(vaultId: string, principalId: string): string {
  return uuidV5(`${vaultId.toLowerCase()}|${principalId}|${KEY_VAULT_SECRETS_USER}`);
}
