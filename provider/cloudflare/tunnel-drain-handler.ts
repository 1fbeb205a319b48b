import { ResourceHandler, State, UserError } from "../plugin/handler";
import { pause } from "../http/patience";
import { CloudflareClient } from "./client";
import { differences } from "./differences";
import { isUsed } from "./tunnel-token";
import { Connection, isDeleted, Tunnel, TunnelAddress, tunnelOf } from "./tunnel-api";

export interface DrainOptions {
  /** Milliseconds between two looks. */
  readonly interval?: number;
  /** Milliseconds after which Cloudflare is asked to forget connectors that are gone. */
  readonly forgetAfter?: number;
  /** Milliseconds after which what is still connected counts as running. */
  readonly limit?: number;
}

/**
 * Handler of `handoff:cloudflare:TunnelDrain`: Cloudflare deletes no tunnel in use, and shows connectors for minutes
 * after they stopped. This resource goes before the tunnel and all that leads to it, and waits for the last connection;
 * while somebody's cloudflared runs on, nothing is deleted.
 */
export function tunnelDrainHandler({
  interval = 3_000,
  forgetAfter = 20_000,
  limit = 240_000,
}: DrainOptions = {}): ResourceHandler {
  return {
    computed: [],
    place: ({ accountId, tunnelId }) => [accountId, tunnelId],
    diff: (_ctx, _id, olds, news) =>
      Promise.resolve(differences(olds.inputs, news, ["accountId", "tunnelId"])),
    create: (_ctx, news) => Promise.resolve({ id: String(news.tunnelId), outputs: news }),
    update: (_ctx, _id, _olds, news) => Promise.resolve({ outputs: news }),
    read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

    async delete(ctx, _id, { inputs }: State) {
      const address = inputs as unknown as TunnelAddress;
      if (isUsed(address.tunnelId)) throw new UserError(ownUsed(address));
      const client = new CloudflareClient(ctx, address, { first: "environment" });
      const started = Date.now();
      let forgotten = false;
      for (;;) {
        const tunnel = await tunnelOf(client, address);
        if (tunnel === undefined || isDeleted(tunnel)) return;
        const open = tunnel.connections;
        if (open.length === 0) return;
        const passed = Date.now() - started;
        if (passed >= limit) throw new UserError(inUse(tunnel, open));
        if (!forgotten && passed >= forgetAfter) {
          // Those that run connect again at once, and are seen at the next look.
          const path = `/accounts/${address.accountId}/cfd_tunnel/${address.tunnelId}/connections`;
          await client.call("DELETE", path);
          forgotten = true;
        }
        const waiting = `waiting until nothing is connected to the tunnel ${tunnel.name} (${String(open.length)} connections)`;
        ctx.status(waiting);
        await pause(ctx, interval, waiting);
      }
    },
  };
}

/** What is used as others' is none of the program's resources, so that its own would go. */
function ownUsed({ tunnelId }: TunnelAddress): string {
  return (
    `this stack made the tunnel ${tunnelId}, and would delete it now that the settings use it as an existing one\n` +
    "→ Nothing of the tunnel was deleted. Name it as before, by `cloudflare.tunnel.name` alone, without `adopt` or `id`."
  );
}

function inUse({ name, id }: Tunnel, open: readonly Connection[]): string {
  const connectors = new Map(open.map((one) => [one.client_id ?? one.origin_ip ?? "?", one]));
  const lines = [...connectors.values()]
    .slice(0, 10)
    .map(
      ({ client_id, client_version, origin_ip, opened_at }) =>
        `  connector ${client_id ?? "?"}: cloudflared ${client_version ?? "?"} at ${origin_ip ?? "?"}, connected since ${opened_at ?? "?"}`,
    );
  return [
    `the tunnel ${name} (${id}) is in use, and Cloudflare deletes no tunnel in use: ${String(open.length)} connections`,
    ...lines,
    "→ Nothing of the tunnel, its rules and its records was deleted. Stop cloudflared there, then run the same command again.",
  ].join("\n");
}
