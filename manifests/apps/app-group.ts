import { createHash } from "node:crypto";
import { InputError, join } from "../files";
import { artifactGenerator, type ArtifactGeneratorOptions, artifactPath } from "../flux/artifacts";
import { FLUX_SYSTEM, gitRepository, type KustomizationOptions, type SourceReference } from "../flux/objects";
import { SHARD_LABEL } from "../flux/shards";
import type { Manifest } from "../yaml";
import type { App, AppKustomization, FolderContent } from "../app";

/** One of the apps of a group. */
export interface GroupedApp extends Omit<KustomizationOptions, "path" | "sourceRef" | "namespace"> {
  /** Folder of its manifests in the repository. */
  readonly folder: string;
  /** Further folders that its manifests refer to, such as a base that apps share: a change there reconciles it too. */
  readonly shared?: readonly string[];
}

export interface AppGroupOptions {
  /** Name of the group: of its folder in the cluster's, of its GitRepository and of its ArtifactGenerators. */
  readonly name: string;
  /** The repository of the apps' manifests, as Flux reads it. @default the flux repository */
  readonly repository?: {
    readonly url: string;
    readonly branch: string;
    /** Secret in flux-system to sign in with. */
    readonly secretName?: string;
    readonly provider?: "github";
    /** In the form of .gitignore; what it excludes reaches no artifact. */
    readonly ignore?: string;
    /** @default "5m" */
    readonly interval?: string;
  };
  readonly apps: readonly GroupedApp[];
  /**
   * `artifacts`: an ArtifactGenerator gives each app an artifact of its own, so that a commit reconciles only the apps
   * that it touches. `source`: all apps unpack the whole repository at every commit. @default "artifacts"
   */
  readonly cut?: "artifacts" | "source";
  /** Shards of the bootstrap that the apps are spread over. @default none: the main controllers */
  readonly shards?: readonly string[];
  /**
   * Parts that the repository is cut into before each part is cut into its apps' artifacts: source-watcher writes every
   * artifact of a generator anew when its source changes, and so it is all parts and the apps of one.
   * @default 1 (no parts) up to 64 apps, else 32
   */
  readonly parts?: number;
}

/** Apps that one generator still cuts in less requests than two. */
const UNPARTED = 64;
const PARTS = 32;

/** What {@link appGroup} gives for `FluxHandoff`. */
export interface AppGroup extends App {
  /** GitRepositories that read the repository, one a shard: the `sources` of its `AppRepository`. */
  readonly sources: readonly string[];
  /** ArtifactGenerators; one that cuts another's artifact comes after it. */
  readonly generators: readonly string[];
}

/**
 * Many apps of one repository: a GitRepository, an ArtifactGenerator that cuts it, and a Kustomization an app.
 *
 * ```ts
 * const shop = appGroup({ name: "shop", repository, apps: [{ name: "cart", folder: "apps/cart" }] });
 * new FluxHandoff("handoff", { apps: [shop], appRepositories: [{ source: "shop", sources: shop.sources, … }], … });
 * ```
 */
export function appGroup(options: AppGroupOptions): AppGroup {
  const { name, apps, shards = [], cut = "artifacts" } = options;
  if (apps.length === 0) throw new InputError(`The group ${name} has no apps.`);
  if (shards.length > 0 && options.repository === undefined) {
    throw new InputError(
      `The group ${name} has shards, so it needs its repository: each shard reads it itself.`,
    );
  }
  const parts = shards.length === 0 ? [part(options, undefined, apps)] : sharded(options, shards);
  const kustomizations = parts.flatMap((entry) => entry.kustomizations);
  const generators = cut === "artifacts" ? parts.flatMap((entry) => entry.generators) : [];
  const objects: FolderContent = {
    ...(options.repository && { "sources.yaml": parts.flatMap(({ source }) => source ?? []) }),
    ...(generators.length > 0 && { "generators.yaml": generators.map(({ object }) => object) }),
  };
  return {
    name,
    objects,
    kustomizations: kustomizations.map((entry): AppKustomization => ({
      ...entry,
      file: `app-${entry.name}.yaml`,
    })),
    sources: options.repository === undefined ? [] : parts.map((entry) => entry.name),
    generators: generators.map((entry) => entry.name),
  };
}

/** Of a group: one GitRepository with what reads it. */
function part(options: AppGroupOptions, shard: string | undefined, apps: readonly GroupedApp[]) {
  const { repository, cut = "artifacts", parts = apps.length > UNPARTED ? PARTS : 1 } = options;
  if (!Number.isInteger(parts) || parts < 1) {
    throw new InputError(`The group ${options.name} can't be cut into ${String(parts)} parts.`);
  }
  const name = shard === undefined ? options.name : `${options.name}-${shard}`;
  const labels = shard === undefined ? undefined : { [SHARD_LABEL]: shard };
  const gitSource = repository && appsRepository(name, labels, repository);
  const source: SourceReference = {
    kind: "GitRepository",
    name: gitSource === undefined ? FLUX_SYSTEM : name,
    namespace: FLUX_SYSTEM,
  };
  const cutting = { name, labels, source };
  const { generators, cuts } =
    cut === "source"
      ? { generators: [], cuts: apps.map((app) => ({ app, source, path: `./${join(app.folder)}` })) }
      : parts === 1
        ? cutApps(cutting, apps)
        : cutParts(cutting, apps, parts);
  return {
    name,
    source: gitSource,
    generators,
    kustomizations: cuts.map(({ app, source: sourceRef, path }): KustomizationOptions => ({
      ...ofKustomization(app),
      ...(labels && { labels: { ...app.labels, ...labels } }),
      sourceRef,
      path,
    })),
  };
}

function appsRepository(
  name: string,
  labels: Readonly<Record<string, string>> | undefined,
  { branch, ...repository }: NonNullable<AppGroupOptions["repository"]>,
): Manifest {
  return gitRepository({ name, labels, ...repository, ref: { branch } });
}

/** An app without what isn't of its Kustomization. */
function ofKustomization(app: GroupedApp): Omit<GroupedApp, "folder" | "shared"> {
  const { folder, shared, ...rest } = app;
  return rest;
}

/** ArtifactGenerators, and where each app's manifests are then. */
interface Cut {
  readonly generators: readonly { readonly name: string; readonly object: Manifest }[];
  readonly cuts: readonly {
    readonly app: GroupedApp;
    readonly source: SourceReference;
    readonly path: string;
  }[];
}

type Cutting = Pick<ArtifactGeneratorOptions, "name" | "labels" | "source">;

/** An artifact an app. */
function cutApps(cutting: Cutting, apps: readonly GroupedApp[]): Cut {
  const cuts = apps.map((app) => {
    // With the generator's name in it: an app that moves to another generator gets a new artifact before the old goes.
    const artifact = { name: `${cutting.name}-${app.name}`, folders: foldersOf(app) };
    return { app, artifact, source: externalArtifact(artifact.name), path: artifactPath(artifact) };
  });
  const artifacts = cuts.map(({ artifact }) => artifact);
  return { generators: [{ name: cutting.name, object: artifactGenerator({ ...cutting, artifacts }) }], cuts };
}

/** In two steps: parts of many apps, and of each part an artifact an app. */
function cutParts(cutting: Cutting, apps: readonly GroupedApp[], count: number): Cut {
  const parts = spread(apps, count)
    .map((some, index) => ({ name: `${cutting.name}-${String(index + 1)}`, apps: some }))
    .filter((some) => some.apps.length > 0);
  const artifacts = parts.map(({ name, apps: some }) => ({
    name,
    folders: [...new Set(some.flatMap(foldersOf))].sort(),
    inPlace: true,
  }));
  const inner = parts.map(({ name, apps: some }) =>
    cutApps({ ...cutting, name, source: externalArtifact(name) }, some),
  );
  const outer = { name: cutting.name, object: artifactGenerator({ ...cutting, artifacts }) };
  return {
    generators: [outer, ...inner.flatMap(({ generators }) => generators)],
    cuts: inner.flatMap(({ cuts }) => cuts),
  };
}

function foldersOf({ folder, shared = [] }: GroupedApp): string[] {
  return [folder, ...shared].map((path) => join(path));
}

function externalArtifact(name: string): SourceReference {
  return { kind: "ExternalArtifact", name, namespace: FLUX_SYSTEM };
}

function sharded(options: AppGroupOptions, shards: readonly string[]) {
  const parts = spread(options.apps, shards.length);
  return shards.flatMap((shard, index) => {
    const apps = parts[index] ?? [];
    return apps.length === 0 ? [] : [part(options, shard, apps)];
  });
}

/** Into so many parts of about the same size, by a digest of the name: one app more doesn't move the others. */
function spread(apps: readonly GroupedApp[], count: number): readonly (readonly GroupedApp[])[] {
  const parts = Array.from({ length: count }, (): GroupedApp[] => []);
  for (const app of apps) {
    const number = createHash("sha256").update(app.name).digest().readUInt32BE();
    parts[number % count]?.push(app);
  }
  return parts;
}
