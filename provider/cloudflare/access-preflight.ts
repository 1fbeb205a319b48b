import { UserError } from "../plugin/handler";
import { textOf } from "../../manifests/shape";
import { notEnabled } from "./access-applications";
import { CloudflareRefusal, objectOf } from "./answer";
import type { CloudflareClient } from "./client";
import { missing } from "./permission";

/** No application has this id: to change it shows whether the token may change applications, and changes nothing. */
const NO_APPLICATION = "00000000-0000-0000-0000-000000000000";

interface Checks {
  readonly accountId: string;
  readonly access?: { readonly teamName?: string };
}

/** What would end `up` midway where hosts are guarded by Access. */
export async function accessFaults(
  client: CloudflareClient,
  { accountId, access }: Checks,
): Promise<readonly string[]> {
  if (access === undefined) return [];
  const path = `/accounts/${accountId}/access`;
  const change = client.call("PUT", `${path}/apps/${NO_APPLICATION}`, {}).catch((error: unknown) => {
    const told = notEnabled(error);
    throw told === undefined ? error : new UserError(told);
  });
  const right = "Account / Access: Apps and Policies / Edit";
  const lacking = await missing(change, "make Access applications", right);
  return lacking.length > 0 ? lacking : await teamFaults(client, path, access.teamName);
}

/** Only a token with a further permission may see the organization; without it the name is believed. */
async function teamFaults(
  client: CloudflareClient,
  path: string,
  teamName: string | undefined,
): Promise<string[]> {
  if (teamName === undefined) return [];
  const shown = await client.call("GET", `${path}/organizations`).catch((error: unknown) => {
    if (error instanceof CloudflareRefusal) return undefined;
    throw error;
  });
  if (shown === undefined) return [];
  const team = textOf(objectOf(shown, "the organization").auth_domain)?.replace(
    /\.cloudflareaccess\.com$/,
    "",
  );
  if (team === undefined || team.toLowerCase() === teamName.toLowerCase()) return [];
  return [
    `the account's Zero Trust organization is ${team}, not ${teamName}: the tunnel would refuse every request to the hosts that Access guards\n→ Correct \`cloudflare.teamName\`.`,
  ];
}
