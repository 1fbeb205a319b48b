import { isObject, textOf } from "../../manifests/shape";
import { UserError, type HandlerContext } from "../plugin/handler";
import { CloudflareRefusal } from "./answer";
import type { CloudflareClient } from "./client";

/** What a mode does to apps that answer by TLS alone, and send who comes by HTTP to HTTPS. */
const WRONG: Readonly<Record<string, { readonly what: string; readonly tunnel: boolean }>> = {
  off: {
    what: "Off: Cloudflare sends visitors from HTTPS to HTTP, and apps send them back, without an end",
    tunnel: true,
  },
  // What goes by a tunnel is encrypted, and the rule's service says how the origin is spoken to.
  flexible: {
    what: "Flexible: Cloudflare asks the cluster's address by HTTP, which sends it to HTTPS, without an end",
    tunnel: false,
  },
};

/**
 * Says when a zone's SSL/TLS mode makes the apps unreachable, and when the token may not tell. Neither is a fault:
 * Configuration Rules may set another mode for the hosts than the zone has.
 * @param address that records lead to one; else a tunnel
 */
export async function tellSslMode(
  client: CloudflareClient,
  { zoneId, zone }: { readonly zoneId: string; readonly zone: string },
  address: boolean,
  { info, warn }: Pick<HandlerContext, "info" | "warn">,
): Promise<void> {
  let setting: unknown;
  try {
    setting = await client.call("GET", `/zones/${zoneId}/settings/ssl`);
  } catch (error) {
    // Nothing of what is made needs it.
    if (!(error instanceof UserError)) throw error;
    const refused = error instanceof CloudflareRefusal && error.status < 500 && error.byApi;
    const why = refused ? "the Cloudflare token may not see it" : error.message.split("\n")[0];
    info(
      `the SSL/TLS mode of zone ${zone} isn't known: ${String(why)}\n→ Add Zone / Zone Settings / Read to the token, or see that SSL/TLS, Overview has Full (strict) in the dashboard.`,
    );
    return;
  }
  const mode = isObject(setting) ? textOf(setting.value) : undefined;
  const wrong = WRONG[mode ?? ""];
  if (wrong === undefined || !(address || wrong.tunnel)) return;
  warn(
    `the SSL/TLS mode of zone ${zone} is ${wrong.what}\n→ Dashboard, SSL/TLS, Overview: Full (strict), which the certificates of the cluster are for. A Configuration Rule for the hosts does, too.`,
  );
}
