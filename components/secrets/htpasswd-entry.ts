import * as pulumi from "@pulumi/pulumi";

export interface HtpasswdEntryArgs {
  readonly user: string;
  /** At most 72 bytes, which is all that bcrypt looks at. */
  readonly password: pulumi.Input<string>;
}

/** A line of an htpasswd file: made in the plugin (htpasswd-entry-handler.ts), anew only for another password. */
export class HtpasswdEntry extends pulumi.CustomResource {
  /** `user:$2b$…`. Secret. */
  declare readonly entry: pulumi.Output<string>;

  constructor(name: string, args: HtpasswdEntryArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = { ...args, password: pulumi.secret(args.password), entry: undefined };
    const additionalSecretOutputs = [...(options?.additionalSecretOutputs ?? []), "entry"];
    super("handoff:secrets:HtpasswdEntry", name, inputs, { ...options, additionalSecretOutputs });
  }
}
