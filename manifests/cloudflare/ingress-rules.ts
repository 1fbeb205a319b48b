import { asciiName } from "../names";

/**
 * Ingress rules of a Cloudflare tunnel: pure functions over the list, shared by the API handler (remotely managed
 * tunnels) and by edits of cloudflared's `config.yaml` (locally managed ones). The first rule that matches wins, so
 * the position of a rule decides whether it is ever reached.
 */

/** Origin settings as the API spells them; durations are whole seconds. */
export interface OriginRequest {
  /** Name that the origin's certificate must carry; cloudflared trusts both Origin CA roots by itself. */
  readonly originServerName?: string;
  /** Path, inside the cloudflared container, of a CA bundle for other certificates. */
  readonly caPool?: string;
  readonly noTLSVerify?: boolean;
  readonly http2Origin?: boolean;
  readonly matchSNItoHost?: boolean;
  readonly httpHostHeader?: string;
  readonly disableChunkedEncoding?: boolean;
  readonly noHappyEyeballs?: boolean;
  readonly keepAliveConnections?: number;
  readonly connectTimeout?: number;
  readonly tlsTimeout?: number;
  readonly tcpKeepAlive?: number;
  readonly keepAliveTimeout?: number;
  /** What cloudflared itself refuses: requests that didn't pass these Access applications. */
  readonly access?: OriginAccess;
  /** `"socks"`: TCP services are reached as by a SOCKS5 proxy. */
  readonly proxyType?: "" | "socks";
  /** True: the client says where it wants to go, as with the service `bastion`. */
  readonly bastionMode?: boolean;
  readonly proxyAddress?: string;
  readonly proxyPort?: number;
  /** Where the service `socks-proxy` lets clients go; the first that matches counts, and none is a refusal. */
  readonly ipRules?: readonly IpRule[];
}

export interface OriginAccess {
  /** @default false: only what an application let pass is looked at */
  readonly required?: boolean;
  /** Name of the Zero Trust organization: the part of its domain before `.cloudflareaccess.com`. */
  readonly teamName: string;
  /** Audience tags of the applications. */
  readonly audTag: readonly string[];
}

export interface IpRule {
  /** In CIDR notation. */
  readonly prefix: string;
  readonly ports?: readonly number[];
  readonly allow?: boolean;
}

/** Fields that are whole seconds in the API, and texts such as `30s` in cloudflared's `config.yaml`. */
export const DURATIONS: readonly string[] = [
  "connectTimeout",
  "tlsTimeout",
  "tcpKeepAlive",
  "keepAliveTimeout",
] satisfies (keyof OriginRequest)[];

/** One rule as the API has it. The catch-all is the rule without hostname and path. */
export interface Rule {
  readonly hostname?: string;
  readonly path?: string;
  readonly service: string;
  readonly originRequest?: OriginRequest;
}

/** A rule that we own: always for one hostname. */
export interface OwnRule extends Rule {
  readonly hostname: string;
}

/** What identifies a rule: two rules of one hostname may differ by path. */
export type RuleKey = Pick<OwnRule, "hostname" | "path">;

/** cloudflared refuses a list that doesn't end with a rule for everything else. */
export const CATCH_ALL: Rule = { service: "http_status:404" };

export function ruleName(rule: Pick<Rule, "hostname" | "path">): string {
  return `${rule.hostname ?? "*"}${rule.path === undefined || rule.path === "" ? "" : ` (path ${rule.path})`}`;
}

/** As cloudflared compares them. What people write in YAML may be a number. */
function host({ hostname }: { readonly hostname?: string | number | null }): string {
  return asciiName(String(hostname ?? ""));
}
const path = (rule: { readonly path?: string | number | null }): string => String(rule.path ?? "");

export function sameKey(a: Pick<Rule, "hostname" | "path">, b: Pick<Rule, "hostname" | "path">): boolean {
  return host(a) === host(b) && path(a) === path(b);
}

/** Equal whatever the order of keys, and whether the API fills in empty values or not. */
export function sameRule(a: Rule, b: Rule): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) => {
    if (entry === null || typeof entry !== "object" || Array.isArray(entry)) return entry;
    const kept = Object.entries(entry).filter(([, v]) => v !== undefined && v !== null && v !== "");
    // An `originRequest` without settings means the same as none.
    const filled = kept.filter(([k, v]) => k !== "originRequest" || Object.keys(v as object).length > 0);
    return Object.fromEntries(filled.sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}

export function findRule(rules: readonly Rule[], key: RuleKey): Rule | undefined {
  return rules.find((rule) => sameKey(rule, key));
}

/**
 * Removes the rules of that hostname and path; every other one stays as and where it is.
 * @param which of them. @default all
 */
export function removeRule(
  rules: readonly Rule[],
  key: RuleKey,
  which: (rule: Rule) => boolean = () => true,
): Rule[] {
  return rules.filter((rule) => !(sameKey(rule, key) && which(rule)));
}

/** What is known of the place of a rule beside its hostname and path. */
export interface RulePlace {
  /** Other paths of its host whose rules it stands above: of several that match, the first counts. */
  readonly above?: readonly string[];
  /** Index at which it stands: it stays there where it is right. */
  readonly now?: number;
}

/**
 * The list with our rule in it in the place of the first of its hostname and path, others' rules unchanged and in their
 * order. It stands where it is reached and takes no request from a more specific rule: after those, before wildcards
 * that match it, before the catch-all.
 */
export function ensureRule(rules: readonly Rule[], own: OwnRule, above?: RulePlace["above"]): Rule[] {
  const index = rules.findIndex((rule) => sameKey(rule, own));
  const others = rules.filter((_, i) => i !== index);
  const last = others.at(-1);
  if (last === undefined || !isCatchAll(last)) others.push(CATCH_ALL);

  const now = index === -1 ? undefined : index;
  return others.toSpliced(rulePosition(others, own, { above, now }), 0, own);
}

/**
 * Where a rule of ours goes in a list without it: the index of the rule that it stands before. A substitution variable
 * (`*.${DOMAIN}`) in the hostname of a wildcard counts as any text.
 */
export function rulePosition(
  others: readonly (Partial<Rule> | null)[],
  own: OwnRule,
  { above = [], now }: RulePlace = {},
): number {
  const rules = others.map((rule) => (rule === null ? NO_RULE : rule));
  const isBelow = (rule: Partial<Rule>) => host(rule) === host(own) && above.includes(path(rule));
  const first = rules.findIndex((rule) => covers(rule, own) || isBelow(rule));
  const limit = first === -1 ? rules.length : first;
  const lastBefore = (isBefore: (rule: Partial<Rule>) => boolean) =>
    rules.slice(0, limit).findLastIndex(isBefore);
  const narrower = lastBefore((rule) => matchesMoreHosts(own, rule) || host(rule) === host(own));
  const broader = rules.findIndex((rule, i) => i > narrower && matchesMoreHosts(rule, own));
  const end = broader === -1 ? limit : Math.min(limit, broader);
  if (now === undefined || now > end) return end;
  return now > lastBefore((rule) => matchesMoreHosts(own, rule) || covers(own, rule)) ? now : end;
}

/**
 * A rule that would no longer be reached with ours at `index`, and was so far. There is one where both take every path of
 * the host, each by another expression, and where a variable (`*.${DOMAIN}`) leaves no place that is right for every text
 * that it may stand for.
 */
export function hiddenRule(
  rules: readonly (Partial<Rule> | null)[],
  own: OwnRule,
  index: number,
): Partial<Rule> | undefined {
  const surely = (above: Partial<Rule>, below: Partial<Rule>): boolean =>
    !VARIABLE.test(host(above)) && covers(above, below);
  const found = rules.find(
    (rule, i) =>
      rule !== null &&
      i >= index &&
      surely(own, rule) &&
      !rules.slice(0, i).some((above) => above !== null && surely(above, rule)),
  );
  return found ?? undefined;
}

/** True when both are for all paths of the same host. */
export function hidesWhole(own: OwnRule, hidden: Partial<Rule>): boolean {
  return host(own) === host(hidden) && takesEveryPath(own) && takesEveryPath(hidden);
}

/** What is to be done about such a rule, for a message. */
export function hiddenWords(own: OwnRule, hidden: Partial<Rule>): string {
  const to = hidden.service === undefined ? "" : `, to ${hidden.service}`;
  return (
    `a rule for ${ruleName(hidden)}${to}, which takes every request for that name, as the one for ${ruleName(own)} would: nothing would reach the one below\n` +
    "→ Remove that rule if nobody needs it. Or give this one its path as it is written there, or a path of its own."
  );
}

/** What is no rule matches nothing. */
const NO_RULE: Partial<Rule> = { hostname: "\0" };

export function isCatchAll(rule: Partial<Rule>): boolean {
  return (host(rule) === "" || host(rule) === "*") && path(rule) === "";
}

/** Expressions, without their parentheses, that every path has a match of: each begins with a slash. */
const EVERY_PATH = /^(\^?\/?(\.\*\$?)?|\^?\.|\.?\$)$/;

/** True of a rule for all paths of its host: without one, or with one such as `/`, `^/` or `.*`. */
export function takesEveryPath(rule: Partial<Rule>): boolean {
  return EVERY_PATH.test(path(rule).replaceAll(/[()]/g, ""));
}

/** True when every request for `b` would already be taken by `a`. */
function covers(a: Partial<Rule>, b: Partial<Rule>): boolean {
  if (!takesEveryPath(a)) return sameKey(a, b);
  return matchesMoreHosts(a, b) || host(a) === host(b);
}

function matchesMoreHosts(a: Partial<Rule>, b: Partial<Rule>): boolean {
  const [wide, narrow] = [host(a), host(b)];
  if (wide === narrow || narrow === "" || narrow === "*") return false;
  if (wide === "" || wide === "*") return true;
  // cloudflared matches by suffix, so *.x.com takes a.b.x.com and *.b.x.com as well.
  if (!wide.startsWith("*.")) return false;
  if (narrow.endsWith(wide.slice(1))) return true;
  if (VARIABLE.test(wide) || !narrow.startsWith("*.")) return mayEndWith(narrow, wide.slice(1));
  return false;
}

const VARIABLE = /\$\{[^}]*\}/;

/** True when some text for each variable (`${DOMAIN}`) makes a hostname end so. Without variables: when it does. */
function mayEndWith(name: string, end: string): boolean {
  const [names, ends] = [name, end].map((text) => text.split(new RegExp(VARIABLE, "g")));
  const [last = "", tail = ""] = [names?.at(-1), ends?.at(-1)];
  if (names?.length === 1) {
    const parts = (ends ?? []).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    return new RegExp(`^.+${parts.join(".+")}$`).test(name);
  }
  // What stands before a variable may be anything.
  return last.endsWith(tail) || tail.endsWith(last);
}

/** The map of the rule in cloudflared's `config.yaml`, where durations are texts such as `30s`. */
export function localIngressRule(rule: OwnRule): Record<string, unknown> {
  const origin = Object.entries(rule.originRequest ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([key, value]): [string, unknown] => [key, DURATIONS.includes(key) ? `${String(value)}s` : value]);
  return {
    hostname: rule.hostname,
    ...(rule.path === undefined ? {} : { path: rule.path }),
    service: rule.service,
    ...(origin.length === 0 ? {} : { originRequest: Object.fromEntries(origin) }),
  };
}
