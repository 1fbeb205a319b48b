import * as pulumi from "@pulumi/pulumi";

/** Whose token it is, and how Cloudflare is reached to make it. */
export interface TokenOwnerArgs {
  readonly accountId: string;
  readonly owner: "account" | "user";
  /** Token that makes it. @default the environment variable CLOUDFLARE_API_TOKEN */
  readonly apiToken?: pulumi.Input<string>;
  /** @default the environment variable CLOUDFLARE_BASE_URL, else Cloudflare's public API */
  readonly baseUrl?: pulumi.Input<string>;
}

export interface TokenMarkArgs extends TokenOwnerArgs {
  /** Beginning of the token's name, as Cloudflare's dashboard shows it. */
  readonly name: string;
}

/**
 * A name for an API token that no other has. The state knows it before the token is made, so that a run that is killed,
 * or doesn't get the answer, leaves no token that nobody knows of: the next `up` takes it over, `destroy` removes it.
 */
export class TokenMark extends pulumi.CustomResource {
  /** The name, with a random text at its end. */
  declare readonly markedName: pulumi.Output<string>;

  constructor(name: string, args: TokenMarkArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:TokenMark", name, { ...withSecret(args), markedName: undefined }, opts);
  }
}

export interface ApiTokenArgs extends TokenOwnerArgs {
  /** That of a {@link TokenMark} of the same owner. */
  readonly name: pulumi.Input<string>;
  /** Id of the one permission group that it has. */
  readonly permissionGroup: string;
  /** The one zone that it is good for. */
  readonly zoneId: string;
  /** Time (RFC 3339) after which it is refused. @default never */
  readonly expiresOn?: string;
}

/** An API token of Cloudflare's for one permission in one zone. */
export class ApiToken extends pulumi.CustomResource {
  /** Secret; Cloudflare tells it once, so it lives in the stack's state. */
  declare readonly value: pulumi.Output<string>;

  constructor(name: string, args: ApiTokenArgs, opts?: pulumi.CustomResourceOptions) {
    // Two of one name couldn't be told apart after a kill.
    const options = pulumi.mergeOptions(opts, { deleteBeforeReplace: true });
    super("handoff:cloudflare:ApiToken", name, { ...withSecret(args), value: undefined }, options);
  }
}

function withSecret<Args extends TokenOwnerArgs>(args: Args): Args {
  return { ...args, apiToken: args.apiToken === undefined ? undefined : pulumi.secret(args.apiToken) };
}
