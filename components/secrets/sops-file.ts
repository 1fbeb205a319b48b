import * as pulumi from "@pulumi/pulumi";

export interface SopsFileArgs {
  /** Path in the repository, from its root. */
  readonly path: string;
  /** The Secret's manifest. Kept as a Pulumi secret. */
  readonly plaintext: pulumi.Input<string>;
  /** age public keys of those who may decrypt it. */
  readonly recipients: readonly string[];
}

/**
 * A Secret's manifest, encrypted by SOPS for git. Encrypted anew only when the plaintext or the recipients change, so
 * that a second `up` has nothing to commit. The work is done by sops-file-handler.ts.
 */
export class SopsFile extends pulumi.CustomResource {
  /** What may stand in git. */
  declare readonly ciphertext: pulumi.Output<string>;

  constructor(name: string, args: SopsFileArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = { ...args, plaintext: pulumi.secret(args.plaintext), ciphertext: undefined };
    super("handoff:secrets:SopsFile", name, inputs, options);
  }
}
