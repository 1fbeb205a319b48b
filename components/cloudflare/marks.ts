import * as pulumi from "@pulumi/pulumi";
import { ruleName, type RuleKey } from "../../manifests/cloudflare/ingress-rules";

/** How Cloudflare is reached. */
export interface CloudflareAccessArgs {
  /** @default the environment variable CLOUDFLARE_API_TOKEN */
  readonly apiToken?: pulumi.Input<string>;
  /**
   * Environment variable that holds today's token when the program doesn't run, as at `destroy`: the one in the state may
   * have been revoked.
   * @default "CLOUDFLARE_API_TOKEN"
   */
  readonly apiTokenVariable?: string;
  /** @default the environment variable CLOUDFLARE_BASE_URL, else Cloudflare's public API */
  readonly baseUrl?: pulumi.Input<string>;
}

export interface TunnelMarkArgs extends CloudflareAccessArgs {
  readonly accountId: string;
  /** The tunnel's. */
  readonly name: string;
  /** A higher number makes another secret. @default 1 */
  readonly rotation?: number;
}

/**
 * A tunnel's secret, which the state knows before the tunnel is made, or gets it. A tunnel that a killed run made is known
 * by it: the next `up` makes it anew, and `destroy` removes it.
 */
export class TunnelMark extends pulumi.CustomResource {
  /** 32 bytes in base64. Secret. */
  declare readonly tunnelSecret: pulumi.Output<string>;

  constructor(name: string, args: TunnelMarkArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:TunnelMark", name, { ...withSecret(args), tunnelSecret: undefined }, opts);
  }
}

export interface TunnelDrainArgs extends CloudflareAccessArgs {
  readonly accountId: string;
  readonly tunnelId: pulumi.Input<string>;
}

/**
 * Waits, when the tunnel is to be deleted, until nothing is connected to it, and refuses while somebody's cloudflared
 * runs. What it depends on is deleted after it.
 */
export class TunnelDrain extends pulumi.CustomResource {
  constructor(name: string, args: TunnelDrainArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:TunnelDrain", name, withSecret(args), opts);
  }
}

export interface CloudflareMarkArgs extends CloudflareAccessArgs {
  /** A tunnel that others have rules in, and ours of them. @default none: what is in a tunnel of the stack's goes with it */
  readonly shared?: {
    readonly accountId: string;
    readonly tunnelId: pulumi.Input<string>;
    readonly rules: readonly RuleKey[];
  };
}

/**
 * Whose is what at Cloudflare: a random text that the state knows before a record bears it in its comment, and the rules
 * that a shared tunnel had for our hosts before.
 */
export class CloudflareMark extends pulumi.CustomResource {
  declare readonly mark: pulumi.Output<string>;
  /** Names of rules, see {@link ruleName}. */
  declare readonly found: pulumi.Output<readonly string[]>;
  /** What a record says of whose it is, before the mark. Other people's stacks may have the same name. */
  readonly owner: string;
  /** Comment of records; every plan takes 100 characters. */
  readonly comment: pulumi.Output<string>;

  constructor(name: string, args: CloudflareMarkArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:Mark", name, { ...withSecret(args), mark: undefined, found: undefined }, opts);
    this.owner = `Pulumi stack ${pulumi.getProject()}/${pulumi.getStack()}`.slice(0, 87);
    this.comment = pulumi.interpolate`${this.owner} ${this.mark}`;
  }

  /** True of a rule of the shared tunnel that somebody else made, else undefined. */
  isOthers(rule: RuleKey): pulumi.Output<true | undefined> {
    // A destroy that runs the program has none of what is gone.
    return this.found.apply((names: readonly string[] | undefined) =>
      names?.includes(ruleName(rule)) === true ? true : undefined,
    );
  }
}

export interface RecordMarkArgs extends CloudflareAccessArgs {
  readonly zoneId: string;
  readonly name: string;
  readonly type: string;
  readonly content: pulumi.Input<string>;
  readonly comment: pulumi.Input<string>;
}

/** A DNS record that is about to be made: `destroy` finds by it what a killed run made. */
export class RecordMark extends pulumi.CustomResource {
  constructor(name: string, args: RecordMarkArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:RecordMark", name, withSecret(args), opts);
  }
}

export interface AccessMarkArgs extends CloudflareAccessArgs {
  readonly accountId: string;
  readonly domain: string;
  readonly comment: pulumi.Input<string>;
}

/** An application of Access that is about to be made: `destroy` finds by it what a killed run made. */
export class AccessMark extends pulumi.CustomResource {
  constructor(name: string, args: AccessMarkArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:AccessMark", name, withSecret(args), opts);
  }
}

export interface RouteMarkArgs extends CloudflareAccessArgs {
  readonly accountId: string;
  readonly network: string;
  /** It goes before its tunnel, which Cloudflare doesn't delete while a route leads to it. */
  readonly tunnelId: pulumi.Input<string>;
  readonly comment: pulumi.Input<string>;
}

/** A private network's route that is about to be made: `destroy` finds by it what a killed run made. */
export class RouteMark extends pulumi.CustomResource {
  constructor(name: string, args: RouteMarkArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:RouteMark", name, withSecret(args), opts);
  }
}

/** How Cloudflare is reached, of arguments that hold more. */
export function accessOf({
  apiToken,
  apiTokenVariable,
  baseUrl,
}: CloudflareAccessArgs): CloudflareAccessArgs {
  return { apiToken, apiTokenVariable, baseUrl };
}

export function withSecret<Args extends CloudflareAccessArgs>(args: Args): Args {
  return { ...args, apiToken: args.apiToken === undefined ? undefined : pulumi.secret(args.apiToken) };
}
