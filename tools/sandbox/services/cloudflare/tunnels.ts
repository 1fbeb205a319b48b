/** `/accounts/{account}/cfd_tunnel`: tunnels, their configuration, and the token that cloudflared runs with. */
import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { ApiError, Page, type Context, type RouteCall, type Routes } from "./api";
import { configurationFault } from "./ingress";
import type { Tunnel } from "./state";

const read = { area: "Cloudflare Tunnel", level: "Read" } as const;
const write = { area: "Cloudflare Tunnel", level: "Write" } as const;

const secret = z
  .string()
  .refine((text) => Buffer.from(text, "base64").length >= 32, "must be at least 32 bytes in base64");
const creation = z.object({
  name: z.string().min(1),
  config_src: z.enum(["local", "cloudflare"]).default("local"),
  tunnel_secret: secret.optional(),
});
const change = z.object({ name: z.string().min(1).optional(), tunnel_secret: secret.optional() });
const putConfiguration = z.object({ config: z.record(z.string(), z.unknown()).default({}) });

export function tunnelRoutes({ state, accountId }: Context): Routes {
  const base = "/accounts/:account/cfd_tunnel";
  const { tunnels } = state.data;

  const find = (call: RouteCall): Tunnel => {
    const tunnel = tunnels.find(({ id }) => id === call.params.id);
    if (!tunnel) throw new ApiError(404, 1003, "Tunnel not found");
    return tunnel;
  };
  const requireFreeName = (name: string, id?: string) => {
    if (tunnels.some((other) => !other.deleted_at && other.name === name && other.id !== id)) {
      throw new ApiError(409, 1013, "You already have a tunnel with this name");
    }
  };
  const token = (tunnel: Tunnel) =>
    Buffer.from(JSON.stringify({ a: accountId, t: tunnel.id, s: tunnel.tunnel_secret })).toString("base64");

  return {
    [`GET ${base}`]: {
      permission: read,
      handle: ({ query }) => {
        const name = query.get("name");
        const deleted = query.get("is_deleted");
        const found = tunnels.filter(
          (tunnel) =>
            (name === null || tunnel.name === name) &&
            (deleted === null || (tunnel.deleted_at !== null) === (deleted === "true")),
        );
        return new Page(found.map((tunnel) => view(tunnel, accountId)));
      },
    },
    [`POST ${base}`]: {
      permission: write,
      handle: (call) => {
        const { name, config_src, tunnel_secret } = call.body(creation);
        requireFreeName(name);
        const tunnel: Tunnel = {
          id: randomUUID(),
          name,
          config_src,
          tunnel_secret: tunnel_secret ?? randomBytes(32).toString("base64"),
          created_at: new Date().toISOString(),
          deleted_at: null,
        };
        tunnels.push(tunnel);
        const credentials = {
          AccountTag: accountId,
          TunnelID: tunnel.id,
          TunnelName: name,
          TunnelSecret: tunnel.tunnel_secret,
        };
        return { ...view(tunnel, accountId), credentials_file: credentials, token: token(tunnel) };
      },
    },
    // A deleted tunnel still answers, with deleted_at: clients have to look at it.
    [`GET ${base}/:id`]: { permission: read, handle: (call) => view(find(call), accountId) },
    [`PATCH ${base}/:id`]: {
      permission: write,
      handle: (call) => {
        const tunnel = find(call);
        const { name, tunnel_secret } = call.body(change);
        if (name !== undefined) requireFreeName(name, tunnel.id);
        tunnel.name = name ?? tunnel.name;
        tunnel.tunnel_secret = tunnel_secret ?? tunnel.tunnel_secret;
        return view(tunnel, accountId);
      },
    },
    [`DELETE ${base}/:id`]: {
      permission: write,
      handle: (call) => {
        const tunnel = find(call);
        if (connectionsOf(tunnel) > 0) {
          throw new ApiError(
            400,
            1022,
            "Cannot delete tunnel because it has active connections. Please run cloudflared tunnel cleanup",
          );
        }
        // Only a cascade takes them along; which code that refusal has isn't documented.
        if (state.data.routes.some((route) => route.tunnel_id === tunnel.id && route.deleted_at === null))
          throw new ApiError(400, 1022, "Cannot delete tunnel because it has routes.");
        tunnel.deleted_at ??= new Date().toISOString();
        return view(tunnel, accountId);
      },
    },
    // Forgets connectors that went away without a word; those that run connect again.
    [`DELETE ${base}/:id/connections`]: {
      permission: write,
      handle: (call) => {
        const tunnel = find(call);
        if (tunnel.connectionsUntil !== undefined) tunnel.connections = 0;
        return {};
      },
    },
    [`GET ${base}/:id/token`]: {
      permission: read,
      handle: (call) => {
        const tunnel = find(call);
        if (tunnel.deleted_at) throw new ApiError(404, 1003, "Tunnel not found");
        return token(tunnel);
      },
    },
    [`GET ${base}/:id/configurations`]: {
      permission: read,
      handle: (call) => {
        const tunnel = find(call);
        // Nor has a tunnel one that was never configured.
        if (tunnel.deleted_at || !tunnel.configuration) {
          throw new ApiError(404, 1055, "Configuration for tunnel not found");
        }
        return { tunnel_id: tunnel.id, ...tunnel.configuration };
      },
    },
    [`PUT ${base}/:id/configurations`]: {
      permission: write,
      handle: (call) => {
        const tunnel = find(call);
        if (tunnel.deleted_at) throw new ApiError(404, 1055, "Configuration for tunnel not found");
        const { config } = call.body(putConfiguration);
        const fault = configurationFault(config);
        if (fault) throw new ApiError(400, 1056, `Bad Configuration: Validation failed: ${fault}`);
        tunnel.configuration = {
          version: (tunnel.configuration?.version ?? 0) + 1,
          config: { ...config, "warp-routing": config["warp-routing"] ?? { enabled: false } },
          source: "cloudflare",
          created_at: new Date().toISOString(),
        };
        return { tunnel_id: tunnel.id, ...tunnel.configuration };
      },
    },
  };
}

function connectionsOf({ connections = 0, connectionsUntil }: Tunnel): number {
  return connectionsUntil !== undefined && connectionsUntil <= Date.now() ? 0 : connections;
}

function view(tunnel: Tunnel, accountId: string) {
  const connections = connectionsOf(tunnel);
  return {
    id: tunnel.id,
    account_tag: accountId,
    name: tunnel.name,
    config_src: tunnel.config_src,
    remote_config: tunnel.config_src === "cloudflare",
    created_at: tunnel.created_at,
    deleted_at: tunnel.deleted_at,
    tun_type: "cfd_tunnel",
    status: connections > 0 ? "healthy" : "inactive",
    connections: Array.from({ length: connections }, (_, index) => ({
      id: `${tunnel.id}-${index}`,
      // A connector opens four.
      client_id: `connector-${Math.floor(index / 4) + 1}`,
      client_version: "2026.8.0",
      origin_ip: "192.0.2.10",
      opened_at: tunnel.created_at,
      is_pending_reconnect: false,
    })),
    conns_active_at: null,
    conns_inactive_at: null,
    metadata: {},
  };
}
