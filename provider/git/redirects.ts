import { GitError } from "./failure";

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
export const SERVICE = /\/(info\/refs(\?.*)?|git-(upload|receive)-pack)$/;
