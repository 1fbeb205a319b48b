import * as pulumi from "@pulumi/pulumi";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import type { AzureMark } from "./mark";
import { uuidV5 } from "./uuid";

/** Built-in role "Key Vault Secrets User": reads the values of secrets, nothing else. */
export const KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6";

export interface KeyVaultReaderArgs {
  readonly subscriptionId: string;
  readonly resourceGroupName: string;
  readonly location: string;
  /** ARM id of the vault. */
  readonly vaultId: pulumi.Input<string>;
  /** Name of the identity to create. */
  readonly identityName: string;
  /** Issuer of the cluster's ServiceAccount tokens: they are then accepted as this identity. */
  readonly oidcIssuer: string;
  /** ServiceAccount that External Secrets reads the vault with. */
  readonly serviceAccount: { readonly name: string; readonly namespace: string };
  readonly mark: AzureMark;
}

/** An identity that External Secrets takes on by its ServiceAccount's token, and that may read the vault's secrets. */
export class KeyVaultReader extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  readonly principalId: pulumi.Output<string>;

  constructor(name: string, args: KeyVaultReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("handoff:azure:KeyVaultReader", name, {}, opts);
    const identity = new UserAssignedIdentity(
      `${name}-identity`,
      {
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        resourceName: args.identityName,
        tags: args.mark.tags,
      },
      { parent: this, ...args.mark.guard(`${name}-identity`, { kind: "identity", name: args.identityName }) },
    );
    const { name: account, namespace } = args.serviceAccount;
    const credential = `${namespace}-${account}`;
    const subject = `system:serviceaccount:${namespace}:${account}`;
    new FederatedIdentityCredential(
      `${name}-federation`,
      {
        resourceGroupName: args.resourceGroupName,
        resourceName: identity.name,
        federatedIdentityCredentialResourceName: credential,
        issuer: args.oidcIssuer,
        subject,
        audiences: ["api://AzureADTokenExchange"],
      },
      {
        parent: this,
        ...args.mark.guard(`${name}-federation`, {
          ...{ kind: "federation", identity: args.identityName, name: credential },
          ...{ issuer: args.oidcIssuer, subject },
        }),
      },
    );
    grantSecretsUser(name, { ...args, principalId: identity.principalId }, this);
    this.clientId = identity.clientId;
    this.principalId = identity.principalId;
    this.registerOutputs({ clientId: this.clientId, principalId: this.principalId });
  }
}

export interface GrantArgs {
  readonly subscriptionId: string;
  readonly vaultId: pulumi.Input<string>;
  /** Object id of a managed identity or service principal. */
  readonly principalId: pulumi.Input<string>;
  readonly mark: AzureMark;
}

/** Lets a principal read the secrets of one vault. */
export function grantSecretsUser(name: string, args: GrantArgs, parent: pulumi.Resource): RoleAssignment {
  // The name must be a UUID. Derived from what is granted, so that it is the same at every run.
  const assignment = pulumi
    .all([args.vaultId, args.principalId])
    .apply(([vault, principal]) => assignmentName(vault, principal));
  return new RoleAssignment(
    `${name}-secrets-user`,
    {
      scope: args.vaultId,
      principalId: args.principalId,
      // The default, User, makes Azure look for a user and fail while a new identity spreads through Entra ID.
      principalType: "ServicePrincipal",
      roleDefinitionId: `/subscriptions/${args.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${KEY_VAULT_SECRETS_USER}`,
      roleAssignmentName: assignment,
      description: pulumi.interpolate`${args.mark.tags["managed-by"]} ${args.mark.mark}`,
    },
    {
      parent,
      // The role of a principal can be assigned once only.
      deleteBeforeReplace: true,
      ...args.mark.guard(`${name}-secrets-user`, { kind: "grant", name: assignment }),
    },
  );
}

/** Name of the assignment by which a stack lets a principal read a vault. */
export function assignmentName(vaultId: string, principalId: string): string {
  return uuidV5(`${vaultId.toLowerCase()}|${principalId}|${KEY_VAULT_SECRETS_USER}`);
}
