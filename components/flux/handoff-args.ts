import type * as pulumi from "@pulumi/pulumi";
import type { KustomizationOptions } from "../../manifests/flux/objects";
import type { GitAuth } from "../../manifests/git/auth";
import type { CommitMode } from "../../manifests/git/commit-mode";
import type { Edit } from "../../manifests/git/edits";
import type { FormerPlace } from "../../manifests/git/former-place";
import type { KeptFields } from "../../manifests/git/kept-fields";
import type { CommitSigning } from "../../manifests/git/signing";
import type { FluxBootstrap } from "./bootstrap";

/** What one app adds to the flux repository, as a layout places it. */
export interface HandoffApp {
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  readonly kustomizations: readonly KustomizationOptions[];
  /** Entries in files that others edit too, such as the cluster's kustomization.yaml: path → entries. */
  readonly edits?: Readonly<Record<string, readonly Edit[]>>;
  /** Fields of the files whose values others set, such as image tags that Flux's image automation bumps. */
  readonly keep?: KeptFields;
  /** ArtifactGenerators in flux-system among the files: its Kustomizations wait for these. They need source-watcher. */
  readonly generators?: readonly string[];
  /** ImagePolicies in flux-system among the files. They need the two image controllers. */
  readonly imagePolicies?: readonly string[];

  /** Namespaces that it makes in a bundle of several owners, which are deleted by name. */
  readonly namespaces?: readonly string[];
  /** True: its files stay in git, and nothing applies them. @default false */
  readonly parked?: boolean;
}

/** A repository with an app's own manifests, committed before the flux repository refers to it. */
export interface AppRepository {
  /** Name of the GitRepository in flux-system that reads it. */
  readonly source: string;
  /** Names of all that read it, when these are others or several: one a shard. @default `source` alone */
  readonly sources?: readonly string[];
  readonly url: string;
  readonly branch: string;
  /** Branch at which that one begins, see `GitCommitArgs`. @default it must be there */
  readonly from?: string;
  readonly auth: pulumi.Input<GitAuth>;
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Entries of ours in files of others: path → entries. */
  readonly edits?: Readonly<Record<string, readonly Edit[]>>;
  /** Fields of the files whose values others set, such as an image tag that CI bumps. */
  readonly keep?: KeptFields;
  /** Takes over files that are there with other content. @default as the hand-off does */
  readonly adopt?: boolean;
  /** Paths that stay in the repository when they leave the program; a final `/` stands for a whole folder. */
  readonly retain?: readonly string[];
  /** What becomes of our files at its former address or branch, see `GitCommitArgs`. @default "retain" */
  readonly formerPlace?: FormerPlace;
  /** Directly, or by a pull request, for which the flux repository's commit waits. @default `{ push: true }` */
  readonly mode?: pulumi.Input<CommitMode>;
}

export interface FluxHandoffArgs {
  readonly bootstrap: FluxBootstrap;
  /** Address of the flux repository, as the program reaches it. @default as the cluster does */
  readonly url?: string;
  /** Branch at which the flux repository's begins, with an empty folder for the cluster. @default it must be there */
  readonly from?: string;
  /** How to push to the flux repository. */
  readonly auth: pulumi.Input<GitAuth>;
  readonly author: { readonly name: string; readonly email: string };
  readonly apps: readonly HandoffApp[];
  /** Further files for the flux repository: path → text. */
  readonly files?: Readonly<Record<string, pulumi.Input<string>>>;
  readonly appRepositories?: readonly AppRepository[];
  /** Fields of all these files whose values others set, beside those that the apps name. */
  readonly keep?: KeptFields;
  /** Further entries of ours in files of others: path → entries. */
  readonly edits?: Readonly<Record<string, readonly Edit[]>>;
  /** Kustomizations that others keep, which ours may depend on. */
  readonly knownKustomizations?: readonly string[];
  /** What must be there before the first commit: secrets in the vault, the tunnel's rule. */
  readonly after?: pulumi.Input<pulumi.Input<pulumi.Resource>[]>;
  /** First line of the commits' messages. */
  readonly message: string;
  /** `changes`: later commits say in their subject what they change. @default "message" */
  readonly subject?: "message" | "changes";
  /** Last lines of the messages, beside `Handoff-Stack`: `{ "Reviewed-by": "…" }`. */
  readonly trailers?: Readonly<Record<string, string>>;
  /** Key to sign the commits by. */
  readonly signing?: pulumi.Input<CommitSigning>;
  /** To the flux repository directly, or by a pull request. @default `{ push: true }` */
  readonly mode?: pulumi.Input<CommitMode>;
  /** Takes over files that are there with other content, in every repository that doesn't say itself. @default false */
  readonly adopt?: boolean;
  /**
   * ServiceAccount as whom Flux applies every Kustomization and HelmRelease of these files that names none: each in its
   * object's namespace, as a cluster with the multi-tenancy lockdown asks. Default: Flux's own.
   */
  readonly serviceAccountName?: string;
  /** Paths of the flux repository that stay when they leave the program; a final `/` stands for a whole folder. */
  readonly retain?: readonly string[];
  /** What becomes of our files at the flux repository's former address or branch, see `GitCommitArgs`. @default "retain" */
  readonly formerPlace?: FormerPlace;
  /** Follow Flux until the cluster runs the commit; else `up` ends when Flux was told. @default true */
  readonly wait?: boolean;
  /** Live objects of others that Flux may take over, as `Kind namespace/name` or `Kind name`. @default none */
  readonly takeOver?: readonly string[];
  /** Flux objects that may be suspended without a failure, as `Kustomization flux-system/calcom`. @default none */
  readonly allowSuspended?: readonly string[];
  /** How long to follow. @default 900 */
  readonly timeoutSeconds?: number;
  /**
   * False where the cluster's folder has no kustomization.yaml: Flux then applies whatever lies in the folder, and one
   * that were made would end that. @default true
   */
  readonly rootKustomization?: boolean;
}
