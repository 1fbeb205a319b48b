import * as pulumi from "@pulumi/pulumi";
import { ZeroTrustTunnelCloudflared } from "@pulumi/cloudflare/zeroTrustTunnelCloudflared";
import { beforeCreate, type LookProvider } from "../before-create";
import { accessOf, CloudflareAccessArgs, TunnelDrain, TunnelMark } from "./marks";

/** Who keeps the ingress rules: Cloudflare's API, or a `config.yaml` beside cloudflared. */
export type TunnelManagement = "cloudflare" | "local";

export interface TunnelArgs extends CloudflareAccessArgs {
  readonly accountId: string;
  /** Name of a tunnel to create; it is deleted with the stack. */
  readonly tunnelName?: string;
  /** Id of an existing tunnel to use instead; it is never changed nor deleted. */
  readonly tunnelId?: string;
  /**
   * True uses the existing tunnel of that name, as one by its id.
   * @default false
   */
  readonly adopt?: boolean;
  /**
   * Changing it replaces a tunnel that the stack created.
   * @default "cloudflare"
   */
  readonly managed?: TunnelManagement;
  /**
   * A higher number gives a tunnel that the stack created another secret. What is connected by the former token stays
   * connected; it connects no more.
   * @default 1
   */
  readonly rotation?: number;
  /**
   * Token with "Account / Cloudflare Tunnel / Edit", to read what cloudflared runs with.
   * @default the environment variable CLOUDFLARE_API_TOKEN
   */
  readonly apiToken?: pulumi.Input<string>;
  /** One for all of a program: it remembers which records and tunnels the program has. */
  readonly looks: LookProvider;
}

/**
 * A Cloudflare tunnel, created or existing.
 *
 * ```ts
 * const tunnel = new Tunnel("tunnel", { accountId, tunnelName: "my-cluster", looks: new LookProvider("looks") });
 * ```
 */
export class Tunnel extends pulumi.ComponentResource {
  /** Id of the tunnel. Named so because a component has no `id` of its own. */
  readonly tunnelId: pulumi.Output<string>;
  /** Target of the CNAME records of the tunnel's hostnames. */
  readonly cname: pulumi.Output<string>;
  /** What `cloudflared tunnel run --token` takes. Secret. */
  readonly token: pulumi.Output<string>;
  /** The same as a `credentials.json`, for a locally managed tunnel. Secret. */
  readonly credentials: pulumi.Output<string>;
  readonly managed: TunnelManagement;

  constructor(
    private readonly name: string,
    private readonly args: TunnelArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("handoff:cloudflare:Tunnel", name, {}, opts);
    this.managed = args.managed ?? "cloudflare";
    const made = this.isExisting(args) ? undefined : this.create(name, args);
    this.tunnelId =
      made?.id ?? (args.adopt === true ? this.idOfName(args) : pulumi.output(args.tunnelId ?? ""));
    this.cname = pulumi.interpolate`${this.tunnelId}.cfargotunnel.com`;
    this.token = pulumi.secret(this.readToken(args, made));
    this.credentials = this.token.apply(credentialsFile);
    this.registerOutputs({ tunnelId: this.tunnelId, cname: this.cname, token: this.token });
  }

  private isExisting(args: TunnelArgs): boolean {
    if ((args.tunnelId === undefined) === (args.tunnelName === undefined)) {
      const given = args.tunnelId === undefined ? "neither is given" : "both are given";
      throw new pulumi.ResourceError(
        `exactly one of tunnelName and tunnelId is needed: ${given}`,
        this,
        true,
      );
    }
    if (args.adopt === true && args.tunnelName === undefined)
      throw new pulumi.ResourceError(
        "adopt is for a tunnelName: one with a tunnelId is used as it is",
        this,
        true,
      );
    return args.tunnelId !== undefined || args.adopt === true;
  }

  private idOfName({ accountId, tunnelName, apiToken, baseUrl }: TunnelArgs): pulumi.Output<string> {
    const id = pulumi.all([apiToken, baseUrl]).apply(async ([apiToken, baseUrl]) => {
      const found = (await pulumi.runtime.invoke(
        "handoff:cloudflare:tunnelNamed",
        { accountId, name: tunnelName, apiToken, baseUrl },
        { parent: this },
      )) as { id?: string; fault?: string };
      if (found.id === undefined) throw new pulumi.RunError(found.fault ?? `no tunnel ${tunnelName ?? ""}`);
      return found.id;
    });
    // It is looked for by a token, but isn't secret.
    return pulumi.unsecret(id);
  }

  /**
   * What keeps a tunnel of the stack until nothing is connected to it any more, and what leads to it as long; nothing for
   * an existing tunnel.
   * @param after the rules and records of the tunnel
   */
  drain(after: readonly pulumi.Resource[]): TunnelDrain[] {
    if (this.isExisting(this.args)) return [];
    const inputs = { accountId: this.args.accountId, tunnelId: this.tunnelId, ...accessOf(this.args) };
    return [new TunnelDrain(`${this.name}-drain`, inputs, { parent: this, dependsOn: [...after] })];
  }

  private create(name: string, args: TunnelArgs): ZeroTrustTunnelCloudflared {
    const { accountId, tunnelName = name, looks, rotation } = args;
    const marked = { accountId, name: tunnelName, ...accessOf(args) };
    const own = { parent: this, provider: looks };
    const { tunnelSecret } = new TunnelMark(`${name}-tunnel-mark`, { ...marked, rotation }, own);
    const asked = { ...marked, tunnelSecret };
    return new ZeroTrustTunnelCloudflared(
      `${name}-tunnel`,
      { accountId, name: tunnelName, configSrc: this.managed, tunnelSecret },
      {
        parent: this,
        // The name is unique in the account, so the new one can't be made beside the old one.
        deleteBeforeReplace: true,
        // A tunnel that was made before it had a mark keeps its secret until another one is asked for.
        ignoreChanges: isRotated(args) ? [] : ["tunnelSecret"],
        hooks: beforeCreate(`${name}-tunnel`, "handoff:cloudflare:clearTunnel", asked, looks),
      },
    );
  }

  private readToken(args: TunnelArgs, made: ZeroTrustTunnelCloudflared | undefined): pulumi.Output<string> {
    const { accountId, apiToken, baseUrl } = args;
    // So that a preview of another secret doesn't take the present token for the next. The state of a tunnel that was made
    // before it had a mark knows none.
    const secret = isRotated(args) ? made?.tunnelSecret : undefined;
    return pulumi
      .all([this.tunnelId, made?.urn, apiToken, baseUrl, secret])
      .apply(async ([tunnelId, urn, apiToken, baseUrl]) => {
        const found = (await pulumi.runtime.invoke(
          "handoff:cloudflare:tunnelToken",
          { accountId, tunnelId, apiToken, baseUrl, ...(made === undefined && { existing: true }) },
          { parent: this },
        )) as { token?: string; fault?: string };
        if (found.token !== undefined) return found.token;
        const next =
          urn === undefined
            ? "Correct the tunnel's id."
            : `If it is gone, \`pulumi up --replace '${urn}'\` makes a new one.`;
        throw new pulumi.RunError(`${found.fault ?? "no token"}\n→ ${next}`);
      });
  }
}

function isRotated({ rotation = 1 }: TunnelArgs): boolean {
  return rotation > 1;
}

/** The token is base64 of the same facts under shorter names. */
function credentialsFile(token: string): string {
  const { a, t, s } = JSON.parse(Buffer.from(token, "base64").toString()) as Record<"a" | "t" | "s", string>;
  return JSON.stringify({ AccountTag: a, TunnelSecret: s, TunnelID: t });
}
