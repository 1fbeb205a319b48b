import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting";
import { Vault } from "@pulumi/azure-native/keyvault/vault";
import * as pulumi from "@pulumi/pulumi";
import {
  vaultProperties,
  vaultTags,
  type LiveVault,
  type VaultOptions,
} from "../../manifests/azure/vault-properties";
import { ownerTag, type AzureMark } from "./mark";

/** Where the audit log goes: the id of a Log Analytics workspace, or of a storage account. */
export interface Diagnostics {
  readonly workspaceId?: string;
  readonly storageAccountId?: string;
}

export interface CreatedVaultArgs {
  readonly tenantId: string;
  readonly resourceGroupName: string;
  readonly location: string;
  readonly name: string;
  readonly options: VaultOptions;
  /** @default false */
  readonly recover?: boolean;
  readonly mark: AzureMark;
  /** The vault as it is, where the stack made it before. */
  readonly live?: LiveVault;
  /** Its id, where it is taken over. */
  readonly vaultId?: string;
}

/** A vault of the stack's own. What others set of it, which the program doesn't name, stays. */
export function createdVault(name: string, args: CreatedVaultArgs, parent: pulumi.Resource): Vault {
  const { tenantId, options, mark, live, recover = false } = args;
  const created = recover ? { createMode: "recover" as const } : {};
  // Before anything is there nothing can be others', and a preview shows all of it.
  const [properties, tags] =
    live === undefined
      ? [{ ...vaultProperties(tenantId, options), ...created }, vaultTags(options, mark.tags)]
      : [
          pulumi.all([mark.kept, mark.named]).apply(([kept, named]) => ({
            ...vaultProperties(tenantId, options, live, kept, named),
            ...created,
          })),
          pulumi.all([mark.kept, mark.tags]).apply(([kept, own]) => vaultTags(options, own, kept)),
        ];
  return new Vault(
    `${name}-vault`,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      vaultName: args.name,
      properties,
      tags,
    },
    {
      parent,
      deleteBeforeReplace: true,
      // It says how the vault was made, once.
      ignoreChanges: ["properties.createMode"],
      // Passed over where the state has this id.
      import: args.vaultId,
      ...mark.guard(`${name}-vault`, { kind: "vault", recover, location: args.location }),
    },
  );
}

/** Sends a vault's audit log. Azure keeps such a setting when its vault is deleted, so it is deleted by itself. */
export function sendAuditLog(
  name: string,
  { workspaceId, storageAccountId }: Diagnostics,
  vaultId: pulumi.Input<string>,
  mark: AzureMark,
  parent: pulumi.Resource,
): DiagnosticSetting {
  const setting = ownerTag();
  return new DiagnosticSetting(
    `${name}-diagnostics`,
    {
      resourceUri: vaultId,
      // It bears no tags.
      name: setting,
      workspaceId,
      storageAccountId,
      logs: [{ category: "AuditEvent", enabled: true }],
    },
    {
      parent,
      // Azure sends a category to one place by one setting.
      deleteBeforeReplace: true,
      ...mark.guard(`${name}-diagnostics`, { kind: "diagnostics", name: setting }),
    },
  );
}
