import type { HandlerContext } from "../plugin/handler";
import { CloudflareRefusal } from "./answer";
import { NO_ACCESS, NOT_AUTHORIZED, signNothing } from "./certificates-api";
import { type CloudflareAccess, CloudflareClient } from "./client";
import { tellEnd, verify } from "./token-end";

interface GivenToken extends Pick<CloudflareAccess, "baseUrl"> {
  readonly accountId: string;
  readonly originCaToken?: string;
  readonly zones: readonly { readonly zone: string }[];
}

const USE = { setting: "cloudflare.originCaToken.value", then: "the issuer has no certificates signed" };
const SETTING = `\`${USE.setting}\``;
const EDIT = "Zone / SSL and Certificates / Edit";

/**
 * What is wrong with a token of the Origin CA that others made: the issuer in the cluster would only wait. Which further
 * zones have hosts isn't known yet, so the right to those is told, and stops nothing.
 */
export async function givenTokenFaults(
  { accountId, originCaToken, baseUrl, zones }: GivenToken,
  ctx: HandlerContext,
): Promise<readonly string[]> {
  if (originCaToken === undefined) return [];
  const client = new CloudflareClient(ctx, { apiToken: originCaToken, baseUrl });
  try {
    const { status, end } = await verify(client, accountId);
    if (status !== undefined && status !== "active")
      return [
        `the token of ${SETTING} is ${status}\n→ Enable it in the dashboard, API tokens, or give another one.`,
      ];
    tellEnd(ctx, end, USE);
  } catch (error) {
    if (!(error instanceof CloudflareRefusal) || !error.unauthorized) throw error;
    if (!error.elsewhere)
      return [
        `Cloudflare doesn't take the token of ${SETTING}: ${error.message}\n→ Is it disabled, expired or revoked? Give one that is good.`,
      ];
    ctx.warn(
      `the token of ${SETTING} can't be looked at from here, since it is good for other addresses only: that it has ${EDIT} isn't proven`,
    );
    return [];
  }
  const lacking = await Promise.all(zones.map(({ zone }) => lacks(client, zone)));
  const [first, ...further] = zones.filter((_, index) => lacking[index] === true).map(({ zone }) => zone);
  const faults: string[] = [];
  for (const zone of first === undefined ? [] : [first, ...further]) {
    const words = `the token of ${SETTING} may not have certificates signed for zone ${zone}\n→ Dashboard, API tokens: add ${EDIT} of zone ${zone} to it, or give another one.`;
    if (zone === zones[0]?.zone) faults.push(words);
    else ctx.warn(words);
  }
  return faults;
}

async function lacks(client: CloudflareClient, zone: string): Promise<boolean> {
  try {
    await signNothing(client, zone);
  } catch (error) {
    if (!(error instanceof CloudflareRefusal) || error.status >= 500 || !error.byApi) throw error;
    return error.unauthorized || error.codes.some((code) => [NOT_AUTHORIZED, NO_ACCESS].includes(code));
  }
  return false;
}
