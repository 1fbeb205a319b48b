/** The rules that Cloudflare applies to the ingress of a remotely managed tunnel. */
import { z } from "zod";

const seconds = z.int("must be whole seconds, e.g. 30").nonnegative();

// Strict on purpose: the vendor drops a key that it does not know, which hides a misspelled one.
const originRequest = z.strictObject({
  access: z
    .strictObject({ required: z.boolean().optional(), teamName: z.string(), audTag: z.array(z.string()) })
    .optional(),
  bastionMode: z.boolean().optional(),
  caPool: z.string().optional(),
  connectTimeout: seconds.optional(),
  disableChunkedEncoding: z.boolean().optional(),
  http2Origin: z.boolean().optional(),
  httpHostHeader: z.string().optional(),
  ipRules: z
    .array(
      z.strictObject({
        prefix: z.union([z.cidrv4(), z.cidrv6()]),
        ports: z.array(z.int().min(1).max(65_535)).optional(),
        allow: z.boolean().optional(),
      }),
    )
    .optional(),
  keepAliveConnections: z.int().optional(),
  keepAliveTimeout: seconds.optional(),
  matchSNItoHost: z.boolean().optional(),
  noHappyEyeballs: z.boolean().optional(),
  noTLSVerify: z.boolean().optional(),
  originServerName: z.string().optional(),
  proxyAddress: z.string().optional(),
  proxyPort: z.int().min(0).max(65_535).optional(),
  proxyType: z.enum(["", "socks"]).optional(),
  tcpKeepAlive: seconds.optional(),
  tlsTimeout: seconds.optional(),
});

const rule = z.strictObject({
  /** Rules that were made in the dashboard have one. */
  id: z.string().optional(),
  hostname: z.string().optional(),
  path: z.string().optional(),
  service: z.string(),
  originRequest: originRequest.optional(),
});

const configuration = z.strictObject({
  ingress: z.array(rule).optional(),
  originRequest: originRequest.optional(),
  "warp-routing": z.strictObject({ enabled: z.boolean() }).optional(),
});

export type Rule = z.output<typeof rule>;

/** The first fault of a tunnel's configuration, or undefined when it is valid. */
export function configurationFault(given: unknown): string | undefined {
  const parsed = configuration.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;
  }
  return parsed.data.ingress && ingressFault(parsed.data.ingress);
}

function ingressFault(rules: readonly Rule[]): string | undefined {
  if (rules.length === 0) return "ingress has no rules; it needs at least a catch-all";
  for (const [index, { hostname = "", path = "", service }] of rules.entries()) {
    const where = `ingress rule #${index + 1}`;
    const fault = hostnameFault(hostname) ?? pathFault(path) ?? serviceFault(service);
    if (fault) return `${where}: ${fault}`;
    const last = index === rules.length - 1;
    const catchAll = (hostname === "" || hostname === "*") && path === "";
    if (last && !catchAll) return "the last ingress rule must match every request (no hostname, no path)";
    if (!last && catchAll) return `${where} matches every request, so the rules after it can never match`;
  }
  return undefined;
}

function hostnameFault(hostname: string): string | undefined {
  if (hostname === "" || hostname === "*") return undefined;
  if (/:\d*$/.test(hostname)) return `hostname ${hostname} must not contain a port`;
  const labels = hostname.startsWith("*.") ? hostname.slice(2) : hostname;
  if (labels.includes("*")) return `hostname ${hostname} may have * only as its leading label`;
  if (!/^[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)+$/i.test(labels)) {
    return `hostname ${hostname} is not a host name`;
  }
  return undefined;
}

function pathFault(path: string): string | undefined {
  try {
    new RegExp(path);
    return undefined;
  } catch {
    return `path ${path} is not a regular expression`;
  }
}

function serviceFault(service: string): string | undefined {
  if (["hello_world", "hello-world", "bastion", "socks-proxy"].includes(service)) return undefined;
  if (/^unix(\+tls)?:\/?[^/]*\//.test(service)) return undefined;
  const status = /^http_status:(.*)$/.exec(service);
  if (status) {
    return /^[1-9]\d\d$/.test(status[1] ?? "") ? undefined : `service ${service} has no valid status code`;
  }
  if (!URL.canParse(service) || !service.includes("://")) {
    return `service ${service} must be a URL such as http://localhost:8080`;
  }
  const { pathname, host } = new URL(service);
  if (host === "") return `service ${service} has no host`;
  return pathname === "" || pathname === "/" ? undefined : `service ${service} must not have a path`;
}
