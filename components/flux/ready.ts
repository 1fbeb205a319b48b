import * as pulumi from "@pulumi/pulumi";
import type { KustomizationReference } from "../../manifests/flux/objects";

export interface FluxReadyArgs {
  /** Text of a kubeconfig for the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
  /** @default the kubeconfig's current context */
  readonly context?: string;
  /** Text of `gotk-sync.yaml`, applied while the cluster has no such sync. */
  readonly sync: string;
  /** Revisions that were pushed: name of the GitRepository in flux-system → `main@sha1:…`. */
  readonly revisions: Readonly<Record<string, pulumi.Input<string>>>;
  /** ArtifactGenerators in flux-system that cut what was pushed into artifacts. */
  readonly generators?: readonly string[];
  /** Kustomizations to follow. */
  readonly kustomizations: readonly KustomizationReference[];
  /** Of these, as `namespace/name`, those that run on when the resource goes, since their files stay. @default none */
  readonly staying?: pulumi.Input<readonly string[] | undefined>;
  /** HelmReleases to follow. */
  readonly helmReleases?: readonly { readonly name: string; readonly namespace: string }[];
  /** Namespaces of ours that a bundle of several owners applies: they are deleted by name. */
  readonly namespaces?: readonly string[];
  /** Addresses of the pull requests that bring the files. While there are any, nothing is nudged nor followed. */
  readonly pending?: pulumi.Input<readonly string[] | undefined>;
  /** Follow until everything is ready; else only start the sync and nudge the sources. @default true */
  readonly wait?: boolean;
  /** Objects that may be suspended without a failure, as `Kustomization flux-system/calcom`. @default none */
  readonly allowSuspended?: readonly string[];
  /** @default 900 */
  readonly timeoutSeconds?: number;
}

/**
 * The end of a hand-off: starts Flux's sync where it isn't, nudges the sources, and follows every Kustomization and
 * HelmRelease until the cluster runs what was pushed or a newer commit. A failure names the object, its condition and
 * its last events. Deleting it takes the Kustomizations down in reverse order, but for those whose files stay. The work is done by ready-handler.ts.
 */
export class FluxReady extends pulumi.CustomResource {
  /** True once everything is ready; false while pull requests wait, and without `wait`. */
  declare readonly ready: pulumi.Output<boolean>;
  /** Revision of each source and Kustomization when last followed: `Kind namespace/name` → `main@sha1:…`. */
  declare readonly reconciled: pulumi.Output<Readonly<Record<string, string>>>;
  /** Objects that were suspended then, as `allowSuspended` allows; states of former versions have none. */
  declare readonly suspended: pulumi.Output<readonly string[] | undefined>;

  constructor(name: string, args: FluxReadyArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = {
      ...args,
      kubeconfig: pulumi.secret(args.kubeconfig),
      helmReleases: args.helmReleases ?? [],
      timeoutSeconds: args.timeoutSeconds ?? 900,
      ready: undefined,
      reconciled: undefined,
      followed: undefined,
      suspended: undefined,
    };
    super("handoff:flux:FluxReady", name, inputs, options);
  }
}
