import type { RequestInit, Response } from "undici";
import { GitError } from "./failure";
import { isRedirect, MOVES, sameOriginTarget } from "./redirects";

/** How a host's API is reached: as git reaches the host. */
export interface HostAccess {
  readonly ca?: string;
  readonly proxy?: string;
}

const ATTEMPTS = 4;

/**
 * Sends requests to a host's API, `attempts` times at most while the network or the host fails. A host that says when
 * to come back isn't asked again.
 */
export async function hostFetch({
  ca,
  proxy,
}: HostAccess): Promise<(url: string, init?: RequestInit, attempts?: number) => Promise<Response>> {
  // Only who asks an API pays for loading it.
  const [{ EnvHttpProxyAgent, fetch, ProxyAgent }, { default: pRetry }] = await Promise.all([
    import("undici"),
    import("p-retry"),
  ]);
  const tls = { connect: { ca }, requestTls: { ca } };
  const dispatcher =
    proxy === undefined ? new EnvHttpProxyAgent(tls) : new ProxyAgent({ uri: proxy, ...tls });
  return async (url, init, attempts = ATTEMPTS) => {
    const attempt = async (): Promise<Response> => {
      const signals = [AbortSignal.timeout(30_000), ...(init?.signal ? [init.signal] : [])];
      const response = await follow(fetch, url, { ...init, dispatcher, signal: AbortSignal.any(signals) });
      const busy = response.status === 429 && !response.headers.has("retry-after");
      if (response.status < 500 && !busy) return response;
      await response.body?.cancel();
      throw new Error(`HTTP ${String(response.status)}`);
    };
    try {
      return await pRetry(attempt, {
        retries: attempts - 1,
        minTimeout: 500,
        randomize: true,
        signal: init?.signal ?? undefined,
        shouldRetry: ({ error }) => !(error instanceof GitError) && init?.signal?.aborted !== true,
      });
    } catch (error) {
      init?.signal?.throwIfAborted();
      if (error instanceof GitError) throw error;
      const { cause, message } = error as Error & { cause?: Error };
      throw new GitError({
        kind: "network",
        message:
          `${new URL(url).origin} can't be reached: ${cause?.message ?? message}\n` +
          "→ Check the address, the network and `auth.proxy`, then run the same command again.",
      });
    }
  };
}

/**
 * Follows a host that sends on within itself, as GitHub does for a repository that was renamed. Only the same request
 * may be sent again: 301 and 302 would make a GET of a POST.
 * @throws GitError when it sends on elsewhere
 */
async function follow(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  url: string,
  init: RequestInit,
): Promise<Response> {
  let response = await fetch(url, { ...init, redirect: "manual" });
  if (init.redirect === "manual") return response;
  for (let moves = 0; moves < MOVES && isRedirect(response.status); moves++) {
    const target = sameOriginTarget(url, response.headers.get("location"), "`apiUrl`");
    if (response.status < 307 && (init.method ?? "GET") !== "GET") return response;
    await response.body?.cancel();
    url = target;
    response = await fetch(url, { ...init, redirect: "manual" });
  }
  return response;
}

/** Address of the web server of a repository's host. */
export function webOrigin(url: string): string {
  const { protocol, origin, hostname } = new URL(url);
  return /^https?:$/.test(protocol) ? origin : `https://${hostname}`;
}

/** Path of a repository at its host: `org/name`. */
export function repositoryPath(url: string): string {
  return new URL(url).pathname.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
}

/**
 * What to do about a host that takes no more requests for now; undefined when that isn't the matter. The headers are
 * those of RFC 9110 and of GitHub.
 */
export function rateLimit({ headers }: Response): string | undefined {
  const reset = headers.get("x-ratelimit-remaining") === "0" ? headers.get("x-ratelimit-reset") : null;
  const seconds = headers.get("retry-after");
  const when =
    seconds !== null
      ? `in ${seconds} seconds`
      : reset !== null
        ? `after ${new Date(Number(reset) * 1000).toISOString()}`
        : undefined;
  return when && `the host takes no more requests for now. Run the same command again ${when}`;
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
