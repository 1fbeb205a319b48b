import { InputError } from "../files";
import { namespaceName, rfc1123Name, type Duration } from "../flux/names";
import type { Manifest } from "../yaml";
import { externalSecret, type VaultKey, type VaultProvider } from "./external-secrets";
import { goName, goTemplate, isTemplate, referencesIn, type SecretText } from "./secret-text";

/**
 * A Secret of an app, declared once. Where it lies among the app's manifests says where it is applied; how its values
 * get there is the delivery's matter.
 */
export interface AppSecret {
  readonly secret: {
    readonly name: string;
    readonly namespace: string;
    /** Key → text, with the values in it by name. */
    readonly data: Readonly<Record<string, SecretText>>;
    /** Another way than the system's. */
    readonly via?: SecretsMode["from"];
    /** @default "Opaque" */
    readonly type?: string;
  };
}

/** `secret("calcom-db", "calcom", { POSTGRES_USER: "calcom", POSTGRES_PASSWORD: value("calcom-postgres-password") })` */
export function secret(
  name: string,
  namespace: string,
  data: AppSecret["secret"]["data"],
  more: Pick<AppSecret["secret"], "via" | "type"> = {},
): AppSecret {
  return {
    secret: { name: rfc1123Name(name, "Secret's name"), namespace: namespaceName(namespace), data, ...more },
  };
}

/** How Secrets get into the cluster. */
export type SecretsMode =
  | {
      /** External Secrets reads them from a vault. */
      readonly from: "store";
      /** ClusterSecretStore. @default "azure-keyvault" */
      readonly store?: string;
      /** Kind of its provider. @default "azurekv" */
      readonly provider?: VaultProvider;
      /** Kustomization that makes the store. @default "external-secrets-store" */
      readonly storeKustomization?: string;
      /** @default "1h" */
      readonly refreshInterval?: Duration;
      /** Where the store has a value: its key, and the property of a JSON value. @default the value's name */
      readonly key?: (value: string) => VaultKey;
    }
  | {
      /** They are in git, encrypted by SOPS. */
      readonly from: "sops";
      /** age public keys that can decrypt: the cluster's, and those of people who edit. */
      readonly recipients: readonly string[];
      /** Secret with the cluster's private key in Flux's namespace. @default "sops-age" */
      readonly keySecretName?: string;
    }
  | {
      /** Placeholders are in git, which Flux leaves alone; the program fills the live Secrets. */
      readonly from: "patched";
    };

/** Names of all values that a Secret takes. */
export function valuesOf({ secret: { data } }: AppSecret): string[] {
  return [...new Set(Object.values(data).flatMap(referencesIn))];
}

/**
 * The ExternalSecret for it. Keys that hold one value each are read as they are; where one is made of several, all go
 * through the template.
 */
export function externalSecretFor(
  { secret: { name, namespace, data, type } }: AppSecret,
  { store, provider, refreshInterval, key = (value) => value }: SecretsMode & { from: "store" },
): Manifest {
  const common = { name, namespace, type, store, provider, refreshInterval };
  const texts = Object.entries(data);
  const plain = texts.every(
    ([, text]) => typeof text === "string" || (!isTemplate(text) && text.encode === undefined),
  );
  if (plain) {
    const values = texts.flatMap(([field, text]) =>
      typeof text === "string" ? [[field, text] as const] : [],
    );
    const references = texts.flatMap(([field, text]) =>
      typeof text === "string" || isTemplate(text) ? [] : [[field, key(text.value)] as const],
    );
    return externalSecret({
      ...common,
      values: Object.fromEntries(values),
      data: Object.fromEntries(references),
    });
  }
  const taken = valuesOf({ secret: { name, namespace, data } });
  const goNames = taken.map(goName);
  const same = taken.find((_, index) => goNames.indexOf(goNames[index] ?? "") !== index);
  if (same !== undefined) {
    const other = taken[goNames.indexOf(goName(same))] ?? "";
    throw new InputError(
      `Secret ${namespace}/${name} takes the values ${other} and ${same}, which are both ${goName(same)} in its template: rename one of them.`,
    );
  }
  return externalSecret({
    ...common,
    data: Object.fromEntries(taken.map((value) => [goName(value), key(value)])),
    template: Object.fromEntries(texts.map(([field, text]) => [field, goTemplate(text)])),
    mergePolicy: "Replace",
  });
}

/** Label or annotation by which an object says whether Flux fills variables into it (`postBuild`), after decrypting it. */
export const SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute";

/** The Secret with its texts. Never to be committed as it is. */
export function secretManifest(
  { secret: { name, namespace, type = "Opaque" } }: AppSecret,
  stringData: Readonly<Record<string, string>>,
): Manifest {
  // A password may look like a variable; somebody else's Kustomization may fill in what it applies.
  const annotations = Object.values(stringData).some((text) => text.includes("${"))
    ? { [SUBSTITUTE]: "disabled" }
    : undefined;
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace, annotations }, type, stringData };
}

/** Annotation that says whether Flux cares for an object: https://fluxcd.io/flux/components/kustomize/kustomizations/ */
export const RECONCILE = "kustomize.toolkit.fluxcd.io/reconcile";

/** Of an object that Flux neither applies nor prunes. */
export const RECONCILE_DISABLED = { [RECONCILE]: "disabled" } as const;

/** The Secret as it stands in git when the program fills the live one. */
export function placeholderFor({ secret: { name, namespace, data, type = "Opaque" } }: AppSecret): Manifest {
  const texts = Object.entries(data).map(
    ([key, text]) => [key, typeof text === "string" ? text : "REPLACE_ME"] as const,
  );
  const literals = texts.filter(([, text]) => text !== "REPLACE_ME").map(([key]) => key);
  if (literals.length > 0) {
    throw new InputError(
      `Secret ${namespace}/${name} would have ${literals.join(", ")} readable in git: a patched Secret takes values only.`,
    );
  }
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, annotations: { ...RECONCILE_DISABLED } },
    type,
    stringData: Object.fromEntries(texts),
  };
}
