/** What the Azure stand-in keeps. */

export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** An entry of a vault's access policies. */
export interface AccessPolicy {
  readonly tenantId: string;
  readonly objectId: string;
  readonly applicationId?: string;
  readonly permissions: {
    readonly secrets?: readonly string[];
    readonly keys?: readonly string[];
    readonly [kind: string]: unknown;
  };
}

export interface SecretVersion {
  readonly version: string;
  readonly value: string;
  contentType?: string;
  tags?: Readonly<Record<string, string>>;
  attributes: SecretAttributes;
}

/** Times in seconds since the epoch, as Key Vault writes them. */
export interface SecretAttributes {
  readonly enabled: boolean;
  readonly nbf?: number;
  readonly exp?: number;
  readonly created: number;
  readonly updated: number;
}

export interface VaultSecret {
  readonly name: string;
  /** Oldest first. */
  readonly versions: SecretVersion[];
  deleted?: { readonly deletedDate: number; readonly scheduledPurgeDate: number };
  /** Milliseconds since the epoch, until which the vault is at work on a deletion or a recovery. */
  busyUntil?: number;
}

export interface KeyVersion {
  readonly version: string;
  /** PKCS #8 in PEM. */
  readonly value: string;
  enabled: boolean;
}

export interface AzureState {
  /** By lower-case id: Azure's ids keep their case but are found in any. */
  resources: Record<string, Resource>;
  /** Soft-deleted vaults, by lower-case name. */
  deletedVaults: Record<string, Resource & { readonly deletionDate: string }>;
  /** By lower-case vault name, then secret name in lower case. Values are in plaintext: this file is the vault. */
  vaults: Record<string, Record<string, VaultSecret>>;
  /** By lower-case vault name, then key name in lower case; oldest first. */
  keys?: Record<string, Record<string, KeyVersion[]>>;
  /** Milliseconds that it takes until a role is known to a vault, and that a vault is at work on a secret; set by `/__delays`. */
  delays?: { readonly roles?: number; readonly secrets?: number };
  /** Applications by their client ids: object id and secret; set by `/__principals`. */
  applications?: Readonly<Record<string, { readonly oid: string; readonly secret: string }>>;
  /** Client ids of the identities that the cluster's nodes have; set by `/__principals`. */
  nodeIdentities?: readonly string[];
}

export function emptyState(): AzureState {
  return { resources: {}, deletedVaults: {}, vaults: {} };
}
