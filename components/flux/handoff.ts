import * as pulumi from "@pulumi/pulumi";
import { InputError, join, mergeFiles, type Files } from "../../manifests/files";
import { GitCommit, refuseReadableSecrets } from "../git/commit";
import { toYaml } from "../../manifests/yaml";
import type { FluxBootstrap } from "./bootstrap";
import { FLUX_SYSTEM, kustomizeConfig, type KustomizationOptions } from "../../manifests/flux/objects";
import type { BootstrapLayout } from "../../manifests/flux/layout";
import { checkOrder } from "../../manifests/flux/order";
import { appliedFiles, helmReleasesIn } from "./helm-releases";
import { addressesOf, pendingRequests, type PendingRequests } from "./pending";
import { FluxReady } from "./ready";
import { withServiceAccount } from "../../manifests/flux/service-account";
import { unmetDemands } from "../../manifests/flux/requirements";
import type { CommitMode } from "../../manifests/git/commit-mode";
import type { GitAuth } from "../../manifests/git/auth";
import type { Edit } from "../../manifests/git/edits";
import type { FormerPlace } from "../../manifests/git/former-place";
import type { KeptField, KeptFields } from "../../manifests/git/kept-fields";
import type { CommitSigning } from "../../manifests/git/signing";

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
  readonly auth: pulumi.Input<GitAuth>;
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Fields of the files whose values others set, such as an image tag that CI bumps. */
  readonly keep?: KeptFields;
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
  /** Takes over files that are there with other content. @default false */
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

/**
 * Hands apps to Flux: one commit per repository, the apps' own first, then follows Flux until the cluster runs it.
 *
 * ```ts
 * new FluxHandoff("handoff", { bootstrap, auth, author, apps: [calcom], message: "Hand off Cal.com" });
 * ```
 */
export class FluxHandoff extends pulumi.ComponentResource {
  /** Commit of the flux repository in Flux's form: `main@sha1:…`. */
  readonly revision: pulumi.Output<string>;
  /** Revision by the name of the GitRepository that reads it. */
  readonly revisions: pulumi.Output<Readonly<Record<string, string>>>;
  /** Names of the Kustomizations that were handed off. */
  readonly kustomizations: readonly string[];
  /** Revision that the cluster runs, of each source and Kustomization; empty without `wait`. */
  readonly reconciled: pulumi.Output<Readonly<Record<string, string>>>;
  /** Objects that are suspended, as `allowSuspended` allows: `Kind namespace/name`. */
  readonly suspended: pulumi.Output<readonly string[]>;
  /**
   * Pull requests that wait to be merged, in the order to merge them: name of the GitRepository that reads the
   * repository → address. While there are any, Flux isn't followed.
   */
  readonly pending: PendingRequests;
  /** The commit to the flux repository: what has to come after it depends on this. */
  readonly commit: pulumi.Resource;

  constructor(name: string, args: FluxHandoffArgs, options?: pulumi.ComponentResourceOptions) {
    super("handoff:flux:FluxHandoff", name, {}, options);
    const { bootstrap, author, message, subject, trailers, signing, adopt } = args;
    const nodes = args.apps.flatMap((app) => app.kustomizations);
    const faults = [
      ...checkOrder(nodes, { known: args.knownKustomizations }),
      ...unmetDemands(args.apps, { shards: bootstrap.args.shards, installed: () => bootstrap.installed }),
    ];
    if (faults.length > 0) throw new pulumi.ResourceError(faults.join("\n"), this, true);
    // A fault in what goes to Flux's repository must come before the apps' commits.
    const account = args.serviceAccountName;
    const files = { ...asAccount(account, { ...this.merge(args.apps), ...args.files }), ...bootstrap.files };
    refuseReadableSecrets(files);

    const cluster = {
      kubeconfig: bootstrap.args.kubeconfig,
      context: bootstrap.args.context,
      kustomizations: [{ name: FLUX_SYSTEM }, ...nodes].map(
        (node: { readonly name: string; readonly namespace?: string }) =>
          `${node.namespace ?? FLUX_SYSTEM}/${node.name}`,
      ),
      ...(args.takeOver !== undefined && { takeOver: args.takeOver }),
    };
    const appCommits = (args.appRepositories ?? []).map(({ source, sources = [source], ...repository }) => ({
      source,
      sources,
      commit: new GitCommit(
        `${name}-${source}-commit`,
        {
          ...{ ...repository, files: asAccount(account, repository.files) },
          ...{ author, message, subject, trailers, signing, adopt, cluster },
        },
        { parent: this, dependsOn: args.after },
      ),
    }));
    const commit = new GitCommit(
      `${name}-commit`,
      {
        url: args.url ?? bootstrap.args.url,
        branch: bootstrap.args.branch,
        auth: args.auth,
        files,
        keep: keptFields([...args.apps, args]),
        digests: bootstrap.digests,
        initialFiles: bootstrap.initialFiles,
        edits: mergeEdits(
          args.edits,
          bootstrap.edits,
          args.rootKustomization === false ? undefined : aggregator(bootstrap.layout),
          ...args.apps.map((app) => app.edits),
        ),
        author,
        message,
        subject,
        trailers,
        signing,
        mode: args.mode,
        awaits: addressesOf(pendingRequests(appCommits)),
        adopt,
        retain: args.retain,
        formerPlace: args.formerPlace,
        protect: bootstrap.protect,
        cluster,
      },
      {
        parent: this,
        dependsOn: pulumi
          .output(args.after ?? [])
          .apply((after) => [...after, bootstrap, ...appCommits.map((app) => app.commit)]),
      },
    );
    this.commit = commit;
    this.kustomizations = nodes.map((node) => node.name);
    this.revision = commit.revision;
    const revisions = Object.fromEntries([
      [FLUX_SYSTEM, commit.revision],
      ...appCommits.flatMap((app) => app.sources.map((source) => [source, app.commit.revision] as const)),
    ]) as Record<string, pulumi.Output<string>>;
    this.revisions = pulumi.output(revisions);
    this.pending = pendingRequests([...appCommits, { source: FLUX_SYSTEM, commit }]);
    const namespaces = args.apps.flatMap((app) => app.namespaces ?? []);
    const generators = args.apps.flatMap((app) => app.generators ?? []);
    const ready = new FluxReady(
      `${name}-ready`,
      {
        kubeconfig: bootstrap.args.kubeconfig,
        context: bootstrap.args.context,
        sync: bootstrap.sync,
        revisions,
        ...(generators.length > 0 && { generators }),
        kustomizations: nodes.map((node) => ({
          name: node.name,
          namespace: node.namespace ?? FLUX_SYSTEM,
          dependsOn: node.dependsOn ?? [],
        })),
        helmReleases: [
          appliedFiles(files, args.apps),
          ...(args.appRepositories ?? []).map((app) => app.files),
        ].flatMap(helmReleasesIn),
        ...(namespaces.length > 0 && { namespaces }),
        pending: addressesOf(this.pending),
        ...(args.wait === false && { wait: false }),
        ...(args.allowSuspended !== undefined && { allowSuspended: args.allowSuspended }),
        timeoutSeconds: args.timeoutSeconds,
      },
      { parent: this, dependsOn: commit },
    );
    this.reconciled = ready.reconciled;
    this.suspended = ready.suspended.apply((keys: readonly string[] | undefined) => keys ?? []);
    this.registerOutputs({
      revision: this.revision,
      revisions: this.revisions,
      reconciled: this.reconciled,
      pending: this.pending,
    });
  }

  /** The files of all apps; a path of two apps is refused unless the text is known and the same. */
  private merge(apps: readonly HandoffApp[]): Readonly<Record<string, pulumi.Input<string>>> {
    // A text that isn't known yet could be anything: its own text stands for it.
    const texts = (app: HandoffApp, index: number): Files =>
      Object.fromEntries(
        Object.entries(app.files).map(([path, text]) => [
          path,
          typeof text === "string" ? text : `text of app ${String(index)}`,
        ]),
      );
    try {
      mergeFiles(...apps.map(texts));
    } catch (error) {
      if (error instanceof InputError) throw new pulumi.ResourceError(error.message, this, true);
      throw error;
    }
    return Object.fromEntries(apps.flatMap((app) => Object.entries(app.files)));
  }
}

type FileInputs = Readonly<Record<string, pulumi.Input<string>>>;

function asAccount(name: string | undefined, files: FileInputs): FileInputs {
  if (name === undefined) return files;
  const account = (text: string): string => withServiceAccount(text, name);
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      typeof text === "string" ? account(text) : pulumi.output(text).apply(account),
    ]),
  );
}

/** All that is named; undefined when nothing is. */
function keptFields(parts: readonly { readonly keep?: KeptFields }[]): KeptFields | undefined {
  const all: Record<string, readonly KeptField[]> = {};
  for (const [path, fields] of parts.flatMap(({ keep = {} }) => Object.entries(keep))) {
    all[path] = [...(all[path] ?? []), ...fields];
  }
  return Object.keys(all).length === 0 ? undefined : all;
}

/** All edits by path: a file may hold entries of several parts. */
function mergeEdits(
  ...parts: readonly (Readonly<Record<string, readonly Edit[]>> | undefined)[]
): Record<string, readonly Edit[]> {
  const all: Record<string, readonly Edit[]> = {};
  for (const [path, edits] of parts.flatMap((part) => Object.entries(part ?? {}))) {
    all[path] = [...(all[path] ?? []), ...edits];
  }
  return all;
}

/**
 * What leads to Flux's own folder, among the entries of the cluster's kustomization.yaml, which others edit too. Where
 * Flux lives in this very folder, the bootstrap lists its files.
 */
function aggregator({ path, own, entries }: BootstrapLayout): Record<string, readonly Edit[]> {
  const initial = toYaml(kustomizeConfig([]));
  if (own) return {};
  return {
    [join(path, "kustomization.yaml")]: entries.map((entry) => ({ list: ["resources"], entry, initial })),
  };
}
