import { isObject, textOf } from "../../manifests/shape";
import { UserError, type HandlerContext } from "../plugin/handler";
import { CloudflareRefusal } from "./answer";
import type { CloudflareClient } from "./client";

const DAY = 24 * 3600 * 1000;
/** How long before its end each `up` tells of it; `npm run doctor` does so earlier. */
const SOON = 7 * DAY;

/**
 * When the token ends that requests are made with, as it tells itself
 * (https://developers.cloudflare.com/fundamentals/api/how-to/create-via-api/#verify-your-token).
 * @returns time (RFC 3339); undefined when it has no end, or doesn't tell
 */
export async function tokenEnd(client: CloudflareClient, accountId: string): Promise<string | undefined> {
  const verify = async (path: string) => await client.call("GET", `${path}/tokens/verify`);
  try {
    // An account's token isn't known as a user's.
    const told = await verify("/user").catch(async (error: unknown) => {
      if (error instanceof CloudflareRefusal) return await verify(`/accounts/${accountId}`);
      throw error;
    });
    return isObject(told) ? textOf(told.expires_on) : undefined;
  } catch (error) {
    // What is wrong with the token shows where it is used.
    if (error instanceof CloudflareRefusal) return undefined;
    throw error;
  }
}

/** Warns of a token that ends within days: nothing that runs needs it, so it stops nothing. */
export async function tellTokenEnd(
  client: CloudflareClient,
  accountId: string,
  ctx: HandlerContext,
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
    `the token of \`cloudflare.apiToken\` ends in ${time}, on ${String(end)}: then neither \`up\` nor \`destroy\` can go on\n→ Roll it in Cloudflare's dashboard, and put the new one where \`cloudflare.apiToken\` says.`,
  );
}
