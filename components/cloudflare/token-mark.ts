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
  /** Zones that the token is to be good for; each must be of that account. @default not asked for */
  readonly zoneIds?: readonly string[];
  /** Another one of these makes another name. @default none */
  readonly keepers?: pulumi.Input<Readonly<Record<string, string>> | undefined>;
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
  /** What a killed {@link TokenProof} of the token had signed goes before the token. @default nothing is looked for */
  readonly proof?: { readonly value: pulumi.Input<string>; readonly zoneId: string };
}

/** Removes the tokens of a mark whose making no state knows of. */
export class TokenSweep extends pulumi.CustomResource {
  constructor(name: string, args: TokenSweepArgs, opts?: pulumi.CustomResourceOptions) {
    const { proof } = args;
    const secret = proof && { proof: { ...proof, value: pulumi.secret(proof.value) } };
    super("handoff:cloudflare:TokenSweep", name, { ...withSecret(args), ...secret }, opts);
  }
}

export interface TokenProofArgs extends CloudflareAccessArgs {
  /** That of the token's {@link TokenMark}, by which the certificate is known again. */
  readonly markedName: pulumi.Input<string>;
  readonly zoneIds: readonly string[];
  /** Addresses that the token is good for; elsewhere it can't be proven. @default all */
  readonly addresses?: readonly string[];
  /** The token. */
  readonly value: pulumi.Input<string>;
}

/**
 * Has a certificate signed by a token of Origin CA, and revokes it: whoever takes the token from here has one that works.
 * Its key is never kept. The work is done by token-proof-handler.ts.
 */
export class TokenProof extends pulumi.CustomResource {
  /** The token, once it is proven. Secret. */
  declare readonly value: pulumi.Output<string>;

  constructor(name: string, args: TokenProofArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "handoff:cloudflare:TokenProof",
      name,
      { ...withSecret(args), value: pulumi.secret(args.value) },
      opts,
    );
  }
}
