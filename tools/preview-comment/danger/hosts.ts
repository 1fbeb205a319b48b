import type { ChangedObject } from "../findings";
import { nameOf, type Step, typeOf } from "../step";
import { type Change, found, type Found, list, part } from "./change";

/** Names and networks that become reachable from outside: of routes, of the tunnel, of DNS, and Services with an address of their own. */
export function publicHosts({ objects, steps }: Change): Found[] {
  return [...objects.flatMap(ofObject), ...steps.flatMap(ofStep)];
}

function ofObject(one: ChangedObject): Found[] {
  const before = new Set(hostsOf(one.before));
  const come = [...new Set(hostsOf(one.after))].filter((host) => !before.has(host));
  return come.map((host) => found(one, `${host} is made public`));
}

function hostsOf(object: object | undefined): string[] {
  const kind = part(object, "kind");
  const names = (hosts: unknown): string[] => (Array.isArray(hosts) ? hosts.map(String) : []);
  if (kind === "Ingress")
    return list(object, "spec", "rules").map(({ host }) => (typeof host === "string" ? host : "every host"));
  if (kind === "HTTPRoute" || kind === "TLSRoute" || kind === "GRPCRoute")
    return names(part(object, "spec", "hostnames"));
  if (kind === "IngressRoute")
    return list(object, "spec", "routes").flatMap(({ match }) =>
      Array.from(String(match).matchAll(/Host\(`([^`]+)`\)/g), ([, host = ""]) => host),
    );
  if (kind === "Service" && part(object, "spec", "type") === "LoadBalancer") return ["a LoadBalancer"];
  return [];
}

/** Rules of the tunnel, records of DNS and routes to private networks are resources of Pulumi. */
const TYPES: Readonly<Record<string, readonly [field: string, becomes: string]>> = {
  "handoff:cloudflare:IngressRule": ["hostname", "is made public"],
  "cloudflare:index/dnsRecord:DnsRecord": ["name", "is made public"],
  "cloudflare:index/zeroTrustTunnelCloudflaredRoute:ZeroTrustTunnelCloudflaredRoute": [
    "network",
    "is open to WARP clients",
  ],
};

function ofStep({ urn, oldState, newState }: Step): Found[] {
  const [field, becomes] = TYPES[typeOf(urn)] ?? [];
  if (field === undefined) return [];
  const [old, now] = [oldState, newState].map((state) => state?.inputs?.[field]);
  if (typeof now !== "string" || old === now) return [];
  return [{ object: nameOf(urn), what: `${now} ${becomes ?? ""}` }];
}
