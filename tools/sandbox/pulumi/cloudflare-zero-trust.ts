/** Resource types of Cloudflare's Zero Trust: applications of Access, and routes of private networks. */
import { Props } from "../../../provider/plugin/handler";
import { camelKeys, omit, renameKeys, snakeKeys } from "./key-names";
import type { ResourceType } from "./resource-type";
import { text } from "./semantics";

/** Lists of a policy are plural in the SDK (Pulumi's → the API's). */
const POLICY_NAMES: Readonly<Record<string, string>> = {
  includes: "include",
  excludes: "exclude",
  requires: "require",
};
const POLICY_NAMES_BACK = Object.fromEntries(
  Object.entries(POLICY_NAMES).map(([ours, theirs]) => [theirs, ours]),
);

const applications = (inputs: Props): string => `/accounts/${text(inputs, "accountId")}/access/apps`;

/** Of a policy only what was asked for is kept: the API fills in its id and empty lists. */
function policiesOf(result: Props, inputs: Props): unknown {
  const asked = (inputs.policies ?? []) as readonly Props[];
  const live = (result.policies ?? []) as readonly Props[];
  return live.map((policy, index) => {
    const shown = camelKeys(renameKeys(policy, (key) => POLICY_NAMES_BACK[key] ?? key)) as Props;
    const names = asked[index] === undefined ? Object.keys(omit(shown, "id")) : Object.keys(asked[index]);
    return Object.fromEntries(names.map((name) => [name, shown[name]]));
  });
}

export const accessApplication: ResourceType = {
  required: [],
  optional: ["accountId", "appLauncherVisible", "domain", "name", "policies", "sessionDuration", "type"],
  computed: ["aud", "destinations", "httpOnlyCookieAttribute", "selfHostedDomains", "appLauncherVisible"],
  replaceOn: ["accountId"],
  collection: applications,
  item: (inputs, id) => `${applications(inputs)}/${id}`,
  create: "post",
  update: "put",
  body: (inputs) =>
    snakeKeys(renameKeys(omit(inputs, "accountId"), (key) => POLICY_NAMES[key] ?? key)) as Props,
  id: (result) => text(result, "id"),
  outputs: (result, inputs) => ({
    ...(camelKeys(
      omit(result, "id", "uid", "account_id", "policies", "created_at", "updated_at", "allowed_idps", "tags"),
    ) as Props),
    policies: policiesOf(result, inputs),
  }),
};

const routes = (inputs: Props): string => `/accounts/${text(inputs, "accountId")}/teamnet/routes`;

export const privateRoute: ResourceType = {
  required: ["accountId", "network", "tunnelId"],
  optional: ["comment", "virtualNetworkId"],
  computed: ["comment", "createdAt", "deletedAt", "virtualNetworkId"],
  replaceOn: ["accountId"],
  collection: routes,
  item: (inputs, id) => `${routes(inputs)}/${id}`,
  create: "post",
  update: "patch",
  body: (inputs) => snakeKeys(omit(inputs, "accountId")) as Props,
  id: (result) => text(result, "id"),
  outputs: (result) =>
    camelKeys(omit(result, "id", "tunnel_name", "virtual_network_name", "tun_type")) as Props,
};
