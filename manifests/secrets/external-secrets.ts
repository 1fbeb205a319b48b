import { InputError } from "../files";
import { duration, namespaceName, rfc1123Name, type Duration } from "../flux/names";
import type { Manifest } from "../yaml";
import { literal } from "./secret-text";

/** A secret of the vault: its name, or its name with a property of its JSON value or a fixed version. */
export type VaultKey =
  string | { readonly key: string; readonly property?: string; readonly version?: string };

/** A provider of External Secrets, by its field in a store. */
export type VaultProvider = "azurekv" | "vault";

export interface ExternalSecretOptions {
  /** Name of the ExternalSecret and of the Secret that it makes. */
  readonly name: string;
  readonly namespace: string;
  /** Key in the Secret → secret of the vault. */
  readonly data: Readonly<Record<string, VaultKey>>;
  /** Further keys whose values are no secrets, taken as they are. */
  readonly values?: Readonly<Record<string, string>>;
  /** Further keys as Go templates over `data`: `postgresql://{{ .user }}:{{ .password }}@db`. */
  readonly template?: Readonly<Record<string, string>>;
  /**
   * `Merge` keeps the keys of `data` beside those of the template, `Replace` makes them mere ingredients of it.
   * @default "Merge"
   */
  readonly mergePolicy?: "Merge" | "Replace";
  /** Name of the ClusterSecretStore. @default "azure-keyvault" */
  readonly store?: string;
  /** Kind of the store's provider, which says what a key may be: a secret's name in Key Vault, a path in Vault. @default "azurekv" */
  readonly provider?: VaultProvider;
  /** Type of the Secret. @default "Opaque" */
  readonly type?: string;
  /** How soon a changed secret reaches the cluster. @default "1h" */
  readonly refreshInterval?: Duration;
}

/** Name of the ClusterSecretStore that all apps share. */
export const SECRET_STORE = "azure-keyvault";

/**
 * An ExternalSecret: https://external-secrets.io/latest/api/externalsecret/
 * @throws InputError for a name that the vault or Kubernetes doesn't take.
 */
export function externalSecret(options: ExternalSecretOptions): Manifest {
  const { data, values = {}, template = {}, mergePolicy = "Merge", refreshInterval = "1h" } = options;
  const { provider = "azurekv", type } = options;
  const typed = type !== undefined && type !== "Opaque";
  const name = rfc1123Name(options.name);
  const texts = { ...mapValues(values, literal), ...template };
  const keys = [...Object.keys(data), ...Object.keys(values), ...Object.keys(template)];
  for (const key of keys) checkSecretKey(key, name);
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) throw new InputError(`ExternalSecret ${name} gives the key ${repeated} twice.`);
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, namespace: namespaceName(options.namespace) },
    spec: {
      refreshInterval: duration(refreshInterval, "refreshInterval"),
      secretStoreRef: { kind: "ClusterSecretStore", name: rfc1123Name(options.store ?? SECRET_STORE) },
      target: {
        name,
        template:
          Object.keys(texts).length > 0
            ? { type: typed ? type : undefined, engineVersion: "v2", mergePolicy, data: texts }
            : typed
              ? { type }
              : undefined,
      },
      data: Object.entries(data).map(([secretKey, key]) => ({
        secretKey,
        remoteRef: remoteRef(key, provider === "azurekv" ? vaultKeyName : vaultPath),
      })),
    },
  };
}

/**
 * Key Vault takes letters, digits and dashes only: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates
 * @throws InputError for any other name.
 */
export function vaultKeyName(name: string): string {
  if (/^[a-zA-Z0-9-]{1,127}$/.test(name)) return name;
  const allowed = name.replaceAll(/[^a-zA-Z0-9-]+/g, "-").slice(0, 127);
  const hint = name === "" ? "" : ` ${allowed} would do.`;
  throw new InputError(
    `Key Vault doesn't take ${JSON.stringify(name)} as a secret's name: 1–127 letters, digits and dashes.${hint}`,
  );
}

/**
 * HashiCorp's Vault takes a path below the store's mount: https://external-secrets.io/latest/provider/hashicorp-vault/
 * @throws InputError for a path that isn't one, or that has spaces or a glob.
 */
function vaultPath(path: string): string {
  if (/^[^\s/*?]+(\/[^\s/*?]+)*$/.test(path)) return path;
  throw new InputError(
    `Vault doesn't take ${JSON.stringify(path)} as a secret's path: parts such as sso/forgejo, without spaces, * or ?.`,
  );
}

function remoteRef(key: VaultKey, checked: (key: string) => string): object {
  if (typeof key === "string") return { key: checked(key) };
  return { key: checked(key.key), property: key.property, version: key.version };
}

function checkSecretKey(key: string, name: string): void {
  if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key)) {
    throw new InputError(
      `ExternalSecret ${name}: ${JSON.stringify(key)} can't be a key of a Secret (a–z, A–Z, 0–9, "-", "_", ".").`,
    );
  }
}

function mapValues(
  record: Readonly<Record<string, string>>,
  f: (text: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}
