/** What the Vault stand-in remembers. */

export interface KvVersion {
  data: Record<string, unknown> | null;
  readonly created_time: string;
  /** Empty as long as the version isn't deleted. */
  deletion_time: string;
  destroyed: boolean;
}

export interface KvSecret {
  current_version: number;
  readonly created_time: string;
  updated_time: string;
  /** 0 means the mount's, which is 10. */
  max_versions: number;
  cas_required: boolean;
  custom_metadata: Record<string, string> | null;
  versions: Record<string, KvVersion>;
}

export interface Mount {
  readonly type: string;
  readonly description: string;
  readonly options: { readonly version: "2" };
  readonly accessor: string;
  /** By path below the mount. */
  readonly secrets: Record<string, KvSecret>;
}

export interface KubernetesConfig {
  readonly kubernetes_host: string;
  readonly kubernetes_ca_cert: string;
  readonly disable_local_ca_jwt: boolean;
  readonly issuer: string;
}

export interface KubernetesRole {
  readonly bound_service_account_names: readonly string[];
  readonly bound_service_account_namespaces: readonly string[];
  readonly audience: string;
  readonly token_policies: readonly string[];
  /** Seconds; 0 means the default. */
  readonly token_ttl: number;
  readonly token_max_ttl: number;
}

export interface AuthMethod {
  readonly type: "kubernetes";
  readonly description: string;
  readonly accessor: string;
  config?: KubernetesConfig;
  readonly roles: Record<string, KubernetesRole>;
}

export interface Token {
  readonly accessor: string;
  readonly policies: readonly string[];
  readonly display_name: string;
  readonly meta: Readonly<Record<string, string>> | null;
  /** Where it was made, e.g. `auth/kubernetes/login`. */
  readonly path: string;
  /** Seconds since 1970. */
  readonly creation_time: number;
  readonly creation_ttl: number;
  /** Milliseconds since 1970; null means never. */
  expires: number | null;
  readonly renewable: boolean;
  /** Key of the token that made it: with that one it is revoked. */
  readonly parent: string | null;
}

export interface VaultState {
  /** By path with its slash, e.g. `kv/`. */
  readonly mounts: Record<string, Mount>;
  /** By path with its slash, e.g. `kubernetes/`. */
  readonly auths: Record<string, AuthMethod>;
  /** Texts by name. */
  readonly policies: Record<string, string>;
  /** By the token's hash. */
  readonly tokens: Record<string, Token>;
}

/** What every token may: look itself up, renew and revoke itself. */
const defaultPolicy = `
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
path "sys/internal/ui/mounts/*" { capabilities = ["read"] }
`.trimStart();

export const emptyState = (): VaultState => ({
  mounts: {},
  auths: {},
  policies: { default: defaultPolicy },
  tokens: {},
});
