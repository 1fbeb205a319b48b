/** `/accounts/{account}/teamnet`: private networks that WARP clients reach through tunnels. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { networkOf } from "../../../../manifests/cloudflare/network";
import { ApiError, Page, type Context, type RouteCall, type Routes } from "./api";
import type { PrivateRoute } from "./state";

const read = { area: "Cloudflare Tunnel", level: "Read" } as const;
const write = { area: "Cloudflare Tunnel", level: "Write" } as const;

/** The virtual network that every account has. */
const DEFAULT_NETWORK = "00000000-0000-4000-8000-000000000001";

const creation = z.strictObject({
  network: z.string().refine((text) => networkOf(text) === text, "must be a network without host bits"),
  tunnel_id: z.uuid(),
  comment: z.string().max(100).default(""),
  virtual_network_id: z.uuid().default(DEFAULT_NETWORK),
});

export function privateRouteRoutes({ state }: Context): Routes {
  const base = "/accounts/:account/teamnet/routes";
  const { routes, tunnels } = state.data;

  const find = (call: RouteCall): PrivateRoute => {
    const route = routes.find(({ id, deleted_at }) => id === call.params.id && deleted_at === null);
    if (!route) throw new ApiError(404, 1003, "Route not found");
    return route;
  };
  const check = (given: z.output<typeof creation>, id?: string): void => {
    if (!tunnels.some((tunnel) => tunnel.id === given.tunnel_id && !tunnel.deleted_at))
      throw new ApiError(404, 1003, "Tunnel not found");
    const same = (other: PrivateRoute): boolean =>
      other.network === given.network && other.virtual_network_id === given.virtual_network_id;
    if (routes.some((other) => other.deleted_at === null && other.id !== id && same(other)))
      throw new ApiError(409, 1014, "You already have a route defined for this exact IP subnet");
  };
  const view = (route: PrivateRoute) => ({
    ...route,
    tunnel_name: tunnels.find(({ id }) => id === route.tunnel_id)?.name,
    virtual_network_name: route.virtual_network_id === DEFAULT_NETWORK ? "default" : "another",
    tun_type: "cfd_tunnel",
  });

  return {
    [`GET ${base}`]: {
      permission: read,
      handle: ({ query }) => {
        const deleted = query.get("is_deleted");
        const shown = routes.filter(
          ({ deleted_at }) => deleted === null || (deleted_at !== null) === (deleted === "true"),
        );
        return new Page(shown.map(view));
      },
    },
    [`POST ${base}`]: {
      permission: write,
      handle: (call) => {
        const given = call.body(creation);
        check(given);
        const route: PrivateRoute = {
          id: randomUUID(),
          ...given,
          created_at: new Date().toISOString(),
          deleted_at: null,
        };
        routes.push(route);
        return view(route);
      },
    },
    [`GET ${base}/:id`]: { permission: read, handle: (call) => view(find(call)) },
    [`PATCH ${base}/:id`]: {
      permission: write,
      handle: (call) => {
        const route = find(call);
        const { network, tunnel_id, comment, virtual_network_id } = route;
        const given = {
          ...{ network, tunnel_id, comment, virtual_network_id },
          ...call.body(creation.partial()),
        };
        check(given, route.id);
        Object.assign(route, given);
        return view(route);
      },
    },
    [`DELETE ${base}/:id`]: {
      permission: write,
      handle: (call) => {
        const route = find(call);
        route.deleted_at = new Date().toISOString();
        return view(route);
      },
    },
    "GET /accounts/:account/teamnet/virtual_networks": {
      permission: read,
      handle: () =>
        new Page([{ id: DEFAULT_NETWORK, name: "default", is_default_network: true, comment: "" }]),
    },
  };
}
