import * as pulumi from "@pulumi/pulumi";

export interface PatchedSecretArgs {
  /** Text of a kubeconfig for the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
  /** @default the kubeconfig's current context */
  readonly context?: string;
  readonly name: string;
  readonly namespace: string;
  /** Key → text. Kept as Pulumi secrets. */
  readonly data: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** Of a Secret that isn't there yet. @default "Opaque" */
  readonly type?: string;
  /** Another value writes the keys again: the UID of Flux's namespace, by which a cluster that was made anew is told. */
  readonly trigger?: pulumi.Input<string | null>;
  /** Addresses of the pull requests that bring the namespace. While there are any, nothing is waited for. */
  readonly pending?: pulumi.Input<readonly string[] | undefined>;
  /** How long to wait for the namespace, which Flux makes. @default 900 */
  readonly timeoutSeconds?: number;
}

/**
 * Keys of a Secret in the cluster whose manifest in git has placeholders only and is annotated
 * `kustomize.toolkit.fluxcd.io/reconcile: disabled`, so that Flux leaves it alone. Keys of others stay; the state has
 * the values encrypted, and digests of them in the clear, by which `pulumi refresh` tells what somebody changed.
 * Deleting it takes our keys away, and the Secret when it was made here and has no others. The work is done by
 * patched-secret-handler.ts.
 */
export class PatchedSecret extends pulumi.CustomResource {
  /** True when the Secret was made here; false when ours are keys of a Secret of others. */
  declare readonly created: pulumi.Output<boolean>;

  constructor(name: string, args: PatchedSecretArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = {
      ...args,
      kubeconfig: pulumi.secret(args.kubeconfig),
      data: pulumi.secret(args.data),
      timeoutSeconds: args.timeoutSeconds ?? 900,
      created: undefined,
    };
    super("handoff:kubernetes:PatchedSecret", name, inputs, options);
  }
}
