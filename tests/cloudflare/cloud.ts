import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { OwnRule, Rule } from "../../manifests/cloudflare/ingress-rules";
import type { TunnelAddress } from "../../provider/cloudflare/tunnel-api";
import type { HandlerContext, Props } from "../../provider/plugin/handler";
import { startCloudflare, type CloudflareOptions } from "../../tools/sandbox/services/cloudflare";
import type { Service } from "../../tools/sandbox/services/http";

export const ACCOUNT = "0123456789abcdef0123456789abcdef";
export const ZONE = "fedcba9876543210fedcba9876543210";
export const TOKEN = "canary-token";

/** What a handler told, by `status: …`, `info: …` and `warn: …`. */
export interface TestContext extends HandlerContext {
  readonly told: string[];
  /** As the user's Ctrl-C. */
  cancel(): void;
}

export function testContext(urn = "urn:pulumi:prod::handoff::test::thing"): TestContext {
  const told: string[] = [];
  const cancellation = new AbortController();
  setMaxListeners(0, cancellation.signal);
  const tell = (kind: string) => (message: string) => void told.push(`${kind}: ${message}`);
  return {
    urn,
    told,
    signal: cancellation.signal,
    status: tell("status"),
    info: tell("info"),
    warn: tell("warn"),
    cancel: () => {
      cancellation.abort(new Error("cancelled"));
    },
  };
}

/** The stand-in of Cloudflare, and what tests ask of it. */
export class TestCloudflare {
  private service!: Service;

  async start(options: Partial<CloudflareOptions> = {}): Promise<void> {
    this.service = await startCloudflare({
      port: 0,
      apiToken: TOKEN,
      accountId: ACCOUNT,
      zoneId: ZONE,
      zoneName: "example.com",
      ...options,
    });
  }

  async stop(): Promise<void> {
    await this.service.close();
  }

  get baseUrl(): string {
    return `${this.service.url}/client/v4`;
  }

  /** What the next requests meet, see `Faults` of the sandbox; null for nothing more. */
  async fault(...faults: readonly (object | null)[]): Promise<void> {
    await fetch(`${this.service.url}/__faults`, { method: "POST", body: JSON.stringify(faults) });
  }

  /** A request of the account's owner; `path` is below the account. */
  async call<T = Record<string, unknown>>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const response = await fetch(`${this.baseUrl}/accounts/${ACCOUNT}${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    return ((await response.json()) as { result: T }).result;
  }

  /** What the stand-in keeps. */
  async state(): Promise<unknown> {
    return await (await fetch(`${this.service.url}/__state`)).json();
  }

  /** So many connections of a tunnel are open from now on, or are shown for so many seconds more. */
  async connect(id: string, connections: number, goneAfter?: number): Promise<void> {
    const body = JSON.stringify({ tunnel: id, connections, goneAfter });
    const { status } = await fetch(`${this.service.url}/__connections`, { method: "POST", body });
    if (status !== 204) throw new Error(`no connections for ${id}: ${String(status)}`);
  }

  /** A record of the zone, made by the account's owner. */
  async record(content: object): Promise<string> {
    const { id } = await this.call<{ id: string }>("POST", `/../../zones/${ZONE}/dns_records`, content);
    return id;
  }

  async tunnel(rules?: readonly Rule[], configSrc = "cloudflare"): Promise<string> {
    const { id } = await this.call<{ id: string }>("POST", "/cfd_tunnel", {
      name: `t-${randomUUID()}`,
      config_src: configSrc,
    });
    if (rules !== undefined) await this.write(id, { ingress: rules, "warp-routing": { enabled: true } });
    return id;
  }

  async write(id: string, config: object): Promise<void> {
    await this.call("PUT", `/cfd_tunnel/${id}/configurations`, { config });
  }

  async config(id: string): Promise<{ ingress: Rule[]; "warp-routing": object }> {
    const { config } = await this.call("GET", `/cfd_tunnel/${id}/configurations`);
    return config as { ingress: Rule[]; "warp-routing": object };
  }

  /** Inputs of an `IngressRule`. */
  inputs(tunnelId: string, changes: Props = {}): Props & OwnRule & TunnelAddress {
    const rule = {
      hostname: "cal.example.com",
      service: "https://ingress:443",
      originRequest: { originServerName: "cal.example.com" },
    };
    return {
      accountId: ACCOUNT,
      tunnelId,
      apiToken: TOKEN,
      baseUrl: this.baseUrl,
      ...rule,
      ...changes,
    };
  }
}
