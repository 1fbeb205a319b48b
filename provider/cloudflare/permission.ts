import { CloudflareRefusal } from "./answer";
import type { CloudflareClient } from "./client";

/** "Authentication error": the token isn't taken, or lacks the permission. */
const AUTHENTICATION_ERROR = 10000;

/** No record has this id. */
const NO_RECORD = "0".repeat(32);

/** Shows whether the token may change records of a zone, and changes nothing. */
export async function changeNoRecord(client: CloudflareClient, zoneId: string): Promise<unknown> {
  return await client.call("PATCH", `/zones/${zoneId}/dns_records/${NO_RECORD}`, {});
}

/** A fault when the token may not do something. That there is nothing to do it with is none. */
export async function missing(
  attempt: Promise<unknown>,
  what: string,
  right: string,
  further: readonly number[] = [],
): Promise<string[]> {
  try {
    await attempt;
  } catch (error) {
    if (!(error instanceof CloudflareRefusal) || error.status >= 500 || !error.byApi) throw error;
    const lacking = error.codes.some((code) => code === AUTHENTICATION_ERROR || further.includes(code));
    if (lacking || error.status === 401) {
      return [
        `the Cloudflare token may not ${what}\n→ Dashboard, Manage account → API tokens: add ${right} to the token of \`cloudflare.apiToken\`.`,
      ];
    }
    if (error.unauthorized)
      return [`the Cloudflare token may not ${what}: ${wordsOf(error)}\n→ ${tokenAdvice(error, right)}`];
  }
  return [];
}

export const wordsOf = ({ message }: CloudflareRefusal): string =>
  message.replace(/^Cloudflare refused \S+ \S+: /, "");

/** What is to be done when a token is refused, as far as Cloudflare's words tell. */
export function tokenAdvice(refusal: CloudflareRefusal, right = "Zone / Zone / Read of this zone"): string {
  const { message, byApi } = refusal;
  if (!byApi)
    return "It isn't the API that refuses, but somebody on the way, such as a proxy or a firewall. Check the network, and CLOUDFLARE_BASE_URL where it is set.";
  if (refusal.elsewhere)
    return "The token is good for other addresses only: add this machine's to its Client IP Address Filtering (dashboard, API tokens), or run where it is good.";
  if (/expired/i.test(message))
    return "The token has expired: roll it in the dashboard, and put the new one where `cloudflare.apiToken` says.";
  if (/disabled|inactive/i.test(message))
    return "The token is disabled: enable it in the dashboard, API tokens, or give another one as `cloudflare.apiToken`.";
  return `Check \`cloudflare.apiToken\` (has it expired?), that it has ${right}, and \`cloudflare.zoneId\`.`;
}
