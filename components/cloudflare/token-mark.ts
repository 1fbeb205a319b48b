import * as pulumi from "@pulumi/pulumi";
import { CloudflareAccessArgs, withSecret } from "./marks";

/** Whose tokens they are, and how Cloudflare is reached. */
interface TokenOwnerArgs extends CloudflareAccessArgs {
  readonly accountId: string;
  readonly owner: "account" | "user";
}

export interface TokenMarkArgs extends TokenOwnerArgs {
  /** Beginning of the token's name, as Cloudflare's dashboard shows it. */
  readonly name: string;
}

/**
 * A name for an API token that no other has. The state knows it before the token is made, so that a run that is killed,
 * or doesn't get the answer, leaves no token for good: the next `up` removes it by {@link TokenSweep}, and so does
 * `destroy`.
 */
export class TokenMark extends pulumi.CustomResource {
  /** The name, with a random text at its end. */
  declare readonly markedName: pulumi.Output<string>;

  constructor(name: string, args: TokenMarkArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:TokenMark", name, { ...withSecret(args), markedName: undefined }, opts);
  }
}

export interface TokenSweepArgs extends TokenOwnerArgs {
  /** That of a {@link TokenMark} of the same owner. */
  readonly markedName: pulumi.Input<string>;
  /** The one token that stays. */
  readonly tokenId: pulumi.Input<string>;
}

/** Removes the tokens of a mark whose making no state knows of. */
export class TokenSweep extends pulumi.CustomResource {
  constructor(name: string, args: TokenSweepArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:TokenSweep", name, withSecret(args), opts);
  }
}
