import * as pulumi from "@pulumi/pulumi";

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
}

/**
 * A tunnel's secret, which the state knows before the tunnel is made. A tunnel that a killed run made is known by it: the
 * next `up` makes it anew, and `destroy` removes it.
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

export interface RecordMarkArgs extends CloudflareAccessArgs {
  readonly zoneId: string;
  readonly name: string;
  readonly type: string;
  readonly content: pulumi.Input<string>;
  readonly comment: string;
}

/** A DNS record that is about to be made: `destroy` finds by it what a killed run made. */
export class RecordMark extends pulumi.CustomResource {
  constructor(name: string, args: RecordMarkArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:RecordMark", name, withSecret(args), opts);
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
