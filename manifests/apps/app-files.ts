import { join, mergeFiles, under, type Files } from "../files";
import { kustomization, kustomizeConfig, type KustomizationOptions } from "../flux/objects";
import { toYaml, type YamlSource } from "../yaml";
import type { Duration } from "../flux/names";
import type { KeptFields } from "../git/kept-fields";

/** What an app adds to the Flux repository. */
export interface AppFiles {
  /** By path from the repository's root. */
  readonly files: Files;
  /** The Flux Kustomizations among the files, for the check of their order. */
  readonly kustomizations: readonly KustomizationOptions[];
  /** Entry for the `resources:` of the cluster's own kustomization.yaml, which others edit too: `../catalog/calcom`. */
  readonly aggregatorEntry: string;
  /** Fields of the files whose values others set, such as an image tag that Flux's image automation bumps. */
  readonly keep?: KeptFields;
}

/** Where things lie in the Flux repository. */
export interface ClusterFolders {
  /** Folder that Flux was bootstrapped with: `clusters/my-cluster`. */
  readonly clusterPath: string;
  /** Folder of what Kustomizations apply. @default "infrastructure" */
  readonly infrastructurePath?: string;
}

/** How Secrets get into the cluster. */
export type SecretsMode =
  | {
      /** External Secrets reads them from Azure Key Vault. */
      readonly from: "keyvault";
      /** ClusterSecretStore. @default "azure-keyvault" */
      readonly store?: string;
      /** Kustomization that makes the store. @default "external-secrets-store" */
      readonly storeKustomization?: string;
      /** @default "1h" */
      readonly refreshInterval?: Duration;
    }
  | {
      /** They are in git, encrypted by SOPS. */
      readonly from: "sops";
      /** age public keys that can decrypt: the cluster's, and those of people who edit. */
      readonly recipients: readonly string[];
      /** Secret with the cluster's private key in Flux's namespace. @default "sops-age" */
      readonly keySecretName?: string;
    };

/** How Secrets appear in a Kustomization: what must be ready first, or what decrypts them. */
export function secretsOf(mode: SecretsMode): Pick<KustomizationOptions, "dependsOn" | "sopsSecretName"> {
  return mode.from === "keyvault"
    ? { dependsOn: [{ name: mode.storeKustomization ?? "external-secrets-store" }] }
    : { sopsSecretName: mode.keySecretName ?? "sops-age" };
}

/** File name → its objects, or `undefined` for a file that another part writes (a SOPS document). */
export type FolderContent = Readonly<Record<string, YamlSource | readonly YamlSource[] | undefined>>;

/** The files of a kustomize folder, with the kustomization.yaml that lists them. */
export function kustomizeFolder(content: FolderContent): Files {
  const texts = Object.entries(content).flatMap(([name, objects]): [string, string][] =>
    objects === undefined ? [] : [[name, toYaml(objects)]],
  );
  return Object.fromEntries([
    ["kustomization.yaml", toYaml(kustomizeConfig(Object.keys(content)))],
    ...texts,
  ]);
}

export interface ClusterApp {
  readonly name: string;
  readonly folders: ClusterFolders;
  /** Further objects of Flux in the app's folder, such as a source. */
  readonly objects?: FolderContent;
  /** File name → Flux Kustomization. */
  readonly kustomizations: Readonly<Record<string, KustomizationOptions>>;
  /** What the Kustomizations apply, by path from the repository's root. */
  readonly payload?: Files;
}

/** An app's folder below the cluster's, and its payload. */
export function clusterApp({
  name,
  folders,
  objects = {},
  kustomizations,
  payload = {},
}: ClusterApp): AppFiles {
  const manifests = Object.entries(kustomizations).map(
    ([file, options]) => [file, kustomization(options)] as const,
  );
  const folder = kustomizeFolder({ ...objects, ...Object.fromEntries(manifests) });
  return {
    files: mergeFiles(under(join(folders.clusterPath, name), folder), payload),
    kustomizations: Object.values(kustomizations),
    aggregatorEntry: `./${name}`,
  };
}

/** Folder of a payload, and the `path` of the Kustomization that applies it. */
export function infrastructureFolder(
  folders: ClusterFolders,
  name: string,
): { folder: string; path: string } {
  const folder = join(folders.infrastructurePath ?? "infrastructure", name);
  return { folder, path: `./${folder}` };
}

/** A GitRepository's `ignore` that leaves only one folder: changes elsewhere make no new artifact. */
export function onlyFolder(folder: string): string {
  const [top = folder] = folder.split("/");
  return `/*\n!/${top}/\n`;
}

/** How Kustomizations that others depend on run: done when all is ready, soon tried again. */
export const INFRASTRUCTURE = { interval: "10m", retryInterval: "1m", timeout: "5m", wait: true } as const;
