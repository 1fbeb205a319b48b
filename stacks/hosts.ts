import { isIP } from "node:net";
import type { App, Host } from "../manifests/app";
import { hostRule } from "../manifests/cloudflare/host-rule";
import { localIngressRule, type OwnRule, type RuleKey } from "../manifests/cloudflare/ingress-rules";
import { uncovered } from "../manifests/cloudflare/universal-ssl";
import { InputError } from "../manifests/files";
import type { Edit } from "../manifests/git/edits";
import type { CloudflareSettings } from "./settings/blocks/cloudflare";

interface NamedHost {
  /** Name of the resource: the app's for its first host. */
  readonly name: string;
  readonly host: Host;
  /** False for a further path of a host that has its record. */
  readonly record: boolean;
}

export interface HostInZone extends NamedHost {
  /** Of the zone that it lies in; undefined where the system has no zones. */
  readonly zoneId: string | undefined;
  /** Of its host, see {@link pathsAfter}. */
  readonly above: readonly string[] | undefined;
}

/**
 * The hosts of all apps that aren't parked.
 * @throws InputError for one that lies in no zone
 */
export function hostsIn(
  apps: readonly App[],
  cloudflare: CloudflareSettings | undefined,
): readonly HostInZone[] {
  const hosts = hostsOf(apps);
  const rules = hosts.map(({ host: { name, path } }) => ({ hostname: name, path }));
  return hosts.map((host, index) => ({
    ...host,
    zoneId: cloudflare && zoneOf(host.host.name, cloudflare).zoneId,
    above: pathsAfter(rules, index),
  }));
}

function hostsOf(apps: readonly App[]): NamedHost[] {
  const named = new Set<string>();
  return apps
    .filter(({ parked }) => parked !== true)
    .flatMap(({ name, hosts = [] }) =>
      hosts.map((host, index) => {
        const record = !named.has(host.name);
        named.add(host.name);
        const further = `${name}-${host.name}${host.path === undefined ? "" : `-${host.path}`}`;
        return { name: index === 0 ? name : further, host, record };
      }),
    );
}

/** The tunnel's rule for a host. */
export function ruleOf(
  { name: hostname, path, service, originRequest }: Host,
  tunnel: CloudflareSettings["tunnel"],
): OwnRule {
  return hostRule({
    hostname,
    path,
    service: service ?? tunnel?.service,
    caPool: tunnel?.caPool,
    originRequest,
  });
}

/** The tunnel's rules for all hosts that have no address of their own. */
export function tunnelRules(apps: readonly App[], tunnel: CloudflareSettings["tunnel"]): OwnRule[] {
  const tunnelled = hostsOf(apps).filter(({ host }) => host.address === undefined);
  return tunnelled.map(({ host }) => ruleOf(host, tunnel));
}

/** Further paths of its hostname that come after a rule: of several that match a request, the first one counts. */
function pathsAfter(rules: readonly RuleKey[], index: number): readonly string[] | undefined {
  const { hostname, path } = rules[index] ?? {};
  const further = rules.slice(index + 1).filter((rule) => rule.hostname === hostname);
  const paths = path === undefined ? [] : further.flatMap((rule) => rule.path ?? []);
  return paths.length === 0 ? undefined : paths;
}

/** The zone that a host lies in: of several the longest. */
export function zoneOf(
  host: string,
  { zone, zoneId, zones = [] }: CloudflareSettings,
): { zone: string; zoneId: string } {
  const known = [{ zone, zoneId }, ...zones];
  const found = known
    .filter((one) => isInZone(host, one.zone))
    .sort((a, b) => b.zone.length - a.zone.length)[0];
  if (found !== undefined) return found;
  const names = known.map((one) => one.zone).join(", ");
  throw new InputError(
    `The host ${host} lies in none of the zones ${names}: add its zone to handoff:cloudflare.zones.`,
  );
}

export function isInZone(host: string, zone: string): boolean {
  return host === zone || host.endsWith(`.${zone}`);
}

/** Our rules as entries of cloudflared's config.yaml, in the ConfigMap that others keep. */
export function localEdits(file: string, rules: readonly OwnRule[]): Record<string, Edit[]> {
  const place = { within: ["data", "config.yaml"], list: ["ingress"], position: "ingress" } as const;
  return {
    [file]: rules.map((rule, index) => ({
      ...place,
      entry: localIngressRule(rule),
      identity: ["hostname", "path"],
      above: pathsAfter(rules, index),
    })),
  };
}

/** What is to be said of hosts that get records: those that Universal SSL doesn't cover. */
export function warnings(
  hosts: readonly NamedHost[],
  cloudflare: CloudflareSettings | undefined,
): readonly string[] {
  if (cloudflare === undefined) return [];
  return hosts.flatMap(({ host, record }) => {
    const word = record ? uncovered(host.name, zoneOf(host.name, cloudflare).zone) : undefined;
    return word ?? [];
  });
}

/** Type of the record that leads to an address, or to a name. */
export function recordType(address: string): "A" | "AAAA" | "CNAME" {
  return ({ 0: "CNAME", 4: "A", 6: "AAAA" } as const)[isIP(address) as 0 | 4 | 6];
}
