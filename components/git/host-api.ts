import type { RequestInit, Response } from "undici";
import { GitError } from "./failure";

/** How a host's API is reached: as git reaches the host. */
export interface HostAccess {
  readonly ca?: string;
  readonly proxy?: string;
}

const ATTEMPTS = 4;

/** Sends requests to a host's API, again for a while when the network or the host fails. */
export async function hostFetch({
  ca,
  proxy,
}: HostAccess): Promise<(url: string, init?: RequestInit) => Promise<Response>> {
  // Only who asks an API pays for loading it.
  const { EnvHttpProxyAgent, fetch, ProxyAgent } = await import("undici");
  const tls = { connect: { ca }, requestTls: { ca } };
  const dispatcher =
    proxy === undefined ? new EnvHttpProxyAgent(tls) : new ProxyAgent({ uri: proxy, ...tls });
  return async (url, init) => {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetch(url, { ...init, dispatcher, signal: AbortSignal.timeout(30_000) });
        if (response.status < 500 && response.status !== 429) return response;
        await response.body?.cancel();
        throw new Error(`HTTP ${String(response.status)}`);
      } catch (error) {
        if (attempt < ATTEMPTS) {
          await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt * (0.5 + Math.random())));
          continue;
        }
        const { cause, message } = error as Error & { cause?: Error };
        throw new GitError({
          kind: "network",
          message:
            `${new URL(url).origin} can't be reached: ${cause?.message ?? message}\n` +
            "→ Check the address, the network and `auth.proxy`, then run the same command again.",
        });
      }
    }
  };
}

/** Address of the web server of a repository's host. */
export function webOrigin(url: string): string {
  const { protocol, origin, hostname } = new URL(url);
  return /^https?:$/.test(protocol) ? origin : `https://${hostname}`;
}

/** What a host said when it refused. */
export async function refusal(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return `HTTP ${String(response.status)}, ${typeof message === "string" ? message : JSON.stringify(message)}`;
  } catch {
    return `HTTP ${String(response.status)}`;
  }
}
