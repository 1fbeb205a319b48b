import { HandlerContext, Props, UserError } from "../plugin/handler";
import { CloudflareClient, type CloudflareAccess } from "./client";
import { Tunnel, tunnelIn } from "./tunnel-api";

interface Named extends CloudflareAccess {
  readonly accountId: string;
  readonly name: string;
}

/**
 * The provider's side of a `Tunnel` that is used by its name.
 * @returns `id`, or `fault` in words
 */
export async function tunnelNamed(args: Props, ctx: HandlerContext): Promise<Props> {
  const named = args as unknown as Named;
  try {
    const client = new CloudflareClient(ctx, named);
    const tunnel = await tunnelOfName(client, named);
    return tunnel === undefined ? { fault: await noTunnelOfName(client, named) } : { id: tunnel.id };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}

/** The account's tunnel of that name; of those that aren't deleted there is one at most. */
export async function tunnelOfName(client: CloudflareClient, named: Named): Promise<Tunnel | undefined> {
  return (await tunnelsOf(client, named, false))[0];
}

/** What is said where there is none. A deleted one keeps its name, and others may take it. */
export async function noTunnelOfName(client: CloudflareClient, named: Named): Promise<string> {
  const { accountId, name } = named;
  const [last] = (await tunnelsOf(client, named, true)).sort((a, b) =>
    String(b.deleted_at).localeCompare(String(a.deleted_at)),
  );
  const gone =
    last === undefined
      ? ""
      : `: ${last.id} was deleted on ${String(last.deleted_at)}, and can't be brought back`;
  return (
    `there is no tunnel ${name} in account ${accountId} to use${gone}\n` +
    "→ Correct `cloudflare.tunnel.name` to that of an existing tunnel. Or leave `cloudflare.tunnel.adopt` out, and the stack makes one of its own."
  );
}

async function tunnelsOf(
  client: CloudflareClient,
  { accountId, name }: Named,
  deleted: boolean,
): Promise<Tunnel[]> {
  const query = `?name=${encodeURIComponent(name)}&is_deleted=${String(deleted)}`;
  const found = (await client.list(`/accounts/${accountId}/cfd_tunnel${query}`)).map(tunnelIn);
  return found.filter((one) => one.name === name);
}
