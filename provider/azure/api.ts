import type { ResourceGroup } from "../../manifests/azure/ids";
import type { AzurePlace } from "./credential";

export const API = {
  diagnosticSettings: "2021-05-01-preview",
  locks: "2020-05-01",
  permissions: "2022-04-01",
  roleAssignments: "2022-04-01",
  resourceGroups: "2021-04-01",
  subscriptions: "2022-12-01",
  keyVault: "2024-11-01",
  identities: "2023-01-31",
} as const;

/** A resource group, and how to sign in where it is. */
export type GroupPlace = AzurePlace & ResourceGroup;
