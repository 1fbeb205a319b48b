import { InputError, join } from "../files";
import type { Manifest } from "../yaml";
import { FLUX_SYSTEM, type Metadata, type SourceReference } from "./objects";
import { rfc1123Name } from "./names";

/** What the CRD allows in `spec.artifacts` (source.extensions.fluxcd.io/v1beta1). */
const ARTIFACT_LIMIT = 1000;

export interface CutArtifact {
  /** Name of the ExternalArtifact, which a Kustomization's `sourceRef` names. */
  readonly name: string;
  /** Folders of the source that it holds. One alone is the artifact's root; several keep their places. */
  readonly folders: readonly string[];
  /** One folder alone keeps its place too. */
  readonly inPlace?: boolean;
}

export interface ArtifactGeneratorOptions extends Metadata {
  /** The source that is cut. */
  readonly source: SourceReference;
  /** At most 1,000. */
  readonly artifacts: readonly CutArtifact[];
}

const ALIAS = "repository";

/**
 * Cuts a source into artifacts, each with a revision of its own content: a commit reconciles only those Kustomizations
 * whose folders it touches. source-watcher does the work: https://fluxcd.io/flux/components/source/artifactgenerators/
 */
export function artifactGenerator(options: ArtifactGeneratorOptions): Manifest {
  const { name, namespace = FLUX_SYSTEM, labels, annotations, source, artifacts } = options;
  if (artifacts.length === 0 || artifacts.length > ARTIFACT_LIMIT) {
    throw new InputError(
      `The ArtifactGenerator ${name} has ${String(artifacts.length)} artifacts; 1 to ${String(ARTIFACT_LIMIT)} are possible.`,
    );
  }
  return {
    apiVersion: "source.extensions.fluxcd.io/v1beta1",
    kind: "ArtifactGenerator",
    metadata: { name: rfc1123Name(name), namespace, labels, annotations },
    spec: {
      sources: [{ alias: ALIAS, ...source }],
      artifacts: artifacts.map((artifact) => ({
        name: rfc1123Name(artifact.name, "artifact's name"),
        // For readers of events: the commit, beside the digest of the content that is the revision.
        originRevision: `@${ALIAS}`,
        copy: copies(artifact),
      })),
    },
  };
}

/** Where an artifact has the first of its folders: the `path` of the Kustomization that applies it. */
export function artifactPath({ folders }: Pick<CutArtifact, "folders">): string {
  const [first = "."] = folders;
  return folders.length === 1 ? "./" : `./${join(first)}`;
}

function copies({ name, folders, inPlace }: CutArtifact): readonly { from: string; to: string }[] {
  if (folders.length === 0) throw new InputError(`The artifact ${name} has no folder.`);
  const paths = folders.map((folder) => join(folder));
  if (paths.length === 1 && inPlace !== true)
    return [{ from: `@${ALIAS}/${paths[0] ?? ""}/**`, to: "@artifact/" }];
  return paths.map((path) => ({ from: `@${ALIAS}/${path}/**`, to: `@artifact/${path}/` }));
}
