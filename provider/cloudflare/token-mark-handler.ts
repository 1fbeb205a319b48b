import { randomBytes } from "node:crypto";
import { HandlerContext, Props, ResourceHandler, UserError } from "../plugin/handler";
import { CloudflareRefusal } from "./answer";
import { ClientOptions, CloudflareAccess, CloudflareClient } from "./client";
import { differences } from "./differences";
import { TokenOwner, TokensApi } from "./tokens-api";

type Owned = TokenOwner & CloudflareAccess;

const OWNER = ["accountId", "owner"];

/**
 * Handler of `handoff:cloudflare:TokenMark`: a random text, known to the state before a token is made with it in its
 * name. It goes after the token, and takes along what has its mark and no state knows of.
 */
export const tokenMarkHandler: ResourceHandler = {
  computed: ["markedName"],

  // Where nothing else is replaced, the token has the former mark.
  place: (inputs, name) => [...[...OWNER, "name"].map((key) => inputs[key]), name],

  // Another name is another mark: the old one still finds what has the old name.
  diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, [...OWNER, "name"])),

  preview: (_ctx, news, olds) =>
    Promise.resolve({ ...news, ...(olds !== undefined && { markedName: olds.outputs.markedName }) }),

  create(_ctx, news) {
    const mark = randomBytes(6).toString("hex");
    return Promise.resolve({
      id: mark,
      outputs: { ...news, markedName: markedName(String(news.name), mark) },
    });
  },

  update: (_ctx, _id, olds, news) =>
    Promise.resolve({ outputs: { ...news, markedName: olds.outputs.markedName } }),

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

  delete: () => Promise.resolve(),
};

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
