import * as pulumi from "@pulumi/pulumi";
import type { Files } from "../../manifests/files";
import type { PatchOperation } from "../../manifests/flux/controllers";
import type { Manifest } from "../../manifests/yaml";

export interface FluxInstallArgs {
  /** Text of a kubeconfig for the cluster; may be the output of a cluster that doesn't exist yet. */
  readonly kubeconfig: pulumi.Input<string>;
  /** @default the kubeconfig's current context */
  readonly context?: string;
  /** Release of Flux, such as `v2.9.4`. */
  readonly version: string;
  /** SHA-256 of `gotk-components.yaml`, see `componentsDigest`. */
  readonly components: string;
  /** Changes of Deployments, as their patches in git say: what is installed then needn't start anew. @default none */
  readonly operations?: Readonly<Record<string, readonly PatchOperation[]>>;
  /** The repository's own kustomization.yaml for the components, and the files that it names. @default none */
  readonly overlay?: Files;
  /** Text of `gotk-sync.yaml`: a cluster whose Flux reads something else is refused, unless the stack pointed it there. */
  readonly sync: string;
  /** Secret that the images are pulled by; the controllers don't start without it. @default none */
  readonly pullSecret?: pulumi.Input<Manifest | undefined>;
  /** Names of Secrets in flux-system that the stack makes: one that is gone is counted in `lost`. @default none */
  readonly secrets?: readonly string[];
  /** How long to wait for the controllers. @default 300 */
  readonly timeoutSeconds?: number;
}

/**
 * Flux's components in the cluster, applied only while Flux isn't there or is dead; afterwards Flux keeps itself from
 * git. Deleting it uninstalls Flux, unless Flux was there before, and leaves what Flux applied. The work is done by install-handler.ts.
 */
export class FluxInstall extends pulumi.CustomResource {
  /** True when the components were applied, false when Flux ran already. */
  declare readonly applied: pulumi.Output<boolean>;
  /** True when Flux was there before the stack came to the cluster: then it stays when the stack goes. */
  declare readonly found: pulumi.Output<boolean | undefined>;
  /** UID of the namespace flux-system: with another one, what was in it is gone. */
  declare readonly namespace: pulumi.Output<string>;
  /** How often each of the Secrets was found missing; states of former versions have none. */
  declare readonly lost: pulumi.Output<Readonly<Record<string, number>> | undefined>;

  constructor(name: string, args: FluxInstallArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = {
      ...args,
      kubeconfig: pulumi.secret(args.kubeconfig),
      ...(args.pullSecret !== undefined && { pullSecret: pulumi.secret(args.pullSecret) }),
      timeoutSeconds: args.timeoutSeconds ?? 300,
      applied: undefined,
      found: undefined,
      namespace: undefined,
      lost: undefined,
    };
    super("handoff:flux:FluxInstall", name, inputs, options);
  }
}
