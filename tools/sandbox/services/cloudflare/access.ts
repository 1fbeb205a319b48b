/** `/accounts/{account}/access`: the Zero Trust organization, and the applications that guard hosts. */
import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { asciiName } from "../../../../manifests/names";
import { ApiError, Page, type Context, type RouteCall, type Routes } from "./api";
import type { AccessApplication } from "./state";

const apps = "Access: Apps and Policies";
const organizations = "Access: Organizations, Identity Providers, and Groups";

const rule = z.union([
  z.strictObject({ email: z.strictObject({ email: z.email() }) }),
  z.strictObject({ email_domain: z.strictObject({ domain: z.string().min(1) }) }),
  z.strictObject({ group: z.strictObject({ id: z.uuid() }) }),
  z.strictObject({ everyone: z.strictObject({}) }),
  z.strictObject({ service_token: z.strictObject({ token_id: z.uuid() }) }),
]);
const policy = z.strictObject({
  name: z.string().min(1),
  decision: z.enum(["allow", "deny", "non_identity", "bypass"]),
  include: z.array(rule).min(1),
  exclude: z.array(rule).default([]),
  require: z.array(rule).default([]),
  precedence: z.int().min(1).optional(),
});
const content = z.strictObject({
  name: z.string().min(1),
  domain: z.string().min(1),
  type: z.literal("self_hosted"),
  session_duration: z
    .string()
    .regex(/^(\d+(ns|us|µs|ms|s|m|h))+$/)
    .default("24h"),
  app_launcher_visible: z.boolean().default(true),
  policies: z.array(policy).default([]),
});
type Content = z.output<typeof content>;

/** As Access words its refusals. */
function refuse(code: number, status: number, reason: string): ApiError {
  return new ApiError(status, code, `access.api.error.${reason}`);
}

export function accessRoutes({ state, accountId, zones, teamName }: Context): Routes {
  const base = "/accounts/:account/access/apps";
  const { applications } = state.data;

  const enabled = (): void => {
    if (teamName === undefined) throw refuse(9999, 403, "not_enabled: Access is not enabled.");
  };
  const find = (call: RouteCall): AccessApplication => {
    enabled();
    const found = applications.find(({ id }) => id === call.params.id);
    if (!found) throw refuse(11021, 404, "unknown_application");
    return found;
  };
  const put = (given: Content, before?: AccessApplication): AccessApplication => {
    const [host = "", ...path] = given.domain.split("/");
    const name = asciiName(host).replace(/^\*\./, "");
    if (!zones.some((zone) => name === zone.name || name.endsWith(`.${zone.name}`)))
      throw refuse(12130, 400, "invalid_request: domain does not belong to zone");
    const domain = [asciiName(host), ...path].join("/");
    if (applications.some((other) => other !== before && other.domain === domain))
      throw refuse(11010, 409, "application_already_exists");
    const precedences = given.policies.flatMap(({ precedence }) => precedence ?? []);
    if (new Set(precedences).size < precedences.length)
      throw refuse(12130, 400, "invalid_request: policies must have unique precedences");
    const now = new Date().toISOString();
    const made: AccessApplication = {
      id: before?.id ?? randomUUID(),
      aud: before?.aud ?? randomBytes(32).toString("hex"),
      created_at: before?.created_at ?? now,
      updated_at: now,
      ...given,
      domain,
      policies: given.policies.map((one, index) => ({ id: randomUUID(), precedence: index + 1, ...one })),
    };
    if (before) applications.splice(applications.indexOf(before), 1, made);
    else applications.push(made);
    return made;
  };

  return {
    "GET /accounts/:account/access/organizations": {
      permission: { area: organizations, level: "Read" },
      handle: () => {
        enabled();
        return { name: teamName, auth_domain: `${teamName ?? ""}.cloudflareaccess.com` };
      },
    },
    [`GET ${base}`]: {
      permission: { area: apps, level: "Read" },
      handle: () => {
        enabled();
        return new Page(applications.map((one) => view(one, accountId)));
      },
    },
    [`POST ${base}`]: {
      permission: { area: apps, level: "Write" },
      handle: (call) => {
        enabled();
        return view(put(call.body(content)), accountId);
      },
    },
    [`GET ${base}/:id`]: {
      permission: { area: apps, level: "Read" },
      handle: (call) => view(find(call), accountId),
    },
    [`PUT ${base}/:id`]: {
      permission: { area: apps, level: "Write" },
      handle: (call) => {
        const before = find(call);
        return view(put(call.body(content), before), accountId);
      },
    },
    [`DELETE ${base}/:id`]: {
      permission: { area: apps, level: "Write" },
      handle: (call) => {
        const found = find(call);
        applications.splice(applications.indexOf(found), 1);
        return { id: found.id };
      },
    },
  };
}

function view(application: AccessApplication, accountId: string) {
  return {
    ...application,
    uid: application.id,
    account_id: accountId,
    // The three are one thing to the API.
    self_hosted_domains: [application.domain],
    destinations: [{ type: "public", uri: application.domain }],
    allowed_idps: [],
    tags: [],
    auto_redirect_to_identity: false,
    enable_binding_cookie: false,
    http_only_cookie_attribute: true,
  };
}
