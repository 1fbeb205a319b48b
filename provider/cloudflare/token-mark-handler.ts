import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isObject, textOf } from "../../manifests/shape";
import { HandlerContext, hasUnknown, Props, ResourceHandler, State, UserError } from "../plugin/handler";
import { CloudflareRefusal } from "./answer";
import { ClientOptions, CloudflareAccess, CloudflareClient } from "./client";
import { differences } from "./differences";
import { revokeProof } from "./token-proof";
import { TokenOwner, TokensApi } from "./tokens-api";

type Owned = TokenOwner & CloudflareAccess;

const OWNER = ["accountId", "owner"];
/** Another one of these is another mark. */
const MARKED = [...OWNER, "name", "keepers"];

/**
 * Handler of `handoff:cloudflare:TokenMark`: a random text, known to the state before a token is made with it in its
 * name. It goes after the token, and takes along what has its mark and no state knows of.
 */
export const tokenMarkHandler: ResourceHandler = {
  computed: ["markedName"],

  // Where nothing else is replaced, the token has the former mark.
  place: (inputs, name) => [...MARKED.map((key) => inputs[key]), name],

  // Another name is another mark: the old one still finds what has the old name.
  diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, MARKED)),

  async preview(ctx, news, olds) {
    await checkZones(ctx, news, olds);
    return { ...news, ...(olds !== undefined && { markedName: olds.outputs.markedName }) };
  },

  async create(ctx, news) {
    await checkZones(ctx, news);
    const mark = randomBytes(6).toString("hex");
    return { id: mark, outputs: { ...news, markedName: markedName(String(news.name), mark) } };
  },

  async update(ctx, _id, olds, news) {
    await checkZones(ctx, news, olds);
    return { outputs: { ...news, markedName: olds.outputs.markedName } };
  },

  read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

  async delete(ctx, _id, olds) {
    await sweep(ctx, olds.inputs, olds.outputs.markedName, "environment");
  },
};

/** Handler of `handoff:cloudflare:TokenSweep`: of a mark, one token stays. */
export const tokenSweepHandler: ResourceHandler = {
  computed: [],

  diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, [])),

  async create(ctx, news) {
    await sweep(ctx, news, news.markedName, "given", news.tokenId);
    return { id: String(news.tokenId), outputs: news };
  },

  async update(ctx, _id, _olds, news) {
    await sweep(ctx, news, news.markedName, "given", news.tokenId);
    return { outputs: news };
  },

  read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

  async delete(ctx, _id, { inputs }) {
    const { proof, baseUrl } = inputs as { proof?: { value: string; zoneId: string }; baseUrl?: string };
    if (proof !== undefined) await revokeProof(ctx, { ...proof, baseUrl }, String(inputs.markedName));
  },
};

/**
 * A token of an account is good for its own zones alone; asked for others, Cloudflare makes none, in words that don't tell
 * which zone it is.
 * @throws UserError
 */
async function checkZones(ctx: HandlerContext, news: Props, olds?: State): Promise<void> {
  const { zoneIds = [], accountId, ...access } = news as unknown as Owned & { zoneIds?: readonly string[] };
  if (zoneIds.length === 0 || hasUnknown(news) || isDeepStrictEqual(olds?.inputs.zoneIds, zoneIds)) return;
  const client = new CloudflareClient(ctx, access);
  const faults = zoneIds.map(async (id) => {
    const found = await client.call("GET", `/zones/${id}`).catch((error: unknown) => {
      // What the token may not see, it may make a token for.
      if (error instanceof CloudflareRefusal) return undefined;
      throw error;
    });
    const { name, account } = isObject(found) ? found : {};
    const owner = isObject(account) ? textOf(account.id) : undefined;
    if (owner === undefined || owner === accountId) return [];
    return [
      `Cloudflare's zone ${textOf(name) ?? id} belongs to account ${owner}, not ${accountId}: an Origin CA token works for zones of its own account`,
    ];
  });
  const told = (await Promise.all(faults)).flat();
  if (told.length === 0) return;
  throw new UserError(
    `${told.join("\n")}\n→ Publish its hosts by a stack whose \`cloudflare.accountId\` is that account, give a token of both as \`cloudflare.originCaToken.value\`, or move the zone.`,
  );
}

/** The name of a token with its mark; Cloudflare takes 120 characters. */
function markedName(name: string, mark: string): string {
  return `${name.slice(0, 119 - mark.length)} ${mark}`;
}

async function sweep(
  ctx: HandlerContext,
  props: Props,
  name: unknown,
  first: ClientOptions["first"],
  staying?: unknown,
): Promise<void> {
  const owned = props as unknown as Owned;
  const tokens = new TokensApi(new CloudflareClient(ctx, owned, { first }), owned);
  for (const { id } of await tokens.named(String(name)).catch(explain(owned))) {
    if (id === staying) continue;
    await tokens.delete(id).catch(explain(owned));
    ctx.info(`removed the API token ${id}, whose making was never recorded`);
  }
}

function explain({ owner }: TokenOwner): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CloudflareRefusal && error.unauthorized)) throw error;
    const right = owner === "user" ? "User / API Tokens / Edit" : "Account / Account API Tokens / Edit";
    throw new UserError(`${error.message}\n→ Give the token the permission "${right}".`);
  };
}
