/** API tokens of the user and of the account: minted, verified, rolled; the value is shown once. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ApiError, Page, type Context, type RouteCall, type Routes } from "./api";
import { identifier } from "./identifiers";
import { condition } from "./locations";
import { permissionGroups, type Policy } from "./permissions";
import type { Token } from "./state";

const resources = z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]));
const policies = z
  .array(
    z.object({
      effect: z.enum(["allow", "deny"]),
      permission_groups: z.array(z.object({ id: z.string() })).min(1),
      resources,
    }),
  )
  .min(1);
const content = z.object({
  name: z.string().min(1).max(120),
  policies,
  status: z.enum(["active", "disabled"]).default("active"),
  condition: condition.optional(),
  not_before: z.string().optional(),
  expires_on: z.string().optional(),
});
type Content = z.output<typeof content>;

export function tokenRoutes(context: Context): Routes {
  return {
    ...routesOf(context, "user", "/user/tokens"),
    ...routesOf(context, "account", "/accounts/:account/tokens"),
  };
}

function routesOf({ state, zones, accountId }: Context, kind: Token["kind"], base: string): Routes {
  const { tokens } = state.data;
  const ownZones = zones.filter((zone) => (zone.accountId ?? accountId) === accountId).map(({ id }) => id);
  const area = kind === "user" ? "API Tokens" : "Account API Tokens";
  const write = { area, level: "Write" } as const;
  const read = { area, level: "Read" } as const;

  const find = (call: RouteCall): Token => {
    const token = tokens.find((other) => other.kind === kind && other.id === call.params.id);
    if (!token) throw new ApiError(404, 1003, "The API token could not be found");
    return token;
  };
  const accept = ({ policies: given, ...rest }: Content) => {
    for (const policy of given) {
      checkGroups(policy.permission_groups);
      checkResources(Object.entries(policy.resources), accountId, ownZones);
    }
    return { ...rest, policies: given.map((policy): Policy => ({ id: identifier(), ...policy })) };
  };

  return {
    // The literal paths stand before `:id`, which would match them too.
    [`GET ${base}/permission_groups`]: {
      handle: ({ query }) => {
        const name = query.get("name");
        return permissionGroups.filter((group) => name === null || group.name === decodeURIComponent(name));
      },
    },
    [`GET ${base}/verify`]: {
      handle: ({ caller }) => {
        if (caller.owner) return { id: "0".repeat(32), status: "active" };
        const token = tokens.find(({ id }) => id === caller.tokenId);
        // A token of the account is unknown at the user's path, and the other way round.
        if (token?.kind !== kind) throw new ApiError(401, 1000, "Invalid API Token");
        return {
          id: token.id,
          status: token.status,
          not_before: token.not_before,
          expires_on: token.expires_on,
        };
      },
    },
    [`GET ${base}`]: {
      permission: read,
      handle: () => new Page(tokens.filter((token) => token.kind === kind).map(view)),
    },
    [`POST ${base}`]: {
      permission: write,
      handle: (call) => {
        const now = new Date().toISOString();
        const token: Token = {
          ...accept(call.body(content)),
          id: identifier(),
          kind,
          issued_on: now,
          modified_on: now,
          value: newValue(),
        };
        tokens.push(token);
        return { ...view(token), value: token.value };
      },
    },
    [`GET ${base}/:id`]: { permission: read, handle: (call) => view(find(call)) },
    [`PUT ${base}/:id`]: {
      permission: write,
      handle: (call) => {
        const token = find(call);
        Object.assign(token, accept(call.body(content)), { modified_on: new Date().toISOString() });
        return view(token);
      },
    },
    [`PUT ${base}/:id/value`]: {
      permission: write,
      handle: (call) => {
        const token = find(call);
        token.value = newValue();
        return token.value;
      },
    },
    [`DELETE ${base}/:id`]: {
      permission: write,
      handle: (call) => {
        const token = find(call);
        tokens.splice(tokens.indexOf(token), 1);
        return { id: token.id };
      },
    },
  };
}

function newValue(): string {
  return randomBytes(30).toString("base64url");
}

function checkGroups(groups: readonly { readonly id: string }[]): void {
  for (const { id } of groups) {
    if (!permissionGroups.some((group) => group.id === id)) {
      throw new ApiError(400, 1001, `Permission group with ID ${id} not found`);
    }
  }
}

function checkResources(
  entries: readonly (readonly [string, string | Readonly<Record<string, string>>])[],
  accountId: string,
  zoneIds: readonly string[],
): void {
  const known = [
    "com.cloudflare.api.account.*",
    `com.cloudflare.api.account.${accountId}`,
    "com.cloudflare.api.account.zone.*",
    ...zoneIds.map((id) => `com.cloudflare.api.account.zone.${id}`),
  ];
  for (const [resource, within] of entries) {
    if (!known.includes(resource) && !/^com\.cloudflare\.api\.user\.\w+$/.test(resource))
      throw new ApiError(400, 1001, `Resource ${resource} is not one of yours`);
    if (typeof within !== "string") checkResources(Object.entries(within), accountId, zoneIds);
  }
}

function view(token: Token) {
  const named = token.policies.map((policy) => ({
    ...policy,
    permission_groups: policy.permission_groups.map(({ id }) => ({
      id,
      name: permissionGroups.find((group) => group.id === id)?.name,
    })),
  }));
  // JSON leaves out what is undefined.
  return { ...token, policies: named, value: undefined, kind: undefined };
}
