import { takesEveryPath } from "./ingress-rules";

/** Who may reach a host through Cloudflare Access. Whoever is named in one of them may, after signing in. */
export interface Access {
  readonly emails?: readonly string[];
  /** All addresses of these domains. */
  readonly emailDomains?: readonly string[];
  /** Ids of Access groups. */
  readonly groups?: readonly string[];
  /** True: everybody who can sign in by the organization's identity providers. @default false */
  readonly everyone?: boolean;
  /** Ids of service tokens, by which programs come in without signing in. */
  readonly serviceTokens?: readonly string[];
  /** How long who signed in may come back. @default "24h" */
  readonly sessionDuration?: string;
  /** What the application guards: a hostname, or one with a path. @default the host's name, with its path */
  readonly domain?: string;
}

/** A policy of an application as the vendor's resource has it. */
export interface AccessPolicy {
  readonly name: string;
  readonly decision: "allow" | "non_identity";
  readonly precedence: number;
  readonly includes: readonly Readonly<Record<string, object>>[];
}

/**
 * The policies of an application: who signs in, and programs.
 * @param name which visitors don't see; all of them begin with it
 */
export function accessPolicies(access: Access, name: string): AccessPolicy[] {
  const people = [
    ...(access.emails ?? []).map((email) => ({ email: { email } })),
    ...(access.emailDomains ?? []).map((domain) => ({ emailDomain: { domain } })),
    ...(access.groups ?? []).map((id) => ({ group: { id } })),
    ...(access.everyone === true ? [{ everyone: {} }] : []),
  ];
  const programs = (access.serviceTokens ?? []).map((tokenId) => ({ serviceToken: { tokenId } }));
  const policies: Omit<AccessPolicy, "precedence">[] = [
    { name, decision: "allow", includes: people },
    { name: `${name}, service tokens`, decision: "non_identity", includes: programs },
  ];
  return policies
    .filter(({ includes }) => includes.length > 0)
    .map((policy, index) => ({ ...policy, precedence: index + 1 }));
}

/** True when an application lets somebody in at all. */
export function admitsSomebody(access: Access): boolean {
  return accessPolicies(access, "").length > 0;
}

interface GuardedHost {
  readonly name: string;
  readonly path?: string;
  readonly access?: Access;
}

/**
 * What an application for a host guards. Access takes the beginning of a path, cloudflared an expression that a path has a
 * match of: only one that is plain text after its `^` is both.
 * @returns undefined for another expression
 */
export function accessDomain({ name, path, access }: GuardedHost): string | undefined {
  if (access?.domain !== undefined) return access.domain;
  if (path === undefined || takesEveryPath({ path })) return name;
  const plain = path
    .replace(/^\^/, "")
    .replace(/(\(\/\|\$\)|\/?\.\*\$?|\/?\$|\/)$/, "")
    .replaceAll(/\\([.\-/])/g, "$1");
  return /^(\/[\w.~-]+)+$/.test(plain) ? `${name}${plain}` : undefined;
}
