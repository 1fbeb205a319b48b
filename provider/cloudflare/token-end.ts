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
export async function verify(
  client: CloudflareClient,
  accountId: string,
): Promise<{ readonly status?: string; readonly end?: string }> {
  const at = async (path: string) => await client.call("GET", `${path}/tokens/verify`);
  // An account's token isn't known as a user's.
  const told = await at("/user").catch(async (error: unknown) => {
    if (error instanceof CloudflareRefusal && !error.elsewhere) return await at(`/accounts/${accountId}`);
    throw error;
  });
  return isObject(told) ? { status: textOf(told.status), end: textOf(told.expires_on) } : {};
}

/**
 * When the token ends that requests are made with.
 * @returns time (RFC 3339); undefined when it has no end, or doesn't tell
 */
export async function tokenEnd(client: CloudflareClient, accountId: string): Promise<string | undefined> {
  try {
    return (await verify(client, accountId)).end;
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

/** Warns of a program's token that ends within days. */
export async function tellTokenEnd(
  client: CloudflareClient,
  accountId: string,
  ctx: HandlerContext,
): Promise<void> {
  const end = await tokenEnd(client, accountId).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  tellEnd(ctx, end, DEPLOY);
}

/** Warns of an end within days: nothing that runs needs the token, so it stops nothing. */
export function tellEnd(ctx: HandlerContext, end: string | undefined, { setting, then }: TokenUse): void {
  const left = Date.parse(end ?? "") - Date.now();
  if (Number.isNaN(left) || left > SOON) return;
  const hours = Math.max(0, Math.floor(left / (DAY / 24)));
  const time = hours < 48 ? `${String(hours)} hours` : `${String(Math.floor(hours / 24))} days`;
  ctx.warn(
    `the token of \`${setting}\` ends in ${time}, on ${String(end)}: then ${then}\n→ Roll it in Cloudflare's dashboard, and put the new one where \`${setting}\` says.`,
  );
}
