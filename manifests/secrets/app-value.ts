import type { VaultKey } from "./external-secrets";
import type { Template } from "./secret-text";

/** A value that an app declares beside the Secret that takes it. Outputs of resources are the system's to give. */
export type AppValue =
  /** Generated, and kept in state: `password()` and `randomBytes(32)` of components/secrets/values.ts. */
  | GeneratedValue
  /** Made of other values. */
  | { readonly template: Template }
  /** Others keep it in the vault. */
  | { readonly stored: VaultKey };

interface GeneratedValue {
  readonly kind:
    "password" | "urlSafePassword" | "uuid" | { readonly bytes: number } | { readonly hex: number };
  /** Raise it to make a new value. @default 1 */
  readonly rotation?: number;
}

/** By the one name that each has in the vault, in state and in Secrets. */
export type AppValues = Readonly<Record<string, AppValue>>;
