import type { GitAuth } from "./auth";

/** How an address of a repository is written. */
export const ADDRESSES = "https://host/org/repository.git or ssh://git@host/org/repository.git";

/** Set for tests, which have repositories on disk. */
export const LOCAL_REPOSITORIES = "HANDOFF_LOCAL_REPOSITORIES";

/**
 * What is wrong with the address of a repository; undefined when nothing is. Git itself takes much more: options,
 * commands (`ext::`), folders. Never repeats a credential.
 */
export function addressFault(url: unknown): string | undefined {
  if (typeof url !== "string" || url === "") return `it is empty; allowed: ${ADDRESSES}`;
  if (/[\s\p{Cc}\p{Cf}]/u.test(url)) return `it has spaces or control characters; allowed: ${ADDRESSES}`;
  if (url.startsWith("-")) return `git would take it for an option; allowed: ${ADDRESSES}`;
  const [, scheme, rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/.exec(url) ?? [];
  if (scheme === undefined) return withoutScheme(url);
  if (scheme === "file" && process.env[LOCAL_REPOSITORIES] === "true") return undefined;
  if (/^(git\+ssh|ssh\+git)$/i.test(scheme)) return schemeFault(scheme, rest, "ssh");
  if (!/^(https?|ssh)$/.test(scheme)) return schemeFault(scheme, rest);
  return authorityFault(scheme, rest);
}

/** `git@host:path` is how git writes ssh:// for short. Flux and the programs here don't take it. */
function withoutScheme(url: string): string {
  if (/^[A-Za-z0-9_-]{2,}::/.test(url)) return `git would run a program for it; allowed: ${ADDRESSES}`;
  const [, user = "", host = "", path = ""] = /^(?:([^/@:]+)@)?([A-Za-z0-9][\w.-]+):(.+)$/.exec(url) ?? [];
  if (host === "" || path.startsWith("\\")) return `it has no scheme; allowed: ${ADDRESSES}`;
  return `it is the short form of ssh://; write ssh://${user === "" ? "git" : user}@${host}/${path.replace(/^\/+/, "")}`;
}

function schemeFault(scheme: string, rest: string, instead?: string): string {
  const other = instead ?? ["https", "http", "ssh"].find((name) => name === scheme.toLowerCase());
  const shown = other !== undefined && !hasCredential(other, rest);
  return `${scheme}:// isn't taken; ${shown ? `write ${other}://${rest}` : `allowed: ${ADDRESSES}`}`;
}

function authorityFault(scheme: string, rest: string): string | undefined {
  const end = rest.search(/[/?#\\]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const path = end < 0 ? "" : rest.slice(end);
  const at = authority.lastIndexOf("@");
  const user = at < 0 ? undefined : authority.slice(0, at);
  const host = authority.slice(at + 1);
  if (hasCredential(scheme, rest)) {
    return scheme === "ssh"
      ? "it holds a password; leave it out, ssh signs in by `auth.ssh`"
      : `it holds a user name or credential; take out everything before the @ and give it as \`auth.basic\` or \`auth.bearer\`. If it was a real one, it counts as seen: replace it`;
  }
  if (user !== undefined && !/^[A-Za-z0-9_][\w.+-]*$/.test(user))
    return "the user before the @ has characters that no user name has";
  const [, name = "", port] = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]]*)(?::(.*))?$/.exec(host) ?? [];
  if (port !== undefined && !/^\d{1,5}$/.test(port)) {
    const start = user === undefined ? "" : `${user}@`;
    return `a port belongs after the colon; write ${scheme}://${start}${name}/${[port, path.replace(/^\/+/, "")].filter((part) => part !== "").join("/")}`;
  }
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return `there is no port ${port}`;
  if (!/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9.])?)$/.test(name)) {
    return `${JSON.stringify(name)} is no host name; allowed: ${ADDRESSES}`;
  }
  if (/[?#]/.test(path))
    return "it has a ? or #, which no address of a repository has; the branch is the setting `branch`";
  if (path.includes("\\")) return `it has a backslash; allowed: ${ADDRESSES}`;
  if (path.split("/").some((part) => /^(\.|%2e){1,2}$/i.test(part))) return "it has . or .. in its path";
  if (path.replaceAll("/", "") === "") return `it names no repository; allowed: ${ADDRESSES}`;
  return undefined;
}

/** True for an address that must not be shown, whether or not it is a right one otherwise. */
export function holdsCredential(url: string): boolean {
  const [, scheme = "", rest = ""] = /^([^:/]*):\/\/(.*)$/s.exec(url) ?? [];
  return hasCredential(scheme, rest) || /:[^/@]*@/.test(url);
}

/** Of ssh:// the user is part of the address. */
function hasCredential(scheme: string, rest: string): boolean {
  const authority = /^[^/?#\\]*/.exec(rest)?.[0] ?? "";
  const at = authority.lastIndexOf("@");
  return at >= 0 && (scheme !== "ssh" || authority.slice(0, at).includes(":"));
}

/** What is wrong with the address of a host's API; undefined when nothing is. */
export function apiAddressFault(url: string): string | undefined {
  return /^https?:\/\/[A-Za-z0-9[][^\s/@?#\\]*(\/[^\s?#@\\]*)?$/.test(url) && URL.canParse(url)
    ? undefined
    : "an address such as https://git.example.com/api/v1 is needed, without a credential";
}

/** What doesn't fit in how to sign in, by input; never repeats a credential. */
export function authFaults(url: string, auth: GitAuth): [string, string][] {
  const faults: [string, string][] = [];
  const isSsh = url.startsWith("ssh:");
  const tokens = (["basic", "bearer", "githubApp"] as const).filter((name) => auth[name] !== undefined);
  if (isSsh && auth.ssh === undefined && tokens.length > 0) {
    faults.push([
      `auth.${tokens[0] ?? ""}`,
      "an ssh:// address is signed in to by `auth.ssh`; give that, or the repository's https:// address",
    ]);
  }
  if (/^https?:/.test(url) && auth.ssh !== undefined && tokens.length === 0) {
    faults.push([
      "auth.ssh",
      "an https:// address takes `basic`, `bearer` or `githubApp`; or give the repository's ssh:// address",
    ]);
  }
  if (!isSsh && tokens.length > 1)
    faults.push(["auth", `one of ${tokens.join(", ")} is enough: git sends one`]);
  const line = (name: string, value: string | undefined): void => {
    if (value === undefined) return;
    if (value === "") faults.push([name, "it is empty"]);
    else if (/\p{Cc}/u.test(value))
      faults.push([name, "it has a line break or another control character; is it a file's last line end?"]);
  };
  line("auth.bearer.token", auth.bearer?.token);
  line("auth.basic.username", auth.basic?.username);
  line("auth.basic.password", auth.basic?.password);
  if (auth.basic?.username.includes(":") === true)
    faults.push(["auth.basic.username", "it has a colon, which ends a user name"]);
  const proxy = auth.proxy;
  if (proxy !== undefined && (!/^https?:\/\/[^\s/?#\\]+\/?$/.test(proxy) || !URL.canParse(proxy))) {
    faults.push(["auth.proxy", "an address such as http://user:password@proxy:3128 is needed"]);
  }
  const apiUrl = auth.githubApp?.apiUrl;
  const api = apiUrl === undefined ? undefined : apiAddressFault(apiUrl);
  if (api !== undefined) faults.push(["auth.githubApp.apiUrl", api]);
  return faults;
}
