import { randomBytes } from "node:crypto";
import { findRule, type RuleKey, ruleName } from "../../manifests/cloudflare/ingress-rules";
import { type HandlerContext, hasUnknown, type Props, type ResourceHandler } from "../plugin/handler";
import { CloudflareClient, type CloudflareAccess } from "./client";
import { differences } from "./differences";
import { tunnelConfiguration } from "./tunnel-api";

interface Inputs extends CloudflareAccess {
  readonly shared?: {
    readonly accountId: string;
    readonly tunnelId: string;
    readonly rules: readonly RuleKey[];
  };
}

/**
 * Handler of `handoff:cloudflare:Mark`: a random text, known to the state before a record bears it, and those of our rules'
 * places that others had before. A rule has no place for a mark: one that is there later, and was not before, is ours, also
 * when the run that made it was killed.
 */
export const cloudflareMarkHandler: ResourceHandler = {
  computed: ["mark", "found"],

  diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, [])),

  async preview(ctx, news, olds) {
    if (hasUnknown(news)) return news;
    const found = await foundAmong(ctx, news, olds);
    return { ...news, found, ...(olds !== undefined && { mark: olds.outputs.mark }) };
  },

  async create(ctx, news) {
    const mark = randomBytes(6).toString("hex");
    return { id: mark, outputs: { ...news, mark, found: await foundAmong(ctx, news) } };
  },

  async update(ctx, _id, olds, news) {
    const found = await foundAmong(ctx, news, olds);
    return { outputs: { ...news, mark: olds.outputs.mark, found } };
  },

  read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

  delete: () => Promise.resolve(),
};

/** Of rules that were known before it stays as it was said then: what is there now may be ours. */
async function foundAmong(
  ctx: HandlerContext,
  news: Props,
  olds?: { readonly inputs: Props; readonly outputs: Props },
): Promise<readonly string[]> {
  const { shared, ...access } = news as Inputs;
  if (shared === undefined) return [];
  const { rules, ...address } = shared;
  const before = (olds?.inputs as Inputs | undefined)?.shared;
  const isSame = before?.accountId === shared.accountId && before.tunnelId === shared.tunnelId;
  const known = new Set(isSame ? before.rules.map(ruleName) : []);
  const kept =
    (olds?.outputs.found as readonly string[] | undefined)?.filter((name) => known.has(name)) ?? [];
  const added = rules.filter((rule) => !known.has(ruleName(rule)));
  const stay = rules.map(ruleName).filter((name) => kept.includes(name));
  if (added.length === 0) return stay;
  const client = new CloudflareClient(ctx, access);
  const there = (await tunnelConfiguration(client, { ...access, ...address }).get())?.rules ?? [];
  return [...stay, ...added.filter((own) => findRule(there, own) !== undefined).map(ruleName)];
}
