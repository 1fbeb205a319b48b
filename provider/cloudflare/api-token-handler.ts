import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { pause } from "../http/patience";
import { HandlerContext, Props, ResourceHandler, UserError } from "../plugin/handler";
import { AnswerLost, ClientOptions, CloudflareAccess, CloudflareClient, CloudflareRefusal } from "./client";
import { LiveToken, TokenContent, TokenOwner, TokensApi } from "./tokens-api";

interface Named extends TokenOwner, CloudflareAccess {
  /** In full, with the mark: by it a token of ours is known whose making wasn't recorded. */
  readonly name: string;
}

interface Inputs extends Named {
  /** Id of the permission group. */
  readonly permissionGroup: string;
  readonly zoneId: string;
  readonly expiresOn?: string;
}

const OWNER = ["accountId", "owner"];
const ATTEMPTS = 4;

/**
 * Handler of `handoff:cloudflare:TokenMark`: a random text, known to the state before a token is made with it in its
 * name. It goes after the token, and takes along what has its mark and no state knows of.
 */
export const tokenMarkHandler: ResourceHandler = {
  computed: ["markedName"],

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
    const named = olds.inputs as unknown as Named;
    const tokens = open(ctx, named, "environment");
    for (const { id } of await tokens.named(String(olds.outputs.markedName))) {
      await tokens.delete(id);
      ctx.info(`removed the API token ${id}, whose making was never recorded`);
    }
  },
};

/** Handler of `handoff:cloudflare:ApiToken`: a token for one permission in one zone. */
export const apiTokenHandler: ResourceHandler = {
  computed: ["value"],
  secrets: ["value"],

  diff: (_ctx, _id, olds, news) =>
    // Two of one name couldn't be told apart after a kill.
    Promise.resolve({ ...differences(olds.inputs, news, OWNER), deleteBeforeReplace: true }),

  preview: (_ctx, news, olds) =>
    Promise.resolve({ ...news, ...(olds !== undefined && { value: olds.outputs.value }) }),

  async create(ctx, news) {
    const inputs = news as unknown as Inputs;
    const { id, value } = await make(ctx, open(ctx, inputs, "given"), contentOf(inputs)).catch(
      explain(inputs),
    );
    return { id, outputs: { ...news, value } };
  },

  async update(ctx, id, olds, news) {
    const inputs = news as unknown as Inputs;
    const tokens = open(ctx, inputs, "given");
    await tokens.update(id, contentOf(inputs)).catch(explain(inputs));
    return { outputs: { ...news, value: olds.outputs.value } };
  },

  async read(ctx, id, olds) {
    const inputs = olds.inputs as unknown as Inputs;
    const found = await open(ctx, inputs, "environment").get(id).catch(explain(inputs));
    // An expired one is made anew, with a new value.
    return found === undefined || found.status === "expired" ? undefined : { id, ...olds };
  },

  async delete(ctx, id, olds) {
    const inputs = olds.inputs as unknown as Inputs;
    await open(ctx, inputs, "environment").delete(id).catch(explain(inputs));
  },
};

/** The name of a token with its mark; Cloudflare takes 120 characters. */
function markedName(name: string, mark: string): string {
  return `${name.slice(0, 119 - mark.length)} ${mark}`;
}

/**
 * Makes the token, or takes over the one that a killed run or a lost answer left: its value is known to nobody, so it
 * gets a new one.
 */
async function make(ctx: HandlerContext, tokens: TokensApi, content: TokenContent) {
  for (let attempt = 1; ; attempt++) {
    const [found, ...more] = await tokens.named(content.name);
    if (found !== undefined) return await takeOver(ctx, tokens, content, found, more);
    try {
      const { id, value } = await tokens.create(content);
      if (value === undefined) throw new UserError(`Cloudflare made the API token ${id} without telling it`);
      return { id, value };
    } catch (error) {
      if (!(error instanceof AnswerLost) || attempt === ATTEMPTS) throw error;
      await pause(ctx, 500 * 2 ** attempt, `${error.message}; looking whether the token was made, in`);
    }
  }
}

async function takeOver(
  ctx: HandlerContext,
  tokens: TokensApi,
  content: TokenContent,
  { id }: LiveToken,
  more: readonly LiveToken[],
) {
  for (const other of more) await tokens.delete(other.id);
  await tokens.update(id, content);
  const value = await tokens.roll(id);
  ctx.info(`took over the API token ${id}, whose making wasn't recorded, with a new value`);
  return { id, value };
}

function open(ctx: HandlerContext, inputs: Named, first: ClientOptions["first"]): TokensApi {
  return new TokensApi(new CloudflareClient(ctx, inputs, { first }), inputs);
}

function contentOf({ name, permissionGroup, zoneId, expiresOn }: Inputs): TokenContent {
  return {
    name,
    policies: [
      {
        effect: "allow",
        permission_groups: [{ id: permissionGroup }],
        resources: { [`com.cloudflare.api.account.zone.${zoneId}`]: "*" },
      },
    ],
    ...(expiresOn !== undefined && { expires_on: expiresOn }),
  };
}

function differences(olds: Props, news: Props, replacing: readonly string[]) {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const changed = names.filter((name) => !isDeepStrictEqual(olds[name], news[name]));
  const replaces = changed.filter((name) => replacing.includes(name));
  const kind = (name: string) => (replacing.includes(name) ? "update-replace" : "update");
  return {
    changes: changed.length > 0,
    replaces,
    detailed: Object.fromEntries(changed.map((name) => [name, kind(name)] as const)),
  };
}

function explain({ owner }: TokenOwner): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CloudflareRefusal && error.unauthorized)) throw error;
    const right = owner === "user" ? "User / API Tokens / Edit" : "Account / Account API Tokens / Edit";
    throw new UserError(`${error.message}\n→ Give the token the permission "${right}".`);
  };
}
