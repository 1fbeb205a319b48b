import { Props, HandlerContext, UserError } from "../plugin/handler";
import { unlessMissing } from "./answer";
import { CloudflareAccess, CloudflareClient } from "./client";
import { Tunnel, tunnelIn } from "./tunnel-api";

/** A tunnel as it is to be made. Its secret is the mark: nobody else can have chosen the same. */
export interface MarkedTunnel extends CloudflareAccess {
  readonly accountId: string;
  readonly name: string;
  /** Not known in a preview before anything was made. */
  readonly tunnelSecret?: string;
}

/**
 * Makes way for a tunnel that is about to be made, before the vendor's resource makes it: one that a killed run made,
 * or whose answer was lost, has its name and its secret, and goes. Nothing can have run with it.
 * @returns `cleared` when there was one, `fault` in words when the name is somebody else's
 */
export async function clearTunnel(args: Props, ctx: HandlerContext): Promise<Props> {
  const { dryRun, ...wanted } = args as unknown as MarkedTunnel & { readonly dryRun: boolean };
  try {
    const client = new CloudflareClient(ctx, wanted);
    const { orphans, others } = await namesakes(client, wanted);
    if (others[0] !== undefined) return { fault: taken(wanted, others[0]) };
    if (!dryRun) for (const orphan of orphans) await deleteTunnel(client, wanted, orphan);
    return { cleared: orphans.length > 0 };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}

/** Removes what has the mark: called when no state knows of a tunnel with it any more. */
export async function sweepTunnel(client: CloudflareClient, wanted: MarkedTunnel): Promise<Tunnel[]> {
  const { orphans } = await namesakes(client, wanted);
  for (const orphan of orphans) await deleteTunnel(client, wanted, orphan);
  return orphans;
}

/** The account's tunnel of that name, by whether it has the mark. */
async function namesakes(client: CloudflareClient, { accountId, name, tunnelSecret }: MarkedTunnel) {
  const path = `/accounts/${accountId}/cfd_tunnel`;
  const query = `?name=${encodeURIComponent(name)}&is_deleted=false`;
  const found = (await client.list(path + query)).map(tunnelIn);
  const orphans: Tunnel[] = [];
  const others: Tunnel[] = [];
  for (const tunnel of found.filter((one) => one.name === name)) {
    const token = await client.call<string>("GET", `${path}/${tunnel.id}/token`);
    (tunnelSecret !== undefined && secretOf(token) === tunnelSecret ? orphans : others).push(tunnel);
  }
  return { orphans, others };
}

/** The token is base64 of `{a: account, t: tunnel, s: secret}`. */
function secretOf(token: string): unknown {
  try {
    return (JSON.parse(Buffer.from(token, "base64").toString()) as { s?: unknown }).s;
  } catch {
    return undefined;
  }
}

async function deleteTunnel(
  client: CloudflareClient,
  { accountId }: MarkedTunnel,
  { id }: Tunnel,
): Promise<void> {
  await client.call("DELETE", `/accounts/${accountId}/cfd_tunnel/${id}`).catch(unlessMissing);
}

function taken({ name }: MarkedTunnel, { id, created_at, connections }: Tunnel): string {
  const running = connections.length;
  const use = running === 0 ? "nothing is connected to it" : `${String(running)} connections are open`;
  return (
    `the account has a tunnel ${name} (${id}, of ${created_at ?? "?"}, ${use}), which this stack didn't make\n` +
    `→ To use it, write \`adopt: true\` beside \`cloudflare.tunnel.name\`, or \`cloudflare.tunnel.id: ${id}\` in place of it: it is then neither changed nor deleted, and the rules of others in it stay. ` +
    "To have one of the stack's own, choose another `cloudflare.tunnel.name`, or delete that tunnel if nobody needs it."
  );
}
