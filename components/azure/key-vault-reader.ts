import * as pulumi from "@pulumi/pulumi";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { uuidV5 } from "./uuid";

/** Built-in role "Key Vault Secrets User": reads the values of secrets, nothing else. */
const KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6";

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
      },
      { parent: this },
    );
    const { name: account, namespace } = args.serviceAccount;
    new FederatedIdentityCredential(
      `${name}-federation`,
      {
        resourceGroupName: args.resourceGroupName,
        resourceName: identity.name,
        federatedIdentityCredentialResourceName: `${namespace}-${account}`,
        issuer: args.oidcIssuer,
        subject: `system:serviceaccount:${namespace}:${account}`,
        audiences: ["api://AzureADTokenExchange"],
      },
      { parent: this },
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
}

/** Lets a principal read the secrets of one vault. */
export function grantSecretsUser(name: string, args: GrantArgs, parent: pulumi.Resource): RoleAssignment {
  return new RoleAssignment(
    `${name}-secrets-user`,
    {
      scope: args.vaultId,
      principalId: args.principalId,
      // The default, User, makes Azure look for a user and fail while a new identity spreads through Entra ID.
      principalType: "ServicePrincipal",
      roleDefinitionId: `/subscriptions/${args.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${KEY_VAULT_SECRETS_USER}`,
      // The name must be a UUID. Derived from what is granted, so that it is the same at every run.
      roleAssignmentName: pulumi
        .all([args.vaultId, args.principalId])
        .apply(([vault, principal]) =>
          uuidV5(`${vault.toLowerCase()}|${principal}|${KEY_VAULT_SECRETS_USER}`),
        ),
    },
    // The role of a principal can be assigned once only.
    { parent, deleteBeforeReplace: true },
  );
}
