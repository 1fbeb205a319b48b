import { RE2JS } from "re2js";
import { holdsCredential } from "../git/address";
import { originRequestFaults } from "./origin-request-checks";
import { OwnRule, Rule, isCatchAll, ruleName, sameKey } from "./ingress-rules";

/** A fault of one field of a rule, worded for whoever wrote it. */
export interface RuleFault {
  readonly field: "hostname" | "path" | "service" | "originRequest";
  readonly message: string;
}

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const SERVICES =
  "http://, https://, ws://, wss://, tcp://, ssh://, rdp://, smb://, unix:, unix+tls:, http_status:<code>, hello_world, bastion, socks-proxy";

/** Faults of one rule that cloudflared or the API would refuse, or would never match. */
export function ruleFaults(rule: OwnRule): RuleFault[] {
  const faults: RuleFault[] = [];
  const add = (field: RuleFault["field"], message: string | undefined) => {
    if (message !== undefined) faults.push({ field, message });
  };
  add("hostname", hostnameFault(rule.hostname));
  if (rule.path !== undefined) add("path", pathFault(rule.path));
  add("service", serviceFault(rule.service));
  for (const message of originRequestFaults(rule.originRequest)) add("originRequest", message);
  return faults;
}

function hostnameFault(hostname: string): string | undefined {
  const quoted = JSON.stringify(hostname);
  if (hostname.includes("://")) return `${quoted} is a URL: write the hostname alone`;
  if (/:\d+$/.test(hostname)) return `${quoted} has a port: a tunnel's rules match the hostname alone`;
  const [first, ...rest] = hostname.split(".");
  if (rest.length === 0) return `${quoted} is not a full name such as app.example.com`;
  if (rest.some((label) => label.includes("*")) || (first?.includes("*") && first !== "*")) {
    return `${quoted}: * is allowed only as the whole first label, as in *.example.com`;
  }
  const labels = first === "*" ? rest : [first ?? "", ...rest];
  if (hostname.length > 253) return `${quoted} is not a DNS name: it has more than 253 characters`;
  if (/^\d+$/.test(labels.at(-1) ?? "")) return `${quoted} is an address: a tunnel is reached by names alone`;
  const bad = labels.find((label) => !LABEL.test(label));
  return bad === undefined ? undefined : `${quoted} is not a DNS name: see ${JSON.stringify(bad)}`;
}

function pathFault(path: string): string | undefined {
  if (path === "") return `is empty: leave it out to match every path`;
  try {
    // cloudflared compiles it with Go's regexp, of which this is a port.
    RE2JS.compile(path);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : "";
    const lacking = /\(\?<?[=!]|\\[1-9]/.test(path) ? " (Go has neither lookaround nor backreferences)" : "";
    return `${JSON.stringify(path)} is no regular expression of Go's: ${reason}${lacking}`;
  }
}

function serviceFault(service: string): string | undefined {
  const quoted = JSON.stringify(service);
  if (["hello_world", "hello-world", "bastion", "socks-proxy"].includes(service)) return undefined;
  if (/^http_status:/.test(service)) {
    return /^http_status:[1-9]\d\d$/.test(service)
      ? undefined
      : `${quoted}: a status has three digits, as in http_status:404`;
  }
  if (/^unix(\+tls)?:.+/.test(service)) return undefined;
  const url =
    /^(https?|wss?|tcp|ssh|rdp|smb):\/\//.test(service) && URL.canParse(service)
      ? new URL(service)
      : undefined;
  // Not shown: it may be a password.
  if (holdsCredential(service))
    return "the service has a user or password in it, which everybody who sees the tunnel could read";
  if (url === undefined || url.hostname === "")
    return `${quoted} is not a service of cloudflared: ${SERVICES}`;
  // `new URL` passes over it.
  if (/[\s\\]/.test(service)) return `${quoted} has a space or a backslash in it`;
  if (/^[a-z]+:\/\/[^/]+\//.test(service) || url.search !== "" || url.hash !== "") {
    return `${quoted} has a path: cloudflared refuses it, the request's own path is passed on`;
  }
  return undefined;
}

/**
 * Faults of the list as a whole: the catch-all is last and only last, no rule appears twice.
 * @param before the list that others left, of which nothing is a fault of ours
 */
export function listFaults(rules: readonly Rule[], before: readonly Rule[] = []): string[] {
  const theirs = new Set(before);
  const faults: string[] = [];
  const last = rules.at(-1);
  if (last !== undefined && !isCatchAll(last) && last !== before.at(-1)) {
    faults.push(`the last rule, ${ruleName(last)}, must be the catch-all without hostname and path`);
  }
  rules.slice(0, -1).forEach((rule, i) => {
    if (isCatchAll(rule) && !theirs.has(rule))
      faults.push(`rule ${i + 1} of ${rules.length} matches everything, so those after it are never reached`);
  });
  rules.forEach((rule, i) => {
    const first = rules.findIndex((other) => sameKey(other, rule));
    if (first < i && !theirs.has(rule))
      faults.push(`rule ${i + 1} repeats ${ruleName(rule)} of rule ${first + 1}`);
  });
  return faults;
}
