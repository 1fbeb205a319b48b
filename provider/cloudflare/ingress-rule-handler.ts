import { HandlerContext, Props, ResourceHandler, State, UserError, hasUnknown } from "../plugin/handler";
import { RuleFault, ruleFaults } from "../../manifests/cloudflare/ingress-rule-checks";
import {
  OriginRequest,
  OwnRule,
  Rule,
  ensureRule,
  findRule,
  removeRule,
  ruleName,
  sameRule,
} from "../../manifests/cloudflare/ingress-rules";
import { TunnelAddress, openCloudflare } from "./tunnel-api";
import { ConfigurationApi, editConfiguration } from "./tunnel-configuration";

type Inputs = OwnRule & TunnelAddress;

/** A change of these is another rule; the new one is made before the old one goes. */
const KEY = ["accountId", "tunnelId", "hostname", "path"] as const;
const SETTINGS = ["service", "originRequest", "apiToken", "baseUrl"] as const;

export type OpenApi = (address: TunnelAddress, signal: AbortSignal) => Promise<ConfigurationApi>;

/** Handler of `handoff:cloudflare:IngressRule`. */
export function ingressRuleHandler(open: OpenApi = openCloudflare): ResourceHandler {
  return {
    computed: [],

    check(_ctx, news) {
      if (hasUnknown(news)) return Promise.resolve({ inputs: news });
      const failures = ruleFaults(ownRule(news)).map(({ field, message }: RuleFault) => ({
        property: field,
        reason: message,
      }));
      return Promise.resolve({ inputs: news, failures });
    },

    diff(_ctx, _id, olds, news) {
      // A new credential changes nothing at Cloudflare, but the state must have it for the next run and for destroy.
      const changed = (key: string) => !same(olds.inputs[key], news[key]);
      const replaces = KEY.filter(changed);
      const updates = SETTINGS.filter(changed);
      const kind = (key: string, suffix: "" | "-replace") =>
        `${olds.inputs[key] === undefined ? "add" : news[key] === undefined ? "delete" : "update"}${suffix}` as const;
      return Promise.resolve({
        changes: replaces.length + updates.length > 0,
        replaces,
        detailed: Object.fromEntries([
          ...replaces.map((key) => [key, kind(key, "-replace")] as const),
          ...updates.map((key) => [key, kind(key, "")] as const),
        ]),
      });
    },

    async create(ctx, news) {
      const inputs = news as unknown as Inputs;
      await write(ctx, open, inputs, false);
      return { id: ruleId(inputs), outputs: outputs(news) };
    },

    async update(ctx, _id, _olds, news) {
      await write(ctx, open, news as unknown as Inputs, true);
      return { outputs: outputs(news) };
    },

    async read(ctx, id, olds) {
      const inputs = { ...parseId(id), ...olds.inputs } as unknown as Inputs;
      const api = await open(inputs, ctx.signal);
      const rule = findRule((await api.get())?.rules ?? [], inputs);
      if (rule === undefined) return undefined;
      const live = compact({ ...inputs, service: rule.service, originRequest: known(rule.originRequest) });
      return { id, inputs: live, outputs: outputs(live) };
    },

    async delete(ctx, _id, { inputs }: State) {
      const own = inputs as unknown as Inputs;
      const api = await open(own, ctx.signal);
      await editConfiguration(ctx, api, {
        target: `${own.accountId}/${own.tunnelId}`,
        edit: (rules) => removeRule(rules, own),
        holds: (rules) => findRule(rules, own) === undefined,
        // A deleted tunnel has no rules: there is nothing left to remove.
        missing: () => undefined,
      });
    },
  };
}

async function write(ctx: HandlerContext, open: OpenApi, inputs: Inputs, exists: boolean): Promise<void> {
  const own = ownRule(inputs as unknown as Props);
  const api = await open(inputs, ctx.signal);
  await editConfiguration(ctx, api, {
    target: `${inputs.accountId}/${inputs.tunnelId}`,
    edit(rules) {
      const found = findRule(rules, own);
      // An equal one may be ours from a run that was killed before it was recorded.
      if (found !== undefined && !exists && !sameRule(found, own)) throw new UserError(taken(own, found));
      return ensureRule(rules, own);
    },
    holds: (rules) => rules.some((rule) => sameRule(rule, own)),
    missing() {
      throw new UserError(
        `tunnel ${inputs.tunnelId} doesn't exist in account ${inputs.accountId}, or was deleted`,
      );
    },
  });
}

function taken(own: OwnRule, found: Rule): string {
  return (
    `the tunnel already has a rule for ${ruleName(own)}, to ${found.service}, that this stack didn't make. ` +
    `Remove it there, or write it here as it is (service ${found.service}` +
    `${found.originRequest === undefined ? "" : `, originRequest ${JSON.stringify(found.originRequest)}`}) to take it over`
  );
}

function ownRule(props: Props): OwnRule {
  const { hostname, path, service, originRequest } = props as unknown as OwnRule;
  return compact({ hostname, path, service, originRequest }) as unknown as OwnRule;
}

function outputs({ accountId, tunnelId, hostname, path, service, originRequest }: Props): Props {
  return compact({ accountId, tunnelId, hostname, path, service, originRequest });
}

function compact(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
}

/** The API answers `{}` and nulls for what was never set. */
function known(origin: OriginRequest | undefined): OriginRequest | undefined {
  const entries = Object.entries(origin ?? {}).filter(([, value]) => value !== null && value !== "");
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

const same = (a: unknown, b: unknown): boolean =>
  sameRule(
    { service: "", originRequest: { value: a } as never },
    { service: "", originRequest: { value: b } as never },
  );

function ruleId({ accountId, tunnelId, hostname, path }: Inputs): string {
  return [accountId, tunnelId, hostname, ...(path === undefined ? [] : [path])].join("/");
}

/** For `pulumi import`: `<account>/<tunnel>/<hostname>[/<path>]`. */
function parseId(id: string): Pick<Inputs, "accountId" | "tunnelId" | "hostname" | "path"> {
  const [accountId, tunnelId, hostname, ...path] = id.split("/");
  if (accountId === undefined || tunnelId === undefined || hostname === undefined) {
    throw new UserError(
      `${JSON.stringify(id)} is not an ingress rule's id: <account>/<tunnel>/<hostname>[/<path>]`,
    );
  }
  return { accountId, tunnelId, hostname, ...(path.length === 0 ? {} : { path: path.join("/") }) };
}
