import { isObject, textOf } from "../../manifests/shape";
import { UserError, type HandlerContext } from "../plugin/handler";
import { CloudflareRefusal } from "./answer";
import type { CloudflareClient } from "./client";

const DAY = 24 * 3600 * 1000;
/** How long before its end each `up` tells of it; `npm run doctor` does so earlier. */
const SOON = 7 * DAY;

/**
 * What a token tells of itself (https://developers.cloudflare.com/fundamentals/api/how-to/create-via-api/#verify-your-token).
 * @throws CloudflareRefusal for one that isn't good
 */
export async function verify(client: CloudflareClient, accountId: string): Promise<unknown> {
  const at = async (path: string) => await client.call("GET", `${path}/tokens/verify`);
  // An account's token isn't known as a user's.
  return await at("/user").catch(async (error: unknown) => {
    if (error instanceof CloudflareRefusal && !error.elsewhere) return await at(`/accounts/${accountId}`);
    throw error;
  });
}

/**
 * When the token ends that requests are made with.
 * @returns time (RFC 3339); undefined when it has no end, or doesn't tell
 */
export async function tokenEnd(client: CloudflareClient, accountId: string): Promise<string | undefined> {
  try {
    const told = await verify(client, accountId);
    return isObject(told) ? textOf(told.expires_on) : undefined;
  } catch (error) {
    // What is wrong with the token shows where it is used.
    if (error instanceof CloudflareRefusal) return undefined;
    throw error;
  }
}

/** Of which setting a token is, and what is so after its end. */
interface TokenUse {
  readonly setting: string;
  readonly then: string;
}

const DEPLOY: TokenUse = {
  setting: "cloudflare.apiToken",
  then: "neither `up` nor `destroy` can go on",
};

/** Warns of a token that ends within days: nothing that runs needs it, so it stops nothing. */
export async function tellTokenEnd(
  client: CloudflareClient,
  accountId: string,
  ctx: HandlerContext,
  { setting, then }: TokenUse = DEPLOY,
): Promise<void> {
  const end = await tokenEnd(client, accountId).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const left = Date.parse(end ?? "") - Date.now();
  if (Number.isNaN(left) || left > SOON) return;
  const hours = Math.max(0, Math.floor(left / (DAY / 24)));
  const time = hours < 48 ? `${String(hours)} hours` : `${String(Math.floor(hours / 24))} days`;
  ctx.warn(
    `the token of \`${setting}\` ends in ${time}, on ${String(end)}: then ${then}\n→ Roll it in Cloudflare's dashboard, and put the new one where \`${setting}\` says.`,
  );
}
