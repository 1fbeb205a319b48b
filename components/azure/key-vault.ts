import * as pulumi from "@pulumi/pulumi";
import { Secret } from "@pulumi/azure-native/keyvault/secret";
import type { Vault } from "@pulumi/azure-native/keyvault/vault";
import { vaultId } from "../../manifests/azure/ids";
import { RETENTION_DAYS, type VaultOptions } from "../../manifests/azure/vault-properties";
import { vaultAddress, type AzureCloud } from "../../manifests/secrets/azure-cloud";
import type { LookProvider } from "../before-create";
import { AccessPolicy, DEPLOYER_PERMISSIONS } from "./access-policy";
import { KeyVaultReader, letRead } from "./key-vault-reader";
import { AzureMark, type AzureMarkArgs, type FoundAtAzure } from "./mark";
import { createdVault, sendAuditLog, type Diagnostics } from "./vault";
import { vaultValue } from "./vault-value";

export interface KeyVaultSecretsArgs {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly resourceGroupName: string;
  readonly location: string;
  /** Azure's cloud. @default "AzurePublicCloud" */
  readonly cloud?: AzureCloud;
  readonly vault: VaultArgs;
  /** Secrets by name: letters, digits and `-`. Every value is kept as a Pulumi secret. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  /** Who reads the secrets in the cluster; without it, access is granted elsewhere. */
  readonly reader?: ReaderArgs;
  /**
   * Secrets that others made, and whose next version is to be this stack's. They stay when the stack goes.
   * @default none
   */
  readonly adopt?: readonly string[];
  /** One for all of a program. */
  readonly looks: LookProvider;
  /** What there was before. @default nothing */
  readonly found?: FoundAtAzure;
}

export interface VaultArgs extends VaultOptions {
  /** Name, unique in all of Azure when it is created. */
  readonly name: string;
  /**
   * True creates the vault, and deletes it with the stack; false uses an existing one.
   * @default false
   */
  readonly create?: boolean;
  /**
   * True restores the deleted vault of that name, with its secrets: Azure keeps the name of a deleted vault taken, as
   * after `pulumi destroy`, until its retention ends or it is purged. One with the stack's tag that is there already, and
   * that the state doesn't know, is taken over with its secrets.
   * @default false
   */
  readonly recover?: boolean;
  /** Address of the data plane where it isn't the public cloud's. */
  readonly url?: string;
  /** Where the audit log of a created vault goes. @default nowhere */
  readonly diagnostics?: Diagnostics;
}

export type ReaderArgs =
  | {
      /**
       * Issuer of the cluster's ServiceAccount tokens: an identity that the ServiceAccount takes on is created, unless
       * one is found that is adopted.
       */
      readonly oidcIssuer: string;
      readonly identityName: string;
      readonly serviceAccount: { readonly name: string; readonly namespace: string };
    }
  | {
      /** Object id of an existing managed identity or service principal. */
      readonly principalId: pulumi.Input<string>;
    };

interface VaultReference {
  readonly name: pulumi.Input<string>;
  readonly id: pulumi.Input<string>;
  readonly url: pulumi.Input<string>;
  readonly created?: Vault;
  /** What has to be there before secrets are written. */
  readonly mayWrite?: pulumi.Resource;
}

/** Secrets in an Azure Key Vault, and the right to read them for External Secrets. */
export class KeyVaultSecrets extends pulumi.ComponentResource {
  /** Address for External Secrets' store. */
  readonly vaultUrl: pulumi.Output<string>;
  /** Client id of the identity, where one was created. */
  readonly clientId: pulumi.Output<string> | undefined;
  readonly secretNames: readonly string[];
  private readonly mark: AzureMark;
  /** Without the vault's address. */
  private readonly place: AzureMarkArgs;

  constructor(name: string, args: KeyVaultSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("handoff:azure:KeyVaultSecrets", name, {}, opts);
    const faults = faultsOf(args);
    if (faults.length > 0) throw new pulumi.ResourceError(faults.join("\n"), this, true);

    const { subscriptionId, tenantId, resourceGroupName: resourceGroup, cloud } = args;
    const { name: vaultName, create = false, url } = args.vault;
    this.place = { subscriptionId, tenantId, cloud, resourceGroup, vault: { name: vaultName, create } };
    const place = { ...this.place, vault: { ...this.place.vault, url } };
    this.secretNames = Object.keys(args.secrets).sort();
    const remembered = {
      secrets: this.secretNames,
      ...(create && { vault: args.vault, live: args.found?.vault }),
    };
    this.mark = new AzureMark(`${name}-mark`, place, remembered, args.looks, this);
    const vault = this.vault(name, args);
    for (const secret of this.secretNames) this.secret(name, secret, vault, args);
    this.clientId = this.reader(name, vault, args);
    this.vaultUrl = pulumi.output(args.vault.url ?? vault.url);
    this.registerOutputs({
      vaultUrl: this.vaultUrl,
      clientId: this.clientId,
      secretNames: this.secretNames,
    });
  }

  private vault(name: string, args: KeyVaultSecretsArgs): VaultReference {
    const { subscriptionId, resourceGroupName, tenantId, vault } = args;
    if (vault.create !== true) {
      const id = vaultId({ subscriptionId, resourceGroup: resourceGroupName }, vault.name);
      return { name: vault.name, id, url: vaultAddress(vault.name, args.cloud) };
    }
    const created = createdVault(
      name,
      {
        ...{ tenantId, resourceGroupName, location: args.location, mark: this.mark },
        ...{ name: vault.name, options: vault, recover: vault.recover },
        ...{ live: args.found?.vault, vaultId: args.found?.vaultId },
      },
      this,
    );
    if (vault.diagnostics !== undefined) sendAuditLog(name, vault.diagnostics, created.id, this.mark, this);
    // Azure answers the address with a final slash, which External Secrets doesn't expect.
    // A destroy that runs the program has none of a vault that is gone.
    const url = created.properties.apply((properties: { readonly vaultUri?: string } | undefined) =>
      (properties?.vaultUri ?? "").replace(/\/$/, ""),
    );
    return { name: created.name, id: created.id, url, created, mayWrite: this.mayWrite(name, created, args) };
  }

  /** Whoever deploys is let in where a vault of the stack's own goes by policies: nobody is by its creation. */
  private mayWrite(
    name: string,
    created: Vault,
    { vault, looks }: KeyVaultSecretsArgs,
  ): AccessPolicy | undefined {
    if (vault.authorization !== "accessPolicies") return undefined;
    return new AccessPolicy(`${name}-deployer`, { ...this.place, secrets: DEPLOYER_PERMISSIONS }, looks, {
      parent: this,
      dependsOn: [created],
      deletedWith: created,
    });
  }

  private secret(name: string, secretName: string, vault: VaultReference, args: KeyVaultSecretsArgs): void {
    const adopt = args.adopt?.includes(secretName) === true;
    const value = pulumi.secret(args.secrets[secretName] ?? "").apply((text) => vaultValue(secretName, text));
    new Secret(
      `${name}-${secretName}`,
      {
        resourceGroupName: args.resourceGroupName,
        vaultName: vault.name,
        secretName,
        // The provider doesn't mark the value as secret. Azure never returns it: the state is what it is compared with.
        properties: { value, contentType: "text/plain" },
        tags: adopt ? this.mark.adoptedTags : this.mark.tags,
      },
      {
        parent: this,
        // The vault keeps one by its name: the former would take the new one along.
        deleteBeforeReplace: true,
        // Deleting one takes rights on the vault's data, which deleting the vault itself doesn't.
        deletedWith: vault.created,
        dependsOn: vault.mayWrite,
        retainOnDelete: adopt,
        ...this.mark.guard(`${name}-${secretName}`, {
          ...{ kind: "secret", name: secretName, adopt, recover: args.vault.recover ?? false },
        }),
      },
    );
  }

  private reader(name: string, vault: VaultReference, args: KeyVaultSecretsArgs) {
    const { reader, subscriptionId, resourceGroupName, location, found, looks } = args;
    if (reader === undefined) return undefined;
    const { create = false, authorization = "rbac" } = args.vault;
    const isByPolicies = (create ? authorization : found?.authorization) === "accessPolicies";
    const way = {
      ...{ subscriptionId, vaultId: vault.id, mark: this.mark, granted: found?.granted },
      ...(isByPolicies && { policies: { place: this.place, looks, vault: vault.created } }),
    };
    if ("principalId" in reader) {
      letRead(name, { ...way, principalId: reader.principalId }, this);
      return undefined;
    }
    const created = new KeyVaultReader(
      `${name}-reader`,
      { ...way, ...{ resourceGroupName, location, ...reader, adopted: found?.identity } },
      { parent: this },
    );
    return created.clientId;
  }
}

function faultsOf({ vault, secrets }: KeyVaultSecretsArgs): string[] {
  const faults: string[] = [];
  if (!/^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/.test(vault.name) || vault.name.includes("--")) {
    faults.push(
      `vault name ${JSON.stringify(vault.name)}: 3 to 24 letters, digits and single hyphens are allowed, from a letter to a letter or digit`,
    );
  }
  const days = vault.retentionDays ?? RETENTION_DAYS;
  if (!Number.isInteger(days) || days < 7 || days > 90)
    faults.push(`retentionDays is ${days}: 7 to 90 are allowed`);
  for (const name of Object.keys(secrets)) {
    if (/^[a-zA-Z0-9-]{1,127}$/.test(name)) continue;
    const hint = name.replaceAll(/[^a-zA-Z0-9-]+/g, "-").slice(0, 127);
    faults.push(
      `secret name ${JSON.stringify(name)}: 1 to 127 letters, digits and - are allowed; for example ${hint}`,
    );
  }
  return faults;
}
