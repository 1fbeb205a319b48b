import { BlockList, isIP } from "node:net";
import type { KubeConfig } from "@kubernetes/client-node";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a server, as Go's programs take it, kubectl and Pulumi's own provider among
 * them (https://pkg.go.dev/golang.org/x/net/http/httpproxy): `HTTPS_PROXY` or `HTTP_PROXY`, unless `NO_PROXY` names the
 * host, or it is this machine. Undefined without one.
 */
export function environmentProxy(server: string, env: Environment): string | undefined {
  if (!URL.canParse(server)) return undefined;
  const { protocol, hostname, port } = new URL(server);
  const of = (name: string): string => env[name] ?? env[name.toLowerCase()] ?? "";
  const proxy = of(protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY").trim();
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (proxy === "" || host === "localhost" || within(host, "127.0.0.0/8") || within(host, "::1/128"))
    return undefined;
  const at = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  const spared = of("NO_PROXY")
    .split(",")
    .some((one) => names(one.trim().toLowerCase(), host, at));
  return spared ? undefined : proxy.includes("://") ? proxy : `http://${proxy}`;
}

/**
 * Lets a kubeconfig reach its cluster by the environment's proxy, where it names none itself.
 * @returns the cluster's server; undefined where the context names no cluster
 */
export function throughEnvironmentProxy(config: KubeConfig): string | undefined {
  const current = config.getCurrentCluster();
  if (current === null) return undefined;
  const { server, proxyUrl = environmentProxy(server, process.env) } = current;
  if (proxyUrl !== undefined)
    config.clusters = config.clusters.map((one) => (one === current ? { ...one, proxyUrl } : one));
  return server;
}

/** Whether an entry of `NO_PROXY` names the host: `*`, an address or a range, a domain with what is below it, or that alone. */
function names(entry: string, host: string, port: string): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  if (entry.includes("/")) return within(host, entry);
  const [, name = entry, only] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (only !== undefined && only !== port) return false;
  const plain = name.replace(/^\[|\]$/g, "").replace(/^\*\./, ".");
  return plain.startsWith(".")
    ? host.endsWith(plain)
    : host === plain || (isIP(host) === 0 && host.endsWith(`.${plain}`));
}

function within(host: string, range: string): boolean {
  const [address = "", length = ""] = range.split("/");
  const family = isIP(host);
  if (family === 0 || family !== isIP(address) || !/^\d{1,3}$/.test(length)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  if (Number(length) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(length), type);
  return list.check(host, type);
}
