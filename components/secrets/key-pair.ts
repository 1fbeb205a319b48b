import * as pulumi from "@pulumi/pulumi";
import type { KeyKind } from "../../manifests/secrets/credential-kind";

export interface KeyPairArgs {
  readonly kind: KeyKind;
  /** Another one of these makes another pair. */
  readonly keepers: pulumi.Input<Readonly<Record<string, string>>>;
  /** An existing private key, whose public half is then told. @default a new one */
  readonly existing?: pulumi.Input<string>;
}

/** A private key and its public half, made in the plugin (key-pair-handler.ts) and kept in the stack's state. */
export class KeyPair extends pulumi.CustomResource {
  /** In the form of its kind, see `CredentialKind`. Secret. */
  declare readonly privateKey: pulumi.Output<string>;
  declare readonly publicKey: pulumi.Output<string>;

  constructor(name: string, args: KeyPairArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = {
      ...args,
      existing: args.existing === undefined ? undefined : pulumi.secret(args.existing),
      privateKey: undefined,
      publicKey: undefined,
    };
    const additionalSecretOutputs = [...(options?.additionalSecretOutputs ?? []), "privateKey"];
    super("handoff:secrets:KeyPair", name, inputs, { ...options, additionalSecretOutputs });
  }
}
