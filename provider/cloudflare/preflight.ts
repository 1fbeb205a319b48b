import { hasUnknown, HandlerContext, UserError } from "../plugin/handler";
import { asciiName } from "../../manifests/names";
import { isObject, textOf } from "../../manifests/shape";
import { CloudflareRefusal, objectOf } from "./answer";
import { accessFaults } from "./access-preflight";
import { NO_ACCESS, NOT_AUTHORIZED, signNothing } from "./certificates-api";
import { CloudflareClient } from "./client";
import { givenTokenFaults } from "./given-token";
import { changeNoRecord, missing, tokenAdvice, wordsOf } from "./permission";
import { tellSslMode } from "./ssl-mode";
import { tellTokenEnd } from "./token-end";
import { isDeleted, Tunnel, tunnelIn } from "./tunnel-api";
import { noTunnelOfName, tunnelOfName } from "./tunnel-named";

export interface CloudflareChecks {
  readonly accountId: string;
  readonly apiToken: string;
  readonly baseUrl?: string;
  /** Zones that records are made in; the first is that of the Origin CA token. */
  readonly zones: readonly { readonly zoneId: string; readonly zone: string }[];
  readonly tunnel?: {
    readonly name?: string;
    readonly id?: string;
    readonly managed?: "cloudflare" | "local";
    /** An existing one of that name is used. @default false */
    readonly adopt?: boolean;
  };
  /** Hosts are guarded by Access. @default none is */
  readonly access?: { readonly teamName?: string };
  /** Records lead to an address in place of a tunnel. @default false */
  readonly address?: boolean;
  /** Whose API token is made, if one is. */
  readonly tokenOwner?: "account" | "user";
  /** A token of the Origin CA that others made, for the issuer. */
  readonly originCaToken?: string;
  /** Whether certificates are signed for the zones. @default false */
  readonly certificates?: boolean;
}

/** The faults of an account that would end `up` midway, and the permissions that the token lacks; nothing is changed. */
export async function cloudflareFaults(
  checks: CloudflareChecks,
  ctx: HandlerContext,
): Promise<readonly string[]> {
  if (hasUnknown(checks)) return [];
  const client = new CloudflareClient(ctx, checks);
  const reached = await faultsOf(zoneFaults(client, checks, checks.zones[0], ctx));
  // With a token that isn't taken, or without a network, all else fails alike.
  if (reached.length > 0) return reached;
  const found = await Promise.all([
    ...checks.zones.slice(1).map((zone) => faultsOf(zoneFaults(client, checks, zone, ctx))),
    ...checks.zones.map((zone) => faultsOf(recordFaults(client, zone))),
    ...checks.zones.map((zone) =>
      faultsOf(tellSslMode(client, zone, checks.address === true, ctx).then(() => [])),
    ),
    faultsOf(tunnelFaults(client, checks)),
    faultsOf(tokenFaults(client, checks)),
    faultsOf(accessFaults(client, checks)),
    faultsOf(tellTokenEnd(client, checks.accountId, ctx).then(() => [])),
    faultsOf(givenTokenFaults(checks, ctx)),
    ...(checks.certificates === true ? checks.zones : []).map((zone) =>
      faultsOf(certificateFaults(client, zone)),
    ),
  ]);
  return found.flat();
}

async function faultsOf(check: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await check;
  } catch (error) {
    if (error instanceof UserError) return [error.message];
    throw error;
  }
}

async function zoneFaults(
  client: CloudflareClient,
  checks: CloudflareChecks,
  wanted: CloudflareChecks["zones"][number] | undefined,
  ctx: HandlerContext,
): Promise<string[]> {
  if (wanted === undefined) return [];
  const { accountId } = checks;
  const { zoneId, zone } = wanted;
  let found: unknown;
  try {
    found = await client.call("GET", `/zones/${zoneId}`);
  } catch (error) {
    if (!(error instanceof CloudflareRefusal)) throw error;
    return [`Cloudflare refused to show zone ${zoneId}: ${wordsOf(error)}\n→ ${tokenAdvice(error)}`];
  }
  const { name, status, paused, account, type } = objectOf(found, `zone ${zone}`);
  if (asciiName(textOf(name) ?? "") !== zone) {
    return [
      `Cloudflare's zone ${zoneId} is ${textOf(name) ?? "without a name"}, not ${zone}\n→ Correct \`cloudflare.zoneId\` or \`cloudflare.zone\`.`,
    ];
  }
  if (type === "partial") {
    ctx.warn(
      `Cloudflare's zone ${zone} has its DNS elsewhere (a CNAME setup): the records that are made lead nobody here by themselves\n→ Make a CNAME <host> → <host>.cdn.cloudflare.net for each host where the domain's DNS is.`,
    );
  }
  const faults: string[] = [];
  const kept = ELSEWHERE[textOf(type) ?? ""];
  if (kept !== undefined) {
    faults.push(
      `Cloudflare's zone ${zone} ${kept}\n→ Use a zone whose primary DNS is Cloudflare, or make it one: dashboard, DNS, Settings.`,
    );
  }
  const owner = isObject(account) ? textOf(account.id) : undefined;
  if (owner !== undefined && owner !== accountId) faults.push(...accountFaults(checks, zone, owner));
  if (typeof status === "string" && status !== "active") {
    const proof =
      type === "partial"
        ? "Make the TXT record that the dashboard shows (DNS, Records) where the domain's DNS is"
        : "Set the name servers that the dashboard shows at the domain's registrar";
    faults.push(
      `Cloudflare's zone ${zone} is ${status}, not active: it answers no names and gets no certificates\n→ ${proof}, and wait until Cloudflare calls the zone active.`,
    );
  }
  if (paused === true) {
    faults.push(
      `Cloudflare's zone ${zone} is paused: its records aren't proxied, so a tunnel isn't reached\n→ Dashboard, zone overview, "Enable Cloudflare on Site".`,
    );
  }
  return faults;
}

/** Zones by their type in which no record can be made that visitors are told of. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  secondary: "is a secondary one: it takes its records from another DNS, and none can be made in it",
  internal: "is an internal one: its records are told to the account's own resolvers alone",
};

/** What doesn't work for a zone of another account. Records that lead to an address do. */
function accountFaults(
  { accountId, zones, tunnel, tokenOwner }: CloudflareChecks,
  zone: string,
  owner: string,
): string[] {
  const first = zone === zones[0]?.zone;
  const why =
    tunnel !== undefined
      ? "a tunnel is reached by names of its own account's zones alone, by others with error 1033"
      : first && tokenOwner !== undefined
        ? "an Origin CA token works for zones of its own account"
        : undefined;
  if (why === undefined) return [];
  const what = first
    ? "Correct `cloudflare.accountId`, or move the zone."
    : "Publish its hosts by a stack whose `cloudflare.accountId` is that account, or move the zone.";
  return [`Cloudflare's zone ${zone} belongs to account ${owner}, not ${accountId}: ${why}\n→ ${what}`];
}

async function recordFaults(
  client: CloudflareClient,
  { zoneId, zone }: CloudflareChecks["zones"][number],
): Promise<string[]> {
  return await missing(changeNoRecord(client, zoneId), "change records", `Zone / DNS / Edit of zone ${zone}`);
}

async function tunnelFaults(
  client: CloudflareClient,
  { accountId, tunnel }: CloudflareChecks,
): Promise<string[]> {
  if (tunnel === undefined) return [];
  const path = `/accounts/${accountId}/cfd_tunnel`;
  const { id, name = "", adopt = false } = tunnel;
  let live: Tunnel | undefined;
  const look =
    id === undefined
      ? tunnelOfName(client, { accountId, name }).then((found) => {
          live = found;
        })
      : client.call("GET", `${path}/${id}`).then((found) => {
          live = tunnelIn(found);
        });
  const lacking = await missing(look, "see tunnels", "Account / Cloudflare Tunnel / Edit");
  if (lacking.length > 0) return lacking;
  if (live === undefined && adopt) return [await noTunnelOfName(client, { accountId, name })];
  const change = client.call("PATCH", `${path}/00000000-0000-0000-0000-000000000000`, {});
  return [
    ...(await missing(change, "change tunnels", "Account / Cloudflare Tunnel / Edit")),
    ...(live === undefined ? absent(tunnel) : managementFaults(live, tunnel)),
  ];
}

function absent({ id }: NonNullable<CloudflareChecks["tunnel"]>): string[] {
  return id === undefined ? [] : [`there is no tunnel ${id}\n→ Correct \`cloudflare.tunnel.id\`.`];
}

function managementFaults(live: Tunnel, wanted: NonNullable<CloudflareChecks["tunnel"]>): string[] {
  const { name, config_src, connections } = live;
  if (isDeleted(live)) {
    return [
      `the tunnel ${name} (${live.id}) was deleted on ${String(live.deleted_at)}\n→ Correct \`cloudflare.tunnel.id\`.`,
    ];
  }
  const { managed = "cloudflare" } = wanted;
  if (config_src === undefined || config_src === managed) return [];
  const is = `the tunnel ${name} is ${config_src === "local" ? "locally managed" : "managed by Cloudflare"}`;
  if (wanted.id !== undefined || wanted.adopt === true) {
    return [
      `${is}, and \`cloudflare.tunnel.managed\` is ${managed}: rules would be written where cloudflared doesn't read them\n→ Set it to ${config_src}, or migrate the tunnel in Cloudflare's dashboard.`,
    ];
  }
  const running = connections.length;
  if (running === 0) return [];
  return [
    `${is} and in use (${String(running)} connections): with \`cloudflare.tunnel.managed: ${managed}\` it would be deleted before the new one is made, and Cloudflare deletes no tunnel in use\n` +
      `→ Leave \`managed: ${config_src}\`. Or make a tunnel by hand that is ${managed === "local" ? "locally managed" : "managed by Cloudflare"} and name it in \`cloudflare.tunnel.id\`: the site moves to it, and then the old one goes.`,
  ];
}

async function tokenFaults(
  client: CloudflareClient,
  { accountId, tokenOwner }: CloudflareChecks,
): Promise<string[]> {
  if (tokenOwner === undefined) return [];
  const user = tokenOwner === "user";
  const path = user ? "/user/tokens" : `/accounts/${accountId}/tokens`;
  const right = user
    ? "User / API Tokens / Edit, in a token of a user,"
    : "Account / Account API Tokens / Edit";
  return await missing(client.call("GET", `${path}?per_page=5`), "make API tokens", right);
}

async function certificateFaults(
  client: CloudflareClient,
  { zone }: CloudflareChecks["zones"][number],
): Promise<string[]> {
  const right = `Zone / SSL and Certificates / Edit of zone ${zone}`;
  const sign = signNothing(client, zone);
  return await missing(sign, `have certificates signed for zone ${zone}`, right, [NOT_AUTHORIZED, NO_ACCESS]);
}
