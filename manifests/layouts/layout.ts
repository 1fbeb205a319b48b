import type { App, AppKustomization, FolderContent, FromOutput } from "../app";
import { InputError, join } from "../files";
import { FLUX_SYSTEM, kustomizeConfig, type KustomizationOptions } from "../flux/objects";
import type { Edit } from "../git/edits";
import type { KeptField } from "../git/kept-fields";
import {
  externalSecretFor,
  placeholderFor,
  valuesOf,
  type AppSecret,
  type SecretsMode,
} from "../secrets/app-secret";
import { toYaml, type Manifest, type YamlSource } from "../yaml";
import { clashes } from "./clashes";
import { nameOf } from "./objects";

/** The text of a file: known, or known when `up` has an output, or a Secret to be encrypted. */
export type FileText = string | FromOutput | AppSecret;

export type FileTexts = Readonly<Record<string, FileText>>;

/** Where an app lies: its files and entries in Flux's repository, and its files in others. */
export interface PlacedApp {
  /** The app's name; none of what a layout writes for all apps. */
  readonly name?: string;
  readonly files: FileTexts;
  /** Entries in files of Flux's repository that others edit too: path → entries. */
  readonly edits: Readonly<Record<string, readonly Edit[]>>;
  readonly keep: Readonly<Record<string, readonly KeptField[]>>;
  /** The Kustomizations that run, for the check of their order and to be followed. */
  readonly kustomizations: readonly KustomizationOptions[];
  /** Files of other repositories: name of the GitRepository that reads it → files. */
  readonly elsewhere: Readonly<Record<string, Placed>>;
  readonly generators?: readonly string[];
  /** Namespaces that it makes in a bundle of several owners. */
  readonly namespaces?: readonly string[];
  /** True: the files stay in git, and nothing applies them. */
  readonly parked?: boolean;
}

export interface Placed {
  readonly files: FileTexts;
  readonly keep: Readonly<Record<string, readonly KeptField[]>>;
}

/** How Secrets reach the cluster: the system's way first, then those that single Secrets ask for. */
export type Delivery = readonly SecretsMode[];

/**
 * Says where the flux repository keeps things: the same apps land as folders, waves, bundles or a fan-out.
 * @throws InputError for apps whose options have faults, and for what a layout itself can't place
 */
export type Layout = (apps: readonly App[], delivery: Delivery) => readonly PlacedApp[];

/** A layout that refuses apps whose options have faults, all of them at once. */
export function layout(place: Layout): Layout {
  return (apps, delivery) => {
    const faults = apps.flatMap((app) => app.faults ?? []);
    if (faults.length > 0) throw new InputError(faults.join("\n"));
    return place(apps, delivery);
  };
}

/**
 * The manifests of a Kustomization, with the kustomization.yaml that lists them.
 * @throws InputError when a Secret asks for a way that the system hasn't got.
 */
export function kustomizeFolder(content: FolderContent, delivery: Delivery): FileTexts {
  const names = Object.entries(content).map(([name, source]) => fileOf(name, source, delivery)[0]);
  return { "kustomization.yaml": toYaml(kustomizeConfig(names)), ...plainFolder(content, delivery) };
}

/**
 * The manifests of a Kustomization alone: without a kustomization.yaml Flux applies every file of the folder.
 * @throws InputError when a Secret asks for a way that the system hasn't got.
 */
export function plainFolder(content: FolderContent, delivery: Delivery): FileTexts {
  const files = Object.entries(content).map(([name, source]) => fileOf(name, source, delivery));
  return Object.fromEntries(files.filter((entry): entry is [string, FileText] => entry[1] !== undefined));
}

function fileOf(
  name: string,
  source: FolderContent[string],
  delivery: Delivery,
): readonly [string, FileText | undefined] {
  if (source === undefined) return [name, undefined];
  if ("secret" in source) return secretFile(name, source as AppSecret, delivery);
  if ("output" in source) return [name, source as FromOutput];
  return [name, toYaml(source)];
}

function secretFile(name: string, secret: AppSecret, delivery: Delivery): readonly [string, FileText] {
  const mode = modeOf(secret, delivery);
  switch (mode.from) {
    case "store":
      return [name.replace("secret", "externalsecret"), toYaml(externalSecretFor(secret, mode))];
    case "sops":
      return [name.replace(/\.yaml$/, ".enc.yaml"), secret];
    case "patched":
      return [name, toYaml(placeholderFor(secret))];
  }
}

/** @throws InputError when the system hasn't got the way that the Secret asks for. */
function modeOf({ secret: { name, namespace, via } }: AppSecret, delivery: Delivery): SecretsMode {
  const mode = via === undefined ? delivery[0] : delivery.find(({ from }) => from === via);
  if (mode !== undefined) return mode;
  const ways = delivery.map(({ from }) => from).join(", ") || "none";
  throw new InputError(
    `Secret ${namespace}/${name} goes by ${via ?? "no way"}, which the system hasn't got: it has ${ways}.`,
  );
}

/** All Secrets among manifests. */
function secretsIn(content: FolderContent = {}): AppSecret[] {
  return Object.values(content).flatMap((source) =>
    source !== undefined && "secret" in source ? [source as AppSecret] : [],
  );
}

/** All Secrets of apps. */
export function secretsOf(apps: readonly App[]): AppSecret[] {
  return apps.flatMap((app) => app.kustomizations.flatMap(({ manifests }) => secretsIn(manifests)));
}

/** The Secrets of apps that go by one of the ways. */
export function secretsBy(from: SecretsMode["from"], apps: readonly App[], delivery: Delivery): AppSecret[] {
  return secretsOf(apps).filter((secret) => modeOf(secret, delivery).from === from);
}

/** Names of the values that the Secrets of apps take by one of the ways. */
export function valuesBy(from: SecretsMode["from"], apps: readonly App[], delivery: Delivery): string[] {
  return [...new Set(secretsBy(from, apps, delivery).flatMap(valuesOf))];
}

/** The Kustomization's own options, with what its Secrets ask for: the store's Kustomization first, or the key. */
function optionsOf(app: AppKustomization, path: string, delivery: Delivery): KustomizationOptions {
  const { manifests, files, folder, perCluster, keep, file, ...options } = app;
  const ways = secretsIn(manifests).map((secret) => modeOf(secret, delivery));
  const store = ways.find((mode) => mode.from === "store");
  const sops = ways.find((mode) => mode.from === "sops");
  const name = store?.storeKustomization ?? "external-secrets-store";
  const waits = options.dependsOn?.some((other) => other.name === name) ?? false;
  return {
    ...options,
    ...(store !== undefined && !waits && { dependsOn: [...(options.dependsOn ?? []), { name }] }),
    ...(sops !== undefined && { sopsSecretName: sops.keySecretName ?? "sops-age" }),
    path,
  };
}

/** A Kustomization with the files that it applies. */
export interface PlacedKustomization {
  readonly options: KustomizationOptions;
  readonly file: string | undefined;
  readonly placed: Placed;
  /** GitRepository of the files, when it isn't Flux's own. */
  readonly repository: string | undefined;
}

/** Puts the manifests of a Kustomization into their folder: `folder` in Flux's repository, `path` in another one. */
export function placeKustomization(
  app: AppKustomization,
  folder: string,
  delivery: Delivery,
  filesOf = kustomizeFolder,
): PlacedKustomization {
  const path = app.path === undefined ? `./${folder}` : `./${app.path.replace(/^(\.\/+)+/, "")}`;
  const source = app.sourceRef?.name ?? FLUX_SYSTEM;
  const applied = app.manifests === undefined ? {} : filesOf(app.manifests, delivery);
  return {
    options: optionsOf(app, path, delivery),
    file: app.file,
    repository: source === FLUX_SYSTEM ? undefined : source,
    placed: { files: inFolder(path, { ...applied, ...app.files }), keep: inFolder(path, app.keep ?? {}) },
  };
}

/**
 * A folder's files with Flux's objects among them: where several have one file, they are its documents, Kustomizations
 * last.
 * @throws InputError when that file is one of a Secret, or of what only `up` knows
 */
export function withKustomizations(
  content: FolderContent,
  kustomizations: readonly (readonly [file: string, object: Manifest])[],
): FolderContent {
  const files = new Map(Object.entries(content));
  for (const [file, object] of kustomizations) {
    const found = files.get(file) ?? [];
    if ("secret" in found || "output" in found)
      throw new InputError(
        `${file} can't be the file of Kustomization ${nameOf(object)}: it has a text of its own.`,
      );
    const before = Array.isArray(found) ? (found as readonly YamlSource[]) : [found as YamlSource];
    files.set(file, [...before, object]);
  }
  return Object.fromEntries(files);
}

export function inFolder<T>(folder: string, files: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [join(folder, name), content]));
}

/** A part of a repository's content, with who wants it: `the app calcom`. */
export interface PlacedPart extends Placed {
  readonly by: string;
}

/**
 * The content of one repository, of several parts.
 * @throws InputError when two parts can't both be there, see `clashes`.
 */
export function mergePlaced(parts: readonly PlacedPart[]): Placed {
  const faults = clashes(parts);
  if (faults.length > 0) throw new InputError(faults.join("\n"));
  return {
    files: Object.assign({}, ...parts.map(({ files }) => files)) as FileTexts,
    keep: Object.assign({}, ...parts.map(({ keep }) => keep)) as Placed["keep"],
  };
}

/** What several Kustomizations of an app put into repositories. */
export function placedFiles(parts: readonly PlacedKustomization[]): Placed & Pick<PlacedApp, "elsewhere"> {
  const merged = (some: readonly PlacedKustomization[]) =>
    mergePlaced(some.map(({ placed, options }) => ({ ...placed, by: `the Kustomization ${options.name}` })));
  const names = [...new Set(parts.flatMap(({ repository }) => repository ?? []))];
  return {
    ...merged(parts.filter(({ repository }) => repository === undefined)),
    elsewhere: Object.fromEntries(
      names
        .map((name) => [name, merged(parts.filter(({ repository }) => repository === name))] as const)
        .filter(([, { files }]) => Object.keys(files).length > 0),
    ),
  };
}

/** Entries for the `resources:` of a kustomization.yaml that others edit too. */
export function resourceEntries(file: string, entries: readonly string[]): Record<string, readonly Edit[]> {
  const initial = toYaml(kustomizeConfig([]));
  return { [file]: entries.map((entry) => ({ list: ["resources"], entry, initial })) };
}
