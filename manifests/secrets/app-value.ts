import type { PostgresRole } from "./alter-role";
import type { CredentialKind } from "./credential-kind";
import type { VaultKey } from "./external-secrets";
import type { Template } from "./secret-text";

/** A value that an app declares beside the Secret that takes it. Outputs of resources are the system's to give. */
export type AppValue =
  /** Generated, and kept in state: `password()`, `randomBytes(32)` and others of components/secrets/values.ts. */
  | GeneratedValue
  /** Made of other values. */
  | { readonly template: Template }
  /** Others keep it in the vault. */
  | { readonly stored: VaultKey };

export interface GeneratedValue {
  readonly kind: CredentialKind;
  /** Raise it to make a new value. @default 1 */
  readonly rotation?: number;
  /** Days or hours after which an `up` makes a new value, as `90d`; a preview says so. @default never */
  readonly maxAge?: string;
  /** What another value ends, told before it does: `all sessions`. */
  readonly ends?: string;
  /** A database's role that has to be given another value, by a Job in the cluster. */
  readonly postgres?: PostgresRole;
}

/** By the one name that each has in the vault, in state and in Secrets. */
export type AppValues = Readonly<Record<string, AppValue>>;
