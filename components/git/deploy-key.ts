import * as pulumi from "@pulumi/pulumi";

export interface DeployKeyArgs {
  /** Address of the repository: `ssh://…` or `https://…`. Another one is another key. */
  readonly url: string;
  readonly host: "github" | "gitea" | "gitlab";
  /** @default the usual path at the repository's host, such as `https://gitea.example.com/api/v1` */
  readonly apiUrl?: string;
  /** Token that may administer the repository. */
  readonly token: pulumi.Input<string>;
  /** Reading is enough for Flux, unless its image automation pushes. @default true */
  readonly readOnly?: boolean;
  /** Another number makes another key: it is registered, then used, and the former one is removed last. @default 1 */
  readonly rotation?: number;
  /**
   * True: the last key stays at the host when the resource goes, for a Flux that goes on without it. A rotation removes
   * the former one all the same. @default false
   */
  readonly stays?: pulumi.Input<boolean>;
  /** PEM certificates of the authorities that sign the host's certificate, for a private CA. */
  readonly ca?: string;
  /** HTTP proxy, with its credentials if it needs any. */
  readonly proxy?: pulumi.Input<string>;
}

/**
 * A deploy key as `flux bootstrap github` makes one: ECDSA P-384, registered with the repository's host, removed when
 * the resource is. The private half is in the stack's state, as a secret, and nowhere else.
 *
 * ```ts
 * const key = new DeployKey("flux", { url, host: "github", token });
 * const auth = key.privateKey.apply((privateKey) => ({ ssh: { privateKey, knownHosts } }));
 * ```
 *
 * The work is done by deploy-key-handler.ts in the provider's process.
 */
export class DeployKey extends pulumi.CustomResource {
  /** PEM, PKCS #8. */
  declare readonly privateKey: pulumi.Output<string>;
  /** Line of an authorized_keys file. */
  declare readonly publicKey: pulumi.Output<string>;
  /** The host's number for it. */
  declare readonly keyId: pulumi.Output<number>;
  /** How the host shows it: the stack, this resource, the rotation. */
  declare readonly title: pulumi.Output<string>;

  constructor(name: string, args: DeployKeyArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = {
      ...args,
      token: pulumi.secret(args.token),
      proxy: args.proxy === undefined ? undefined : pulumi.secret(args.proxy),
      readOnly: args.readOnly ?? true,
      rotation: args.rotation ?? 1,
      privateKey: undefined,
      publicKey: undefined,
      keyId: undefined,
      title: undefined,
    };
    const additionalSecretOutputs = [...(options?.additionalSecretOutputs ?? []), "privateKey"];
    super("handoff:git:DeployKey", name, inputs, { ...options, additionalSecretOutputs });
  }
}
