import { createHash } from "node:crypto";
import { InputError, join } from "../files";
import { artifactGenerator, artifactPath } from "../flux/artifacts";
import { FLUX_SYSTEM, gitRepository, type KustomizationOptions, type SourceReference } from "../flux/objects";
import { SHARD_LABEL } from "../flux/shards";
import { clusterApp, type AppFiles, type ClusterFolders, type FolderContent } from "./app-files";

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
  readonly folders: ClusterFolders;
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
  /** Most artifacts of one generator; all of them are looked at when the repository changes. @default 250 */
  readonly artifactsPerGenerator?: number;
}

/** What {@link appGroup} gives for `FluxHandoff`. */
export interface AppGroup extends AppFiles {
  /** GitRepositories that read the repository, one a shard: the `sources` of its `AppRepository`. */
  readonly sources: readonly string[];
  /** ArtifactGenerators, for `HandoffApp.generators`. */
  readonly generators: readonly string[];
}

/**
 * Many apps of one repository: a GitRepository, an ArtifactGenerator that cuts it, and a Kustomization an app.
 *
 * ```ts
 * const shop = appGroup({ name: "shop", folders, repository, apps: [{ name: "cart", folder: "apps/cart" }] });
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
    ...clusterApp({
      name,
      folders: options.folders,
      objects,
      kustomizations: Object.fromEntries(kustomizations.map((entry) => [`app-${entry.name}.yaml`, entry])),
    }),
    sources: options.repository === undefined ? [] : parts.map((entry) => entry.name),
    generators: generators.map((entry) => entry.name),
  };
}

/** Of a group: one GitRepository with what reads it. */
function part(options: AppGroupOptions, shard: string | undefined, apps: readonly GroupedApp[]) {
  const { repository, cut = "artifacts", artifactsPerGenerator = 250 } = options;
  const name = shard === undefined ? options.name : `${options.name}-${shard}`;
  const labels = shard === undefined ? undefined : { [SHARD_LABEL]: shard };
  const source =
    repository && gitRepository({ name, labels, ...repository, ref: { branch: repository.branch } });
  const reference: SourceReference = {
    kind: "GitRepository",
    name: source === undefined ? FLUX_SYSTEM : name,
    namespace: FLUX_SYSTEM,
  };
  const applying = (app: GroupedApp, sourceRef: SourceReference, path: string): KustomizationOptions => ({
    ...app,
    ...(labels && { labels: { ...app.labels, ...labels } }),
    sourceRef,
    path,
  });
  if (cut === "source") {
    const kustomizations = apps.map((app) => applying(app, reference, `./${join(app.folder)}`));
    return { name, source, generators: [], kustomizations };
  }
  const count = Math.ceil(apps.length / artifactsPerGenerator);
  const parts = spread(apps, count).map((some, index) => {
    const generator = count === 1 ? name : `${name}-${String(index + 1)}`;
    // With the generator's name in it: an app that moves to another generator gets a new artifact before the old goes.
    const cuts = some.map((app) => ({
      app,
      artifact: { name: `${generator}-${app.name}`, folders: [app.folder, ...(app.shared ?? [])] },
    }));
    const artifacts = cuts.map(({ artifact }) => artifact);
    return {
      name: generator,
      object: artifactGenerator({ name: generator, labels, source: reference, artifacts }),
      kustomizations: cuts.map(({ app, artifact }) => {
        const sourceRef = { kind: "ExternalArtifact", name: artifact.name, namespace: FLUX_SYSTEM } as const;
        return applying(app, sourceRef, artifactPath(artifact));
      }),
    };
  });
  return { name, source, generators: parts, kustomizations: parts.flatMap((entry) => entry.kustomizations) };
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
