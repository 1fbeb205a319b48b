import { HandlerContext, Props, UserError } from "../plugin/handler";
import { CloudflareClient } from "./client";
import { isDeleted, tunnelOf, TunnelAddress } from "./tunnel-api";

/**
 * The provider's side of `Tunnel`: what `cloudflared tunnel run --token` takes. The vendor's own function fails for a
 * deleted tunnel without saying that it was deleted.
 * @returns `token`, or `fault` in words
 */
export async function tunnelToken(args: Props, ctx: HandlerContext): Promise<Props> {
  const address = args as unknown as TunnelAddress;
  const { accountId, tunnelId } = address;
  try {
    const client = new CloudflareClient(ctx, address);
    const tunnel = await tunnelOf(client, address);
    if (tunnel === undefined) return { fault: `there is no tunnel ${tunnelId} in account ${accountId}` };
    if (isDeleted(tunnel)) {
      return {
        fault: `the tunnel ${tunnel.name} (${tunnelId}) was deleted at Cloudflare on ${String(tunnel.deleted_at)}`,
      };
    }
    return { token: await client.call("GET", `/accounts/${accountId}/cfd_tunnel/${tunnelId}/token`) };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}
