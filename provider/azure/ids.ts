import type { AzurePlace } from "./credential";

export const API = {
  permissions: "2022-04-01",
  roleAssignments: "2022-04-01",
  resourceGroups: "2021-04-01",
  subscriptions: "2022-12-01",
  keyVault: "2024-11-01",
  identities: "2023-01-31",
} as const;

export interface GroupPlace extends AzurePlace {
  readonly resourceGroup: string;
}

/** Ids of Resource Manager. */
export function groupId({ subscriptionId, resourceGroup }: GroupPlace): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}

export function vaultId(place: GroupPlace, name: string): string {
  return `${groupId(place)}/providers/Microsoft.KeyVault/vaults/${name}`;
}

export function identityId(place: GroupPlace, name: string): string {
  return `${groupId(place)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
}
