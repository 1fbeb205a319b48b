/** Where a resource group is. */
export interface ResourceGroup {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** Ids of Resource Manager. */
export function groupId({ subscriptionId, resourceGroup }: ResourceGroup): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}

export function vaultId(group: ResourceGroup, name: string): string {
  return `${groupId(group)}/providers/Microsoft.KeyVault/vaults/${name}`;
}

export function identityId(group: ResourceGroup, name: string): string {
  return `${groupId(group)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
}

/** Of what a vault sends elsewhere. */
export function diagnosticId(group: ResourceGroup, vault: string, name: string): string {
  return `${vaultId(group, vault)}/providers/Microsoft.Insights/diagnosticSettings/${name}`;
}
