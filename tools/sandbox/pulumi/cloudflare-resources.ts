/** Cloudflare's resource types: where each one lives in the API, and how its inputs and outputs are spelled there. */
import { Props } from "../../../provider/plugin/handler";
import { accessApplication, privateRoute } from "./cloudflare-zero-trust";
import { camelKeys, omit, renameKeys, snakeKeys } from "./key-names";
import type { ResourceType } from "./resource-type";
import { text } from "./semantics";

/** Tunnel configurations are camel case in the API too; these names differ (Pulumi's → the API's). */
const CONFIG_NAMES: Readonly<Record<string, string>> = {
  ingresses: "ingress",
  noTlsVerify: "noTLSVerify",
  matchSnItoHost: "matchSNItoHost",
  audTags: "audTag",
};
const CONFIG_NAMES_BACK = Object.fromEntries(
  Object.entries(CONFIG_NAMES).map(([ours, theirs]) => [theirs, ours]),
);

export const configToApi = (config: unknown): unknown =>
  renameKeys(config, (key) => CONFIG_NAMES[key] ?? key);

/** Without `warp-routing`, which the API adds, and without the empty `originRequest` of rules that have none. */
export function configFromApi(config: unknown): unknown {
  const rest = omit((config ?? {}) as Props, "warp-routing");
  const rules = Array.isArray(rest.ingress) ? (rest.ingress as Props[]) : [];
  const ingress = rules.map(({ originRequest, ...rule }) =>
    originRequest === undefined || originRequest === null || Object.keys(originRequest).length === 0
      ? rule
      : { ...rule, originRequest },
  );
  return renameKeys({ ...rest, ingress }, (key) => CONFIG_NAMES_BACK[key] ?? key);
}

const tunnels = (inputs: Props): string => `/accounts/${text(inputs, "accountId")}/cfd_tunnel`;
const configuration = (inputs: Props): string =>
  `${tunnels(inputs)}/${text(inputs, "tunnelId")}/configurations`;
const records = (inputs: Props): string => `/zones/${text(inputs, "zoneId")}/dns_records`;
const accountTokens = (inputs: Props): string => `/accounts/${text(inputs, "accountId")}/tokens`;
const idOf = (result: Props): string => text(result, "id");
const tunnel: ResourceType = {
  required: ["accountId", "name"],
  optional: ["configSrc", "tunnelSecret"],
  computed: [
    ...["accountTag", "connections", "connsActiveAt", "connsInactiveAt", "createdAt", "deletedAt"],
    ...["metadata", "remoteConfig", "status", "tunType"],
  ],
  secrets: ["tunnelSecret"],
  replaceOn: ["accountId", "configSrc"],
  collection: tunnels,
  item: (inputs, id) => `${tunnels(inputs)}/${id}`,
  create: "post",
  update: "patch",
  body: (inputs) => snakeKeys(omit(inputs, "accountId")) as Props,
  id: idOf,
  outputs: (result, inputs) => ({
    // Of a new tunnel the API tells the credentials, too; the resource doesn't have them.
    ...(camelKeys(omit(result, "id", "config_src", "metadata", "credentials_file", "token")) as Props),
    metadata: JSON.stringify(result.metadata ?? {}),
    // The API tells neither: what was asked for stays.
    configSrc: inputs.configSrc ?? "local",
    tunnelSecret: inputs.tunnelSecret,
  }),
};

const tunnelConfig: ResourceType = {
  required: ["accountId", "tunnelId"],
  optional: ["config", "source"],
  computed: ["createdAt", "source", "version"],
  replaceOn: ["accountId", "tunnelId"],
  collection: configuration,
  item: configuration,
  create: "put",
  update: "put",
  keepsOnDelete: true,
  body: ({ config, source }) => ({
    ...(config === undefined ? {} : { config: configToApi(config) }),
    ...(source === undefined ? {} : { source }),
  }),
  id: (result) => text(result, "tunnel_id"),
  outputs: (result) => ({
    config: configFromApi(result.config),
    createdAt: result.created_at,
    source: result.source,
    version: result.version,
  }),
};

const dnsRecord: ResourceType = {
  required: ["name", "ttl", "type", "zoneId"],
  optional: ["comment", "content", "data", "priority", "proxied", "settings", "tags"],
  computed: ["commentModifiedOn", "createdOn", "meta", "modifiedOn", "proxiable", "tagsModifiedOn"],
  replaceOn: ["zoneId"],
  collection: records,
  item: (inputs, id) => `${records(inputs)}/${id}`,
  create: "post",
  update: "put",
  body: (inputs) => snakeKeys(omit(inputs, "zoneId")) as Props,
  id: idOf,
  outputs: (result) => ({
    ...(camelKeys(omit(result, "id", "meta", "zone_name")) as Props),
    meta: JSON.stringify(result.meta ?? {}),
  }),
};

interface Policy {
  readonly effect: string;
  readonly permissionGroups: readonly Props[];
  /** JSON: from resource name to `"*"`. */
  readonly resources: string;
}

/** `policies[].resources` is a JSON text in the SDK and an object in the API; `in` and `not_in` are plural in the SDK. */
function tokenBody(inputs: Props): Props {
  const { policies, condition, ...rest } = omit(inputs, "accountId") as {
    policies?: readonly Policy[];
    condition?: { requestIp?: { ins?: unknown; notIns?: unknown } };
  } & Props;
  const ip = condition?.requestIp;
  return {
    ...(snakeKeys(rest) as Props),
    ...(policies === undefined
      ? {}
      : {
          policies: policies.map(({ effect, permissionGroups, resources }) => ({
            effect,
            permission_groups: permissionGroups.map(({ id }) => ({ id })),
            resources: JSON.parse(resources) as unknown,
          })),
        }),
    ...(condition === undefined ? {} : { condition: { request_ip: { in: ip?.ins, not_in: ip?.notIns } } }),
  };
}

function tokenOutputs(result: Props, _inputs: Props, olds?: Props): Props {
  const policies = (result.policies ?? []) as readonly Props[];
  const condition = result.condition as { request_ip?: { in?: unknown; not_in?: unknown } } | undefined;
  const ip = condition?.request_ip;
  return {
    ...(camelKeys(omit(result, "id", "policies", "condition", "value")) as Props),
    policies: policies.map((policy) => ({
      effect: policy.effect,
      permissionGroups: (policy.permission_groups as readonly Props[]).map(({ id }) => ({ id })),
      resources: JSON.stringify(policy.resources),
    })),
    ...(ip === undefined ? {} : { condition: { requestIp: { ins: ip.in, notIns: ip.not_in } } }),
    // Told once, at creation.
    value: result.value ?? olds?.value,
  };
}

const token = {
  optional: ["condition", "expiresOn", "notBefore", "status"],
  computed: [
    ...["creatorEmailAtCreation", "issuedOn", "lastUsedOn", "modifiedOn", "provisionerId", "provisionerType"],
    ...["status", "value"],
  ],
  secrets: ["value"],
  create: "post",
  update: "put",
  body: tokenBody,
  id: idOf,
  outputs: tokenOutputs,
  // An expired token is made anew, with a new value.
  gone: (result: Props) => result.status === "expired",
} as const;

export const RESOURCES: Readonly<Record<string, ResourceType>> = {
  "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": tunnel,
  "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig": tunnelConfig,
  "cloudflare:index/dnsRecord:DnsRecord": dnsRecord,
  "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication": accessApplication,
  "cloudflare:index/zeroTrustTunnelCloudflaredRoute:ZeroTrustTunnelCloudflaredRoute": privateRoute,
  "cloudflare:index/apiToken:ApiToken": {
    ...token,
    required: ["name", "policies"],
    replaceOn: [],
    collection: () => "/user/tokens",
    item: (_inputs, id) => `/user/tokens/${id}`,
  },
  "cloudflare:index/accountToken:AccountToken": {
    ...token,
    required: ["accountId", "name", "policies"],
    replaceOn: ["accountId"],
    collection: accountTokens,
    item: (inputs, id) => `${accountTokens(inputs)}/${id}`,
  },
};
