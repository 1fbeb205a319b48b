import type { GitAuth } from "../../manifests/git/auth";
import { GitError } from "./failure";
import { hostFetch } from "./host-api";

/** How often a host may send on, within itself. */
export const MOVES = 3;

/** True for an answer of a host that names another address. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/**
 * The address that a host sends on to, when a credential may go there: at the same origin, as for a repository that
 * was renamed. Anything else is for the user to decide.
 * @throws GitError that names the new address
 */
export function sameOriginTarget(from: string, location: string | null, setting: string): string {
  const target = location !== null && URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (target?.origin === new URL(from).origin) return target.href;
  if (target !== undefined) target.username = target.password = "";
  const shown = target === undefined ? "nowhere" : `${target.origin}${target.pathname}`.replace(SERVICE, "");
  const plain = target?.protocol === "http:" && from.startsWith("https:");
  throw new GitError({
    kind: "refused",
    message:
      `${from.replace(SERVICE, "").replace(/\?.*$/, "")} sends on to ${shown}${plain ? ", which isn't encrypted" : ""}: ` +
      "the credential isn't sent there\n" +
      (plain || target === undefined
        ? `→ Ask for the https:// address and set it as ${setting}.`
        : `→ If that is the right host, set ${setting}: ${shown}.`),
  });
}

/** What git adds to a repository's address. */
const SERVICE = /\/(info\/refs(\?.*)?|git-(upload|receive)-pack)$/;

/**
 * Where a repository has moved to at its host. Git itself would follow with the credential to any host.
 * @throws GitError when that is another origin, or the address doesn't lead on
 */
export async function movedRepository(
  url: string,
  service: "git-upload-pack" | "git-receive-pack",
  auth: GitAuth,
  authorization: string | undefined,
): Promise<string> {
  const send = await hostFetch(auth);
  const asked = `${url.replace(/\/+$/, "")}/info/refs?service=${service}`;
  const headers = { "user-agent": "git/2", ...(authorization !== undefined && { authorization }) };
  const response = await send(asked, { redirect: "manual", headers });
  await response.body?.cancel();
  const target = sameOriginTarget(asked, response.headers.get("location"), "`url`");
  const moved = target.replace(/\?.*$/, "").replace(SERVICE, "");
  if (moved === url || !SERVICE.test(target)) {
    throw new GitError({
      kind: "refused",
      message: `${url} sends on to ${moved}, which is no repository\n→ Check the address; it is that of the repository, not of a page about it.`,
    });
  }
  return moved;
}
