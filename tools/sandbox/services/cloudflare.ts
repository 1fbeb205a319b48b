/**
 * Stand-in of Cloudflare's API v4: tunnels, DNS records, API tokens, Origin CA and Access of one account with its zones,
 * with the vendor's paths, envelope and error codes. The state is kept in a file and shown, without secrets, at `/__state`.
 */
import { accessRoutes } from "./cloudflare/access";
import {
  ApiError,
  failure,
  match,
  parseBody,
  success,
  type Caller,
  type Context,
  type Routes,
  type Zone,
} from "./cloudflare/api";
import { createAuthorities } from "./cloudflare/authority";
import { certificateRoutes } from "./cloudflare/certificates";
import { dnsRoutes } from "./cloudflare/dns";
import { allows } from "./cloudflare/permissions";
import { privateRouteRoutes } from "./cloudflare/private-routes";
import { emptyState } from "./cloudflare/state";
import { tokenRoutes } from "./cloudflare/tokens";
import { tunnelRoutes } from "./cloudflare/tunnels";
import { zoneRoutes } from "./cloudflare/zones";
import { portSetting, required, runService, startService, type Call, type Reply, type Service } from "./http";
import { StateFile, withHashes } from "./state";

const prefix = "/client/v4";

export interface CloudflareOptions {
  readonly port?: number;
  readonly stateFile?: string;
  readonly faults?: string;
  readonly apiToken: string;
  readonly accountId: string;
  readonly zoneId: string;
  readonly zoneName: string;
  /** Further zones: id → name. */
  readonly furtherZones?: Readonly<Record<string, string>>;
  /** The accounts that further zones belong to, where it is another one: zone's id → account's. */
  readonly furtherAccounts?: Readonly<Record<string, string>>;
  /** A pending zone gets no certificates. */
  readonly zoneStatus?: "active" | "pending";
  readonly zonePaused?: boolean;
  readonly zoneSsl?: string;
  readonly zoneType?: "full" | "partial" | "secondary" | "internal";
  /** The account that the zone belongs to. @default the one that there is */
  readonly zoneAccountId?: string;
  /** Name of the Zero Trust organization; "" for an account without one. @default "your-team" */
  readonly teamName?: string;
}

export async function startCloudflare(options: CloudflareOptions): Promise<Service> {
  const state = new StateFile(options.stateFile, emptyState());
  state.data.authorities ??= await createAuthorities();
  state.save();
  const zone: Zone = {
    id: options.zoneId,
    name: options.zoneName,
    status: options.zoneStatus ?? "active",
    paused: options.zonePaused,
    ssl: options.zoneSsl,
    type: options.zoneType,
    accountId: options.zoneAccountId,
  };
  const further = Object.entries(options.furtherZones ?? {});
  const context: Context = {
    state,
    authorities: state.data.authorities,
    accountId: options.accountId,
    zone,
    zones: [zone, ...further.map(([id, name]) => zoneIn(id, name, options))],
    ownerToken: options.apiToken,
    teamName: options.teamName === "" ? undefined : (options.teamName ?? "your-team"),
  };
  const routes: Routes = {
    ...zoneRoutes(context),
    ...tunnelRoutes(context),
    ...dnsRoutes(context),
    ...tokenRoutes(context),
    ...certificateRoutes(context),
    ...accessRoutes(context),
    ...privateRouteRoutes(context),
  };
  return startService({
    port: options.port,
    faults: options.faults,
    failure: (status, message) => failure(status, 10000 + status, message).body,
    handle: (call) => handle(call, context, routes),
  });
}

function zoneIn(id: string, name: string, { furtherAccounts = {} }: CloudflareOptions): Zone {
  return { id, name, status: "active", accountId: furtherAccounts[id] };
}

async function handle(call: Call, context: Context, routes: Routes): Promise<Reply> {
  if (call.path === "/__state") {
    return { status: 200, body: withHashes(context.state.data, ["value", "tunnel_secret", "key"]) };
  }
  if (call.path === "/__connections" && call.method === "POST") return connect(call, context);
  try {
    if (!call.path.startsWith(`${prefix}/`)) throw noRoute();
    const caller = authenticate(call, context);
    const found = match(routes, call.method, call.path.slice(prefix.length));
    if (!found) throw noRoute();
    const { route, params } = found;
    requireKnown(params, context);
    if (route.permission && !may(caller, params, route.permission, context)) {
      throw new ApiError(403, 10000, "Authentication error");
    }
    const result = await route.handle({
      params,
      query: call.query,
      caller,
      body: (schema) => parseBody(call, schema),
    });
    if (call.method !== "GET") context.state.save();
    return success(result, call.query);
  } catch (error) {
    if (error instanceof ApiError) return failure(error.status, error.code, error.message);
    throw error;
  }
}

/**
 * Lets connectors of a tunnel be there, as cloudflared's pods would be: `{tunnel, connections}`. With `goneAfter` they
 * have stopped, and are shown for so many seconds more.
 */
function connect({ text }: Call, { state }: Context): Reply {
  const given = JSON.parse(text) as { tunnel: string; connections: number; goneAfter?: number };
  const { tunnel: id, connections, goneAfter } = given;
  const tunnel = state.data.tunnels.find((other) => other.id === id);
  if (tunnel === undefined) return { status: 404 };
  tunnel.connections = connections;
  tunnel.connectionsUntil = goneAfter === undefined ? undefined : Date.now() + goneAfter * 1000;
  state.save();
  return { status: 204 };
}

function noRoute(): ApiError {
  return new ApiError(404, 7000, "No route for that URI");
}

function authenticate({ headers }: Call, { ownerToken, state }: Context): Caller {
  const header = headers.authorization;
  if (header === undefined) {
    // Service keys ended on 2026-09-30, and the sandbox has no global key.
    const old = headers["x-auth-user-service-key"] ?? headers["x-auth-key"];
    if (old !== undefined) throw new ApiError(401, 10000, "Authentication error");
    throw new ApiError(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
  }
  const value = /^Bearer (\S+)$/.exec(header)?.[1];
  if (value === undefined) throw new ApiError(400, 6111, "Invalid format for Authorization header");
  if (value === ownerToken) return { owner: true };
  const now = new Date().toISOString();
  const token = state.data.tokens.find((other) => other.value === value);
  if (token?.status !== "active" || (token.expires_on ?? now) < now || (token.not_before ?? now) > now) {
    throw new ApiError(401, 10000, "Authentication error");
  }
  return { owner: false, tokenId: token.id };
}

function requireKnown(params: Readonly<Record<string, string>>, { accountId, zones }: Context): void {
  const own = { account: [accountId], zone: zones.map(({ id }) => id) };
  for (const kind of ["account", "zone"] as const) {
    const given = params[kind];
    if (given !== undefined && !own[kind].includes(given)) {
      throw new ApiError(
        404,
        7003,
        `Could not route to /${kind}s/${given}, perhaps your object identifier is invalid?`,
      );
    }
  }
}

function may(
  caller: Caller,
  params: Readonly<Record<string, string>>,
  permission: Parameters<typeof allows>[1],
  { state, accountId }: Context,
): boolean {
  if (caller.owner) return true;
  const token = state.data.tokens.find(({ id }) => id === caller.tokenId);
  return allows(token?.policies ?? [], permission, { accountId, zoneId: params.zone });
}

if (require.main === module) {
  runService(() =>
    startCloudflare({
      port: portSetting(),
      stateFile: process.env.STATE_FILE,
      faults: process.env.FAULTS,
      apiToken: required("CLOUDFLARE_API_TOKEN"),
      accountId: required("ACCOUNT_ID"),
      zoneId: required("ZONE_ID"),
      zoneName: required("ZONE_NAME"),
      furtherZones: Object.fromEntries(
        (process.env.FURTHER_ZONES ?? "")
          .split(",")
          .filter((entry) => entry !== "")
          .map((entry) => entry.split("=") as [string, string]),
      ),
      zoneStatus: process.env.ZONE_STATUS === "pending" ? "pending" : "active",
      zoneSsl: process.env.ZONE_SSL,
    }),
  );
}
