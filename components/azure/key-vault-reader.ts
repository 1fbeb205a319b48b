import * as pulumi from "@pulumi/pulumi";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { createHash } from "node:crypto";
import { assignmentName, KEY_VAULT_SECRETS_USER } from "../../manifests/azure/grant";
import type { LookProvider } from "../before-create";
import { AccessPolicy, READER_PERMISSIONS } from "./access-policy";
import type { AdoptedIdentity, AzureMark, AzureMarkArgs, WantedIdentity } from "./mark";

export interface KeyVaultReaderArgs extends Omit<GrantArgs, "principalId"> {
  readonly resourceGroupName: string;
  readonly location: string;
  /** Name of the identity, which is created unless it is adopted. */
  readonly identityName: string;
  /** Issuer of the cluster's ServiceAccount tokens: they are then accepted as this identity. */
  readonly oidcIssuer: string;
  /** ServiceAccount that External Secrets reads the vault with. */
  readonly serviceAccount: { readonly name: string; readonly namespace: string };
  /** Somebody else's identity, which is neither changed nor deleted. */
  readonly adopted?: AdoptedIdentity;
}

/** An identity that External Secrets takes on by its ServiceAccount's token, and that may read the vault's secrets. */
export class KeyVaultReader extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  readonly principalId: pulumi.Output<string>;

  constructor(name: string, args: KeyVaultReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("handoff:azure:KeyVaultReader", name, {}, opts);
    const { adopted } = args;
    const identity = adopted === undefined ? this.identity(name, args) : undefined;
    if (adopted?.federated !== true) this.federation(name, args, identity?.name ?? args.identityName);
    this.clientId = identity?.clientId ?? pulumi.output(adopted?.clientId ?? "");
    this.principalId = identity?.principalId ?? pulumi.output(adopted?.principalId ?? "");
    letRead(name, { ...args, principalId: this.principalId, own: adopted === undefined }, this);
    this.registerOutputs({ clientId: this.clientId, principalId: this.principalId });
  }

  private identity(name: string, args: KeyVaultReaderArgs): UserAssignedIdentity {
    return new UserAssignedIdentity(
      `${name}-identity`,
      {
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        resourceName: args.identityName,
        tags: args.mark.tags,
      },
      {
        parent: this,
        // Azure keeps one by its name: the former would take the new one along.
        deleteBeforeReplace: true,
        ...args.mark.guard(`${name}-identity`, { kind: "identity", name: args.identityName }),
      },
    );
  }

  private federation(name: string, args: KeyVaultReaderArgs, identity: pulumi.Input<string>): void {
    const wanted = wantedIdentity(args);
    const credential = args.adopted === undefined ? ownCredential(args) : wanted.credential;
    const { issuer, subject } = wanted;
    new FederatedIdentityCredential(
      `${name}-federation`,
      {
        resourceGroupName: args.resourceGroupName,
        resourceName: identity,
        federatedIdentityCredentialResourceName: credential,
        issuer,
        subject,
        audiences: ["api://AzureADTokenExchange"],
      },
      {
        parent: this,
        deleteBeforeReplace: true,
        ...args.mark.guard(`${name}-federation`, {
          ...{ kind: "federation", identity: args.identityName, name: credential },
          ...{ issuer, subject },
        }),
      },
    );
  }
}

type Federated = Pick<KeyVaultReaderArgs, "identityName" | "oidcIssuer" | "serviceAccount">;

const ownCredential = ({ serviceAccount: { namespace, name } }: Federated): string => `${namespace}-${name}`;

/** What an adopted identity is to have. Other clusters may have adopted it, too: the credential's name is one for each. */
export function wantedIdentity(reader: Federated): WantedIdentity {
  const { namespace, name } = reader.serviceAccount;
  const cluster = createHash("sha256").update(reader.oidcIssuer).digest("hex").slice(0, 8);
  return {
    ...{ name: reader.identityName, issuer: reader.oidcIssuer },
    subject: `system:serviceaccount:${namespace}:${name}`,
    credential: `${ownCredential(reader)}-${cluster}`,
  };
}

export interface GrantArgs {
  readonly subscriptionId: string;
  /** ARM id of the vault. */
  readonly vaultId: pulumi.Input<string>;
  /** Object id of a managed identity or service principal. */
  readonly principalId: pulumi.Input<string>;
  readonly mark: AzureMark;
  /** The principal may read the vault by somebody else's role assignment. */
  readonly granted?: boolean;
  /** The vault goes by access policies: roles give nothing there. */
  readonly policies?: {
    readonly place: AzureMarkArgs;
    readonly looks: LookProvider;
    /** The stack's own, with which the policy goes. */
    readonly vault?: pulumi.Resource;
  };
  /** The principal is an identity of the stack's own. @default false */
  readonly own?: boolean;
}

/** Lets a principal read the secrets of one vault, by the way that the vault goes by. */
export function letRead(name: string, args: GrantArgs, parent: pulumi.Resource): void {
  const { policies, principalId, own = false } = args;
  if (policies === undefined) {
    if (args.granted !== true) grantSecretsUser(name, args, parent);
    return;
  }
  const { place, looks, vault } = policies;
  new AccessPolicy(`${name}-reads`, { ...place, principalId, secrets: READER_PERMISSIONS, own }, looks, {
    parent,
    ...(vault !== undefined && { dependsOn: [vault], deletedWith: vault }),
  });
}

/** By a role at the vault. */
function grantSecretsUser(name: string, args: GrantArgs, parent: pulumi.Resource): RoleAssignment {
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
