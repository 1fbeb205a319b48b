/**
 * Stand-in for the provider plugin of @pulumi/cloudflare, over the vendor's own client: tunnels and their
 * configuration, DNS records, tokens, and the functions that look such things up.
 */
import { version } from "@pulumi/cloudflare/package.json";
import { Props, ResourceHandler, State, UserError } from "../../../provider/plugin/handler";
import { serve } from "../../../provider/plugin/server";
import { RESOURCES } from "./cloudflare-resources";
import { camelKeys } from "./key-names";
import type { ResourceType } from "./resource-type";
import { changedNames, checkNames, diffInputs, InputNames, requireKnown, text } from "./semantics";

type Method = "get" | "post" | "put" | "patch" | "delete";

let settings: Props = {};
let connection: ReturnType<typeof connect> | undefined;

export function configure(args: Props): void {
  settings = args;
  connection = undefined;
}

async function connect() {
  const apiToken = settings.apiToken ?? process.env.CLOUDFLARE_API_TOKEN;
  if (typeof apiToken !== "string" || apiToken === "") {
    throw new UserError("the provider cloudflare needs apiToken, or CLOUDFLARE_API_TOKEN in the environment");
  }
  const baseURL = (settings.baseUrl ?? process.env.CLOUDFLARE_BASE_URL) as string | undefined;
  const { Cloudflare } = await import("cloudflare");
  return new Cloudflare({ apiToken, baseURL: baseURL?.replace(/\/$/, "") });
}

class CloudflareError extends UserError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The `result` of the answer's envelope; a refusal as the API words it. */
async function call(method: Method, path: string, body?: Props, query?: Props): Promise<unknown> {
  const api = await (connection ??= connect());
  try {
    return (await api[method]<{ result?: unknown }>(path, { body, query })).result;
  } catch (error) {
    const { status, errors, message } = error as {
      status?: number;
      errors?: readonly { code: number; message: string }[];
      message: string;
    };
    const words = (errors ?? []).map((one) => `${one.message} (${String(one.code)})`).join("; ");
    const place = `${method.toUpperCase()} ${path}`;
    if (status === undefined)
      throw new UserError(`Cloudflare can't be reached at ${api.baseURL}: ${message}`);
    throw new CloudflareError(`Cloudflare refused ${place}: ${words === "" ? message : words}`, status);
  }
}

/** Whether the API's value still says what the wanted one says; the API may add fields of its own. */
function matches(wanted: unknown, live: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      wanted.length === live.length &&
      wanted.every((entry, i) => matches(entry, live[i]))
    );
  }
  if (wanted === null || typeof wanted !== "object") return wanted === live;
  if (live === null || typeof live !== "object") return false;
  return Object.entries(wanted).every(
    ([key, value]) => value === undefined || matches(value, (live as Props)[key]),
  );
}

/** The inputs as the API has them: where it says something else, its value, so that drift shows. */
function driftedInputs(type: ResourceType, inputs: Props, result: Props, outputs: Props): Props {
  const drifted = Object.keys(inputs).filter((name) => {
    const wire = type.body({ [name]: inputs[name] });
    return name in outputs && !matches(wire, result);
  });
  return { ...inputs, ...Object.fromEntries(drifted.map((name) => [name, outputs[name]])) };
}

function resource(token: string, type: ResourceType): ResourceHandler {
  const short = token.split(":").at(-1) ?? token;
  const outputs = (result: Props, inputs: Props, olds?: State): Props => ({
    ...inputs,
    ...type.outputs(result, inputs, olds?.outputs),
  });
  return {
    computed: type.computed,
    secrets: type.secrets,
    check: (_ctx, news) => Promise.resolve({ inputs: news, failures: checkNames(short, news, type) }),
    diff: (_ctx, _id, olds, news) => Promise.resolve(diffInputs(olds.inputs, news, type.replaceOn)),
    create: async (_ctx, news) => {
      const result = (await call(type.create, type.collection(news), type.body(news))) as Props;
      return { id: type.id(result), outputs: outputs(result, news) };
    },
    update: async (_ctx, id, olds, news) => {
      const changed = changedNames(olds.inputs, news);
      const sent =
        type.update === "patch" ? Object.fromEntries(changed.map((name) => [name, news[name]])) : news;
      const result = (await call(type.update, type.item(news, id), type.body(sent))) as Props;
      return { outputs: outputs(result, news, olds) };
    },
    read: async (_ctx, id, olds) => {
      if (Object.keys(olds.inputs).length === 0)
        throw new UserError(`the stand-in for ${short} can't import`);
      const result = await call("get", type.item(olds.inputs, id)).catch((error: unknown) => {
        if (error instanceof CloudflareError && error.status === 404) return undefined;
        throw error;
      });
      if (result === undefined || type.gone?.(result as Props) === true) return undefined;
      const found = outputs(result as Props, olds.inputs, olds);
      return { id, inputs: driftedInputs(type, olds.inputs, result as Props, found), outputs: found };
    },
    delete: async (_ctx, id, olds) => {
      if (type.keepsOnDelete === true) return;
      await call("delete", type.item(olds.inputs, id)).catch((error: unknown) => {
        if (!(error instanceof CloudflareError) || error.status !== 404) throw error;
      });
    },
  };
}

export const resources: Readonly<Record<string, ResourceHandler>> = Object.fromEntries(
  Object.entries(RESOURCES).map(([token, type]) => [token, resource(token, type)]),
);

type ProviderFunction = (args: Props) => Promise<Props>;

function lookup(name: string, names: InputNames, run: ProviderFunction): [string, ProviderFunction] {
  const known = [...(names.required ?? []), ...(names.optional ?? [])];
  return [
    `cloudflare:index/${name}:${name}`,
    (args) => {
      requireKnown(name, args, known);
      return run(args);
    },
  ];
}

/** `filter`'s and getZones' arguments as the query that the API takes. */
function zoneQuery(args: Props): Props {
  const { account, ...rest } = args as { account?: { id?: string; name?: string } } & Props;
  return { ...rest, "account.id": account?.id, "account.name": account?.name };
}

const ZONE_FILTER = ["account", "direction", "match", "name", "order", "status"];

async function list(path: string, query: Props, maxItems: unknown): Promise<Props[]> {
  const found = ((await call("get", path, undefined, query)) as Props[]).map(
    (entry) => camelKeys(entry) as Props,
  );
  return typeof maxItems === "number" ? found.slice(0, maxItems) : found;
}

export const functions: Readonly<Record<string, ProviderFunction>> = Object.fromEntries([
  lookup("getZeroTrustTunnelCloudflaredToken", { required: ["accountId", "tunnelId"] }, async (args) => {
    const path = `/accounts/${text(args, "accountId")}/cfd_tunnel/${text(args, "tunnelId")}/token`;
    return { ...args, id: args.tunnelId, token: await call("get", path) };
  }),
  lookup("getZone", { optional: ["zoneId", "filter"] }, async (args) => {
    if (args.zoneId !== undefined) {
      const zone = camelKeys(await call("get", `/zones/${text(args, "zoneId")}`)) as Props;
      return { ...zone, zoneId: zone.id };
    }
    const filter = (args.filter ?? {}) as Props;
    requireKnown("getZone's filter", filter, ZONE_FILTER);
    const [zone, ...others] = await list("/zones", zoneQuery(filter), undefined);
    if (zone === undefined || others.length > 0) {
      throw new UserError(`getZone wants one zone, but ${String(others.length + (zone ? 1 : 0))} match`);
    }
    return { ...zone, ...args, zoneId: zone.id };
  }),
  lookup("getZones", { optional: [...ZONE_FILTER, "maxItems"] }, async ({ maxItems, ...args }) => {
    const results = await list("/zones", zoneQuery(args), maxItems);
    return { ...args, maxItems, match: args.match ?? "all", results };
  }),
  lookup("getApiTokenPermissionGroupsList", { optional: ["maxItems", "name", "scope"] }, async (args) => {
    const { maxItems, ...query } = args;
    return { ...args, results: await list("/user/tokens/permission_groups", query, maxItems) };
  }),
]);

if (require.main === module)
  void serve({
    name: "cloudflare",
    version,
    resources,
    functions,
    settings: ["apiToken", "baseUrl"],
    configure,
  });
