import { HandlerContext, Props, ResourceHandler, State, UserError, hasUnknown } from "../plugin/handler";
import { RuleFault, ruleFaults } from "../../manifests/cloudflare/ingress-rule-checks";
import {
  OwnRule,
  Rule,
  RulePlace,
  ensureRule,
  findRule,
  hiddenRule,
  hiddenWords,
  hidesWhole,
  removeRule,
  ruleName,
  rulePosition,
  sameRule,
} from "../../manifests/cloudflare/ingress-rules";
import {
  RuleConflict,
  RuleSettings,
  carries,
  mergeRule,
  originFields,
  ownSettings,
} from "../../manifests/cloudflare/rule-merge";
import { ClientOptions, CloudflareClient } from "./client";
import { LeftRules, placeOfRule } from "./left-rules";
import { TunnelAddress, tunnelConfiguration } from "./tunnel-api";
import { ConfigurationApi, editConfiguration } from "./tunnel-configuration";

type Inputs = OwnRule &
  TunnelAddress & {
    /** Somebody had made one for this place before, by the look of `handoff:cloudflare:Mark`. */
    readonly theirs?: boolean;
    /** Paths of the same host whose rules stand below. */
    readonly above?: readonly string[];
  };

/** A change of these is another rule; the new one is made before the old one goes. */
const KEY = ["accountId", "tunnelId", "hostname", "path"] as const;
const SETTINGS = ["service", "originRequest", "above", "apiToken", "apiTokenVariable", "baseUrl"] as const;

/** Handler of `handoff:cloudflare:IngressRule`. */
export function ingressRuleHandler(): ResourceHandler {
  const leftRules = new LeftRules();
  return {
    computed: [],

    // A rule has no place for a mark of its owner.
    place: (inputs) => placeOfRule(inputs as unknown as Inputs),

    check(_ctx, news) {
      if (hasUnknown(news)) return Promise.resolve({ inputs: news });
      const failures = ruleFaults(ownRule(news)).map(({ field, message }: RuleFault) => ({
        property: field,
        reason: message,
      }));
      return Promise.resolve({ inputs: news, failures });
    },

    diff(_ctx, _id, olds, news) {
      leftRules.remember(olds.inputs as unknown as Inputs);
      // A new credential changes nothing at Cloudflare, but the state must have it for a run without the program.
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
      const { theirs } = inputs;
      const used = await write(ctx, inputs, theirs === true ? THEIRS : leftRules.lastOf(inputs));
      return { id: ruleId(inputs), outputs: outputs(news, used) };
    },

    async update(ctx, _id, olds, news) {
      const inputs = news as unknown as Inputs;
      const used = await write(ctx, inputs, isTheirs(olds) ? THEIRS : ownRule(olds.inputs));
      return { outputs: outputs(news, used) };
    },

    async read(ctx, id, olds) {
      const inputs = { ...parseId(id), ...olds.inputs } as unknown as Inputs;
      const rules = (await open(ctx, inputs, "environment").get())?.rules;
      const rule = findRule(rules ?? [], inputs);
      if (rule === undefined) return undefined;
      // An imported one has no fields that would be ours; else what others set beside ours is theirs.
      const { service, originRequest } =
        olds.inputs.service === undefined ? wholeRule(rule) : ownSettings(rule, inputs);
      const live = compact({ ...inputs, service, originRequest });
      return { id, inputs: live, outputs: outputs(live, isTheirs(olds)) };
    },

    async delete(ctx, _id, olds: State) {
      const own = olds.inputs as unknown as Inputs;
      if (isTheirs(olds)) {
        ctx.info(`the tunnel's rule for ${ruleName(own)} was there before this stack: it stays`);
        return;
      }
      const isOurs = (rule: Rule): boolean => carries(rule, own);
      let changed: Rule | undefined;
      await editConfiguration(ctx, open(ctx, own, "environment"), {
        target: `${own.accountId}/${own.tunnelId}`,
        edit(rules) {
          const left = removeRule(rules, own, isOurs);
          changed = findRule(left, own);
          return left;
        },
        holds: (rules) => removeRule(rules, own, isOurs).length === rules.length,
        // A deleted tunnel has no rules: there is nothing left to remove.
        missing: () => undefined,
      });
      if (changed !== undefined) ctx.warn(kept(own, changed));
    },
  };
}

function open(ctx: HandlerContext, address: TunnelAddress, first: ClientOptions["first"]): ConfigurationApi {
  return tunnelConfiguration(new CloudflareClient(ctx, address, { first }), address);
}

/** Of a rule that somebody else made. */
const THEIRS = "theirs";

const isTheirs = ({ outputs }: State): boolean => outputs.theirs === true;

/**
 * @param left what a resource of the same rule wrote last; undefined when no such resource is known
 * @returns true when the rule is somebody else's, and says the same
 */
async function write(
  ctx: HandlerContext,
  inputs: Inputs,
  left: RuleSettings | typeof THEIRS | undefined,
): Promise<boolean> {
  const own = ownRule(inputs as unknown as Props);
  const before = left === THEIRS ? undefined : left;
  const { above } = inputs;
  let used = left === THEIRS;
  await editConfiguration(ctx, open(ctx, inputs, "given"), {
    target: `${inputs.accountId}/${inputs.tunnelId}`,
    edit(rules) {
      const found = findRule(rules, own);
      // One of others that is gone is made, and ours from then on.
      if (found === undefined) {
        used = false;
        return added(rules, own, above);
      }
      // One that says the same may be ours from a run that was killed before it was recorded.
      if (before === undefined && !carries(found, own)) throw new UserError(taken(own, found));
      if (used) return rules;
      const { rule, conflicts } = mergeRule(found, before, own);
      if (conflicts.length > 0) throw new UserError(changedByOthers(own, conflicts));
      return ensureRule(rules, { ...rule, hostname: own.hostname }, above);
    },
    holds(rules) {
      const found = findRule(rules, own);
      return found !== undefined && (used || sameRule(mergeRule(found, before, own).rule, found));
    },
    missing() {
      throw new UserError(
        `tunnel ${inputs.tunnelId} doesn't exist in account ${inputs.accountId}, or was deleted\n` +
          "→ Correct its id. One that this stack made and somebody deleted is made anew after `pulumi refresh`.",
      );
    },
  });
  return used;
}

/** @throws UserError where it would take all requests of a rule of somebody else's */
function added(rules: readonly Rule[], own: OwnRule, above: RulePlace["above"]): Rule[] {
  const hidden = hiddenRule(rules, own, rulePosition(rules, own, { above }));
  if (hidden !== undefined && hidesWhole(own, hidden))
    throw new UserError(`the tunnel has ${hiddenWords(own, hidden)}`);
  return ensureRule(rules, own, above);
}

function taken(own: OwnRule, found: Rule): string {
  return (
    `the tunnel already has a rule for ${ruleName(own)}, to ${found.service}, that this stack didn't make. ` +
    `Remove it there, or write it here as it is (service ${found.service}` +
    `${found.originRequest === undefined ? "" : `, originRequest ${JSON.stringify(found.originRequest)}`}): it is then used, and stays when this stack goes`
  );
}

function changedByOthers(own: OwnRule, conflicts: readonly RuleConflict[]): string {
  const text = (value: unknown): string => (value === undefined ? "not set" : JSON.stringify(value));
  return [
    `somebody changed the tunnel's rule for ${ruleName(own)} since the last run:`,
    ...conflicts.map(
      ({ field, left, found, wanted }) =>
        `  ${field}: ${text(found)}; it was ${text(left)}, and is to be ${text(wanted)}`,
    ),
    "→ `pulumi refresh` takes their change into the plan, and `pulumi up` then writes ours; or write theirs here.",
  ].join("\n");
}

function kept(own: OwnRule, found: Rule): string {
  return (
    `the tunnel's rule for ${ruleName(own)} leads to ${found.service} now, or has other settings than this stack gave ` +
    "it: somebody changed it, so it stays. Remove it in Cloudflare's dashboard if nobody needs it"
  );
}

function ownRule(props: Props): OwnRule {
  const { hostname, path, service, originRequest } = props as unknown as OwnRule;
  return compact({ hostname, path, service, originRequest }) as unknown as OwnRule;
}

function wholeRule({ service, originRequest }: Rule): RuleSettings {
  const fields = originFields(originRequest);
  return { service, originRequest: Object.keys(fields).length === 0 ? undefined : fields };
}

function outputs(
  { accountId, tunnelId, hostname, path, service, originRequest }: Props,
  theirs: boolean,
): Props {
  const rule = { accountId, tunnelId, hostname, path, service, originRequest };
  return compact({ ...rule, theirs: theirs || undefined });
}

function compact(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
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
