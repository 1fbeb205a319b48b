import * as pulumi from "@pulumi/pulumi";
import { InputError } from "../../manifests/files";
import { appliedFolders } from "../../manifests/flux/applied-as";
import { FLUX_SYSTEM, type KustomizationOptions } from "../../manifests/flux/objects";
import { checkOrder } from "../../manifests/flux/order";
import { unmetDemands } from "../../manifests/flux/requirements";
import { GitCommit, refuseReadableSecrets } from "../git/commit";
import type { FluxHandoffArgs } from "./handoff-args";
import {
  aggregator,
  asAccount,
  type FileInputs,
  keptFields,
  mergeAppFiles,
  mergeEdits,
} from "./handoff-content";
import { appliedFiles, helmReleasesIn, stayingIn } from "./flux-objects";
import { addressesOf, pendingRequests, type PendingRequests } from "./pending";
import { FluxReady } from "./ready";

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
  readonly commit: GitCommit;
  private readonly nodes: readonly KustomizationOptions[];

  constructor(name: string, args: FluxHandoffArgs, options?: pulumi.ComponentResourceOptions) {
    super("handoff:flux:FluxHandoff", name, {}, options);
    this.nodes = args.apps.flatMap((app) => app.kustomizations);
    this.kustomizations = this.nodes.map((node) => node.name);
    this.check(args);
    const files = this.filesOf(args);
    // A fault in what goes to Flux's repository must come before the apps' commits.
    refuseReadableSecrets(files);

    const apps = this.commitApps(name, args);
    const commit = this.commitFlux(name, args, files, apps);
    this.commit = commit;
    this.revision = commit.revision;
    const revisions = Object.fromEntries([
      [FLUX_SYSTEM, commit.revision],
      ...apps.flatMap((app) => app.sources.map((source) => [source, app.commit.revision] as const)),
    ]) as Record<string, pulumi.Output<string>>;
    this.revisions = pulumi.output(revisions);
    this.pending = pendingRequests([...apps, { source: FLUX_SYSTEM, commit }]);

    const ready = this.follow(name, args, files, revisions);
    // A destroy that runs the program has none of what is gone already.
    this.reconciled = ready.reconciled.apply(
      (revisions: Readonly<Record<string, string>> | undefined) => revisions ?? {},
    );
    this.suspended = ready.suspended.apply((keys: readonly string[] | undefined) => keys ?? []);
    this.registerOutputs({
      revision: this.revision,
      revisions: this.revisions,
      reconciled: this.reconciled,
      pending: this.pending,
    });
  }

  private check({ apps, bootstrap, knownKustomizations }: FluxHandoffArgs): void {
    const faults = [
      ...checkOrder(this.nodes, { known: knownKustomizations }),
      ...unmetDemands(apps, { shards: bootstrap.args.shards, installed: () => bootstrap.installed }),
    ];
    if (faults.length > 0) throw new pulumi.ResourceError(faults.join("\n"), this, true);
  }

  /** What the flux repository gets beside Flux's components. */
  private filesOf({ apps, files, bootstrap, serviceAccountName }: FluxHandoffArgs): FileInputs {
    try {
      return { ...asAccount(serviceAccountName, { ...mergeAppFiles(apps), ...files }), ...bootstrap.files };
    } catch (error) {
      if (error instanceof InputError) throw new pulumi.ResourceError(error.message, this, true);
      throw error;
    }
  }

  private commitApps(name: string, args: FluxHandoffArgs): readonly AppCommit[] {
    return (args.appRepositories ?? []).map(({ source, sources = [source], from, ...repository }) => {
      const files = asAccount(args.serviceAccountName, repository.files);
      const { adopt = args.adopt } = repository;
      const commit = new GitCommit(
        `${name}-${source}-commit`,
        {
          ...repository,
          ...(from && { from: { branch: from } }),
          ...{ files, ...this.shared(args, sources), adopt },
        },
        { parent: this, dependsOn: args.after },
      );
      return { source, sources, commit };
    });
  }

  private commitFlux(
    name: string,
    args: FluxHandoffArgs,
    files: FileInputs,
    apps: readonly AppCommit[],
  ): GitCommit {
    const { bootstrap } = args;
    const { path, gotkPath } = bootstrap.layout;
    return new GitCommit(
      `${name}-commit`,
      {
        url: args.url ?? bootstrap.args.url,
        branch: bootstrap.args.branch,
        // What others have for the cluster that it begins with isn't for this one.
        ...(args.from && { from: { branch: args.from, without: [path, gotkPath] } }),
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
        ...this.shared(args, [FLUX_SYSTEM]),
        adopt: args.adopt,
        mode: args.mode,
        awaits: addressesOf(pendingRequests(apps)),
        retain: args.retain,
        formerPlace: args.formerPlace,
        protect: bootstrap.protect,
      },
      {
        parent: this,
        dependsOn: pulumi
          .output(args.after ?? [])
          .apply((after) => [...after, bootstrap, ...apps.map((app) => app.commit)]),
      },
    );
  }

  /** What all commits have in common, and how the files that some sources read are applied. */
  private shared(args: FluxHandoffArgs, sources: readonly string[]) {
    const { author, message, subject, trailers, signing, takeOver, bootstrap } = args;
    const root = { name: FLUX_SYSTEM, namespace: FLUX_SYSTEM };
    const applied = appliedFolders(this.nodes, sources);
    const pathOf = ({
      name,
      namespace = FLUX_SYSTEM,
    }: {
      readonly name: string;
      readonly namespace?: string;
    }) => `${namespace}/${name}`;
    const reading = this.nodes.filter(({ sourceRef }) => sources.includes(sourceRef?.name ?? FLUX_SYSTEM));
    const cluster = {
      kubeconfig: bootstrap.args.kubeconfig,
      context: bootstrap.args.context,
      kustomizations: [root, ...this.nodes].map(pathOf),
      // Flux's own repository has the Kustomizations among its files.
      ...(reading.length > 0 && !sources.includes(FLUX_SYSTEM) && { reading: reading.map(pathOf) }),
      ...(takeOver !== undefined && { takeOver }),
      ...(applied.length > 0 && { applied }),
    };
    return { author, message, subject, trailers, signing, cluster };
  }

  private follow(
    name: string,
    args: FluxHandoffArgs,
    files: FileInputs,
    revisions: Readonly<Record<string, pulumi.Output<string>>>,
  ): FluxReady {
    const { apps, appRepositories = [], bootstrap, wait, allowSuspended, timeoutSeconds } = args;
    const namespaces = apps.flatMap((app) => app.namespaces ?? []);
    const generators = apps.flatMap((app) => app.generators ?? []);
    return new FluxReady(
      `${name}-ready`,
      {
        kubeconfig: bootstrap.args.kubeconfig,
        context: bootstrap.args.context,
        sync: bootstrap.sync,
        revisions,
        ...(generators.length > 0 && { generators }),
        kustomizations: this.nodes.map((node) => ({
          name: node.name,
          namespace: node.namespace ?? FLUX_SYSTEM,
          dependsOn: node.dependsOn ?? [],
        })),
        staying: this.commit.owned.apply((owned) =>
          stayingIn(this.nodes, files, { found: owned?.found ?? [], retain: args.retain ?? [] }),
        ),
        helmReleases: [appliedFiles(files, apps), ...appRepositories.map((app) => app.files)].flatMap(
          helmReleasesIn,
        ),
        ...(namespaces.length > 0 && { namespaces }),
        pending: addressesOf(this.pending),
        ...(wait === false && { wait }),
        ...(allowSuspended !== undefined && { allowSuspended }),
        timeoutSeconds,
      },
      { parent: this, dependsOn: this.commit },
    );
  }
}

interface AppCommit {
  readonly source: string;
  readonly sources: readonly string[];
  readonly commit: GitCommit;
}
