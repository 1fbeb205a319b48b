import type { Cloudflare } from "cloudflare" with { "resolution-mode": "import" };
import { UserError } from "../plugin/handler";
import { Rule } from "../../manifests/cloudflare/ingress-rules";
import { ConfigurationApi, TunnelConfiguration } from "./tunnel-configuration";

/** Which tunnel, and how it is reached. */
export interface TunnelAddress {
  readonly accountId: string;
  readonly tunnelId: string;
  readonly apiToken?: string;
  readonly baseUrl?: string;
}

/** Opens the tunnel's configuration by Cloudflare's own client, loaded only when it is needed: it takes 0.4 s. */
export async function openCloudflare(address: TunnelAddress, signal: AbortSignal): Promise<ConfigurationApi> {
  const { default: Client } = await import("cloudflare");
  const apiToken = address.apiToken ?? process.env.CLOUDFLARE_API_TOKEN;
  if (apiToken === undefined || apiToken === "") {
    throw new UserError(
      "no Cloudflare token: set apiToken, or the environment variable CLOUDFLARE_API_TOKEN",
    );
  }
  const client = new Client({
    apiToken,
    baseURL: address.baseUrl ?? process.env.CLOUDFLARE_BASE_URL,
    maxRetries: 5,
  });
  return configurationApi(client, address, signal);
}

function configurationApi(
  client: Cloudflare,
  { accountId, tunnelId }: TunnelAddress,
  signal: AbortSignal,
): ConfigurationApi {
  const { configurations } = client.zeroTrust.tunnels.cloudflared;
  const parameters = { account_id: accountId };
  const call = async (request: () => Promise<unknown>): Promise<TunnelConfiguration | undefined> => {
    try {
      return parseConfiguration(await request());
    } catch (error) {
      // The tunnel, or its configuration, doesn't exist.
      if ((error as { status?: number }).status === 404) return undefined;
      throw explained(error, tunnelId);
    }
  };
  return {
    get: () => call(() => configurations.get(tunnelId, parameters, { signal })),
    put: (config) => call(() => configurations.update(tunnelId, { ...parameters, config }, { signal })),
  };
}

function parseConfiguration(result: unknown): TunnelConfiguration {
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
  const { status, errors } = error as { status?: number; errors?: { code?: number; message?: string }[] };
  if (status === undefined) return error;
  const words = (errors ?? []).map(({ code, message }) => `, ${message ?? "?"} (${code ?? "?"})`).join("");
  const what = `Cloudflare refused the configuration of tunnel ${tunnelId}: HTTP ${status}${words}`;
  const permission = 'The token needs "Account / Cloudflare Tunnel / Edit" on this account';
  return new UserError(status === 401 || status === 403 ? `${what}. ${permission}` : what);
}
