import { UserError } from "../plugin/handler";
import { Rule } from "../../manifests/cloudflare/ingress-rules";
import { CloudflareAccess, CloudflareClient, CloudflareRefusal } from "./client";
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
  readonly deleted_at?: string | null;
  readonly connections?: readonly Connection[] | null;
}

/** `undefined`: there never was one. */
export async function tunnelOf(
  client: CloudflareClient,
  { accountId, tunnelId }: TunnelAddress,
): Promise<Tunnel | undefined> {
  return await client
    .call<Tunnel>("GET", `/accounts/${accountId}/cfd_tunnel/${tunnelId}`)
    .catch(unlessMissing);
}

export function isDeleted({ deleted_at }: Tunnel): boolean {
  return deleted_at !== undefined && deleted_at !== null;
}

/** The configuration of one tunnel. */
export function tunnelConfiguration(client: CloudflareClient, address: TunnelAddress): ConfigurationApi {
  const { accountId, tunnelId } = address;
  const path = `/accounts/${accountId}/cfd_tunnel/${tunnelId}/configurations`;
  const call = async (request: () => Promise<unknown>): Promise<TunnelConfiguration | undefined> => {
    try {
      return parseConfiguration(await request());
    } catch (error) {
      throw explained(error, tunnelId);
    }
  };
  return {
    get: () =>
      call(async () => {
        const found = await client.call("GET", path).catch(unlessMissing);
        return found ?? (await unconfigured(client, address));
      }),
    // Not repeated: a second write of ours would look like one of somebody else's.
    put: (config) => call(() => client.call("PUT", path, { config }, false).catch(unlessMissing)),
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

function unlessMissing(error: unknown): undefined {
  if (error instanceof CloudflareRefusal && error.status === 404) return undefined;
  throw error;
}

function parseConfiguration(result: unknown): TunnelConfiguration | undefined {
  if (result === undefined) return undefined;
  const { config, version, source } = result as { config?: object | null; version?: number; source?: string };
  if (source === "local") {
    throw new UserError(
      "the tunnel is locally managed: its rules are in cloudflared's config.yaml, not in Cloudflare's API. " +
        "Set managed to local, or migrate the tunnel in Cloudflare's dashboard",
    );
  }
  const { ingress, ...rest } = (config ?? {}) as { ingress?: Rule[] | null };
  return { version: version ?? 0, rules: ingress ?? [], rest };
}

/** Cloudflare's words, with what to do; other faults, such as of the network, stay as they are. */
function explained(error: unknown, tunnelId: string): unknown {
  if (!(error instanceof CloudflareRefusal)) return error;
  const words = error.message.replace(/^Cloudflare refused \S+ \S+:/, "");
  const what = `Cloudflare refused the configuration of tunnel ${tunnelId}:${words}`;
  const permission = 'The token needs "Account / Cloudflare Tunnel / Edit" on this account';
  return new UserError(error.unauthorized ? `${what}. ${permission}` : what);
}
