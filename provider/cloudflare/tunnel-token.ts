import { HandlerContext, Props, UserError } from "../plugin/handler";
import { isObject } from "../../manifests/shape";
import { notUnderstood } from "./answer";
import { CloudflareClient } from "./client";
import { isDeleted, tunnelOf, TunnelAddress } from "./tunnel-api";

/** Tunnels that the running program uses and that aren't its own. */
const used = new Set<string>();

/** True of a tunnel that the running program uses as one that somebody else made. */
export const isUsed = (tunnelId: string): boolean => used.has(tunnelId);

/**
 * The provider's side of `Tunnel`: what `cloudflared tunnel run --token` takes. The vendor's own function fails for a
 * deleted tunnel without saying that it was deleted.
 * @returns `token`, or `fault` in words
 */
export async function tunnelToken(args: Props, ctx: HandlerContext): Promise<Props> {
  const address = args as unknown as TunnelAddress;
  const { accountId, tunnelId } = address;
  if (args.existing === true) used.add(tunnelId);
  try {
    const client = new CloudflareClient(ctx, address);
    const tunnel = await tunnelOf(client, address);
    if (tunnel === undefined) return { fault: `there is no tunnel ${tunnelId} in account ${accountId}` };
    if (isDeleted(tunnel)) {
      return {
        fault: `the tunnel ${tunnel.name} (${tunnelId}) was deleted at Cloudflare on ${String(tunnel.deleted_at)}`,
      };
    }
    const token = await client.call("GET", `/accounts/${accountId}/cfd_tunnel/${tunnelId}/token`);
    return isToken(token)
      ? { token }
      : { fault: notUnderstood("the tunnel's token", "can't be read").message };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}

/** Base64 of an object, as cloudflared reads it. */
function isToken(token: unknown): token is string {
  try {
    return typeof token === "string" && isObject(JSON.parse(Buffer.from(token, "base64").toString()));
  } catch {
    return false;
  }
}
