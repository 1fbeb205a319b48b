import { setTimeout as sleep } from "node:timers/promises";
import { hostFetch } from "../../../provider/git/host-api";
import { retryAfter } from "../../../provider/http/retry-after";

/** A host that is busy is waited for so long at a time, in seconds, and so often. */
const [LONGEST, TIMES] = [120, 3];
/** What GitHub asks to wait where it names no time. */
const UNNAMED = 60;

type Fetch = (url: string, init?: Readonly<Record<string, unknown>>) => Promise<Response>;

/**
 * Sends requests as git's are sent: by the proxy, and again while the network or the host fails; a host that takes no
 * more for now is waited for. What writes anew is sent once: the answer may be lost of what has landed.
 */
export const patientFetch: Fetch = async (url, init = {}) => {
  const send = await hostFetch({});
  for (let time = 1; ; time++) {
    const response = (await send(url, init, init.method === "POST" ? 1 : undefined)) as unknown as Response;
    const seconds = await secondsToWait(response);
    if (seconds === undefined || seconds > LONGEST || time > TIMES) return response;
    process.stderr.write(
      `${new URL(url).host} takes no more requests for now: waiting ${String(seconds)} s\n`,
    );
    await sleep(seconds * 1000);
  }
};

/** By RFC 9110's header, or GitHub's words (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
async function secondsToWait(response: Response): Promise<number | undefined> {
  if (response.status !== 429 && response.status !== 403) return undefined;
  const after = retryAfter(response.headers);
  if (response.headers.has("retry-after")) return after && Math.ceil(after / 1000);
  return /secondary rate limit/i.test(await response.clone().text()) ? UNNAMED : undefined;
}

/** What to do about a host that refuses a comment or an issue; nothing where that can't be told. */
export function advice(status: number, permission: string): string {
  if (status === 401) return "\n→ The token is wrong, or no longer valid.";
  if (status === 403)
    return `\n→ The token may not do that: it needs ${permission}. One of a fork's pull request never may.`;
  if (status === 404)
    return `\n→ REPOSITORY, PR_NUMBER or API_URL is another one's, or the token may not see it: it needs ${permission}.`;
  return "";
}

/** A host's refusal. */
export class HostError extends Error {
  override readonly name = "HostError";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
