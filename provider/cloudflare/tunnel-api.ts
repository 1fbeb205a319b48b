import { UserError } from "../plugin/handler";
import { Rule } from "../../manifests/cloudflare/ingress-rules";
import { isObject, kindOf, objectsIn, textOf } from "../../manifests/shape";
import { CloudflareRefusal, notUnderstood, objectOf, unlessMissing } from "./answer";
import { AnswerLost, CloudflareAccess, CloudflareClient } from "./client";
import { ConfigurationApi, TunnelConfiguration } from "./tunnel-configuration";

/** Which tunnel, and how it is reached. */
export interface TunnelAddress extends CloudflareAccess {
  readonly accountId: string;
  readonly tunnelId: string;
}

/** A connection of cloudflared to Cloudflare; each connector opens four. */
export interface Connection {
  readonly client_id?: string;
  readonly client_version?: string;
  readonly origin_ip?: string;
  readonly opened_at?: string;
}

/** A tunnel as the API shows it. One that was deleted is shown for months, with `deleted_at`. */
export interface Tunnel {
  readonly id: string;
  readonly name: string;
  readonly config_src?: "local" | "cloudflare";
  readonly created_at?: string;
  readonly deleted_at?: string;
  readonly connections: readonly Connection[];
}

/** `undefined`: there never was one. */
export async function tunnelOf(
  client: CloudflareClient,
  { accountId, tunnelId }: TunnelAddress,
): Promise<Tunnel | undefined> {
  const path = `/accounts/${accountId}/cfd_tunnel/${tunnelId}`;
  return await client.call("GET", path).then(tunnelIn, unlessMissing);
}

/** A tunnel of an answer, of which only the id must be there. */
export function tunnelIn(result: unknown): Tunnel {
  const { id, name, config_src, created_at, deleted_at, connections } = objectOf(result, "the tunnel");
  if (typeof id !== "string") throw notUnderstood("the tunnel's id", `is ${kindOf(id)}`);
  return {
    ...{ id, name: textOf(name) ?? id, created_at: textOf(created_at), deleted_at: textOf(deleted_at) },
    config_src: config_src === "local" || config_src === "cloudflare" ? config_src : undefined,
    connections: objectsIn(connections),
  };
}

export function isDeleted({ deleted_at = "" }: Tunnel): boolean {
  // The year 1 is Go's for no time at all.
  return deleted_at !== "" && !deleted_at.startsWith("0001-");
}

/** The configuration of one tunnel. */
export function tunnelConfiguration(client: CloudflareClient, address: TunnelAddress): ConfigurationApi {
  const { accountId, tunnelId } = address;
  const path = `/accounts/${accountId}/cfd_tunnel/${tunnelId}/configurations`;
  const call = async (
    request: () => Promise<object | undefined>,
  ): Promise<TunnelConfiguration | undefined> => {
    try {
      return parseConfiguration(await request());
    } catch (error) {
      throw explained(error, tunnelId);
    }
  };
  return {
    get: () =>
      call(async () => {
        const found = await client.call("GET", path).then((shown) => ({ shown }), unlessMissing);
        return found === undefined
          ? await unconfigured(client, address)
          : objectOf(found.shown, "the configuration");
      }),
    // Not repeated: a second write of ours would look like one of somebody else's.
    put: (config) =>
      call(async () => {
        const done = client.call("PUT", path, { config }, false);
        const written = await done.then((shown) => ({ shown }), unlessMissing);
        if (written === undefined) return undefined;
        if (isObject(written.shown)) return written.shown;
        throw new AnswerLost(`what Cloudflare wrote is ${kindOf(written.shown)}`);
      }),
  };
}

/**
 * What the API calls "not found" (1055) has three reasons: there is no such tunnel, it was deleted, or nobody ever
 * configured it, as with every new one.
 */
async function unconfigured(client: CloudflareClient, address: TunnelAddress) {
  const tunnel = await tunnelOf(client, address);
  if (tunnel === undefined || isDeleted(tunnel)) return undefined;
  return { source: tunnel.config_src, config: null, version: 0 };
}

function parseConfiguration(result: object | undefined): TunnelConfiguration | undefined {
  if (result === undefined) return undefined;
  const { config, version: told, source } = result as Readonly<Record<string, unknown>>;
  if (source === "local") {
    throw new UserError(
      "the tunnel is locally managed: its rules are in cloudflared's config.yaml, not in Cloudflare's API. " +
        "Set managed to local, or migrate the tunnel in Cloudflare's dashboard",
    );
  }
  const version = Number.isInteger(Number(told)) ? Number(told) : 0;
  // One that was written and isn't shown would be written over.
  const never = config === null || (config === undefined && version <= 0 && told !== undefined);
  const { ingress, ...rest } = never ? {} : objectOf(config, "the tunnel's configuration");
  return { version, rules: rulesIn(ingress), rest };
}

/** The rules as they came, once it is sure that they can be told from each other. */
function rulesIn(ingress: unknown): readonly Rule[] {
  if (ingress === undefined || ingress === null) return [];
  if (!Array.isArray(ingress)) throw notUnderstood("the tunnel's list of rules", `is ${kindOf(ingress)}`);
  ingress.forEach((rule: unknown, index) => {
    const { hostname, path } = objectOf(rule, `rule ${String(index + 1)} of the tunnel`);
    for (const [field, value] of Object.entries({ hostname, path })) {
      if (value === undefined || value === null || typeof value === "string") continue;
      throw notUnderstood(`rule ${String(index + 1)} of the tunnel`, `has ${kindOf(value)} as its ${field}`);
    }
  });
  return ingress as Rule[];
}

/** Cloudflare's words, with what to do; other faults, such as of the network, stay as they are. */
function explained(error: unknown, tunnelId: string): unknown {
  if (!(error instanceof CloudflareRefusal)) return error;
  const words = error.message.replace(/^Cloudflare refused \S+ \S+:/, "");
  const what = `Cloudflare refused the configuration of tunnel ${tunnelId}:${words}`;
  const permission = '→ The token needs "Account / Cloudflare Tunnel / Edit" on this account.';
  return new UserError(error.unauthorized ? `${what}\n${permission}` : what);
}
