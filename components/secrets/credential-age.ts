import * as pulumi from "@pulumi/pulumi";

export interface CredentialAgeArgs {
  /** `90d`, `12h`. */
  readonly maxAge: string;
  /** Of the credential: a new value is as old as its number. */
  readonly rotation: number;
}

/**
 * How old a credential's value is. The first preview and `up` after `maxAge` count one generation more, which makes
 * another value. One that was there before its age was asked for counts from then on. The work is done by
 * credential-age-handler.ts.
 */
export class CredentialAge extends pulumi.CustomResource {
  /** How often a value became too old. */
  declare readonly generation: pulumi.Output<number>;
  /** When the present value was made, or its age first asked for: RFC 3339. */
  declare readonly since: pulumi.Output<string>;

  constructor(name: string, args: CredentialAgeArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "handoff:secrets:CredentialAge",
      name,
      { ...args, generation: undefined, since: undefined },
      options,
    );
  }
}
