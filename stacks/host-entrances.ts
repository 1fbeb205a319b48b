import type { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import type { Provider } from "@pulumi/cloudflare/provider";
import type { ZeroTrustAccessApplication } from "@pulumi/cloudflare/zeroTrustAccessApplication";
import type * as pulumi from "@pulumi/pulumi";
import type { LookProvider } from "../components/before-create";
import { accessApplication } from "../components/cloudflare/access-application";
import type { CloudflareAccessArgs, CloudflareMark } from "../components/cloudflare/marks";
import { proxiedRecord } from "../components/cloudflare/proxied-record";
import type { Tunnel } from "../components/cloudflare/tunnel";
import { TunnelIngressRule } from "../components/cloudflare/tunnel-ingress-rule";
import type { Host } from "../manifests/app";
import { accessDomain } from "../manifests/cloudflare/access";
import { type HostInZone, recordType, ruleOf } from "./hosts";
import type { CloudflareSettings } from "./settings/blocks/cloudflare";

/** What the entrances of all hosts have in common. Nothing is registered before it is first asked for. */
interface Common {
  readonly cloudflare: CloudflareSettings | undefined;
  readonly tunnel: Tunnel | undefined;
  readonly access: CloudflareAccessArgs;
  readonly looks: () => LookProvider;
  readonly mark: () => CloudflareMark;
  readonly provider: () => Provider | undefined;
  readonly inCloudflare: () => pulumi.ComponentResourceOptions;
}

/** Makes what leads to each host: the application that guards it, the tunnel's rule, the record. */
export class HostEntrances {
  private readonly applications = new Map<string, ZeroTrustAccessApplication>();

  constructor(private readonly common: Common) {}

  /** @returns what publishes them */
  make(hosts: readonly HostInZone[]): pulumi.Resource[] {
    // All that guards a name is there before it answers.
    for (const host of hosts) this.guard(host);
    return hosts.flatMap((host) => this.entrance(host) ?? []);
  }

  private entrance(entrance: HostInZone): pulumi.Resource | undefined {
    const { cloudflare, tunnel, access, looks, mark, inCloudflare } = this.common;
    const { name, host, record, zoneId, above } = entrance;
    if (cloudflare === undefined || zoneId === undefined) return undefined;
    if (tunnel === undefined || host.address !== undefined) {
      const address = host.address ?? cloudflare.address;
      return record && address !== undefined ? this.addressRecord(entrance, { zoneId, address }) : undefined;
    }
    const application = this.applications.get(accessDomain(host) ?? "");
    return new TunnelIngressRule(
      name,
      {
        accountId: cloudflare.accountId,
        zoneId,
        tunnelId: tunnel.tunnelId,
        managed: tunnel.managed,
        ...access,
        record,
        adopt: cloudflare.adopt?.includes(host.name),
        looks: looks(),
        mark: mark(),
        above,
        guard: host.access && application && { application, teamName: cloudflare.teamName ?? "" },
        after: this.guardsOf(host),
        ...ruleOf(host, cloudflare.tunnel),
      },
      inCloudflare(),
    );
  }

  /** Makes the application of a host, one for all that it guards. */
  private guard({ host }: HostInZone): void {
    const { cloudflare, access: way, looks, mark, provider } = this.common;
    const { access } = host;
    const domain = accessDomain(host);
    if (cloudflare === undefined || access === undefined || domain === undefined) return;
    if (this.applications.has(domain)) return;
    const { accountId } = cloudflare;
    const args = { accountId, domain, access, looks: looks(), mark: mark(), ...way };
    // Named by what it guards: another application has other audience tags, which the rules of its hosts would have to follow.
    this.applications.set(domain, accessApplication(`access-${domain}`, args, { provider: provider() }));
  }

  private guardsOf({ name }: Host): ZeroTrustAccessApplication[] {
    return [...this.applications].filter(([domain]) => domain.split("/")[0] === name).map(([, made]) => made);
  }

  /** A record that leads to the ingress controller's own address, by Cloudflare's proxy. */
  private addressRecord(
    { name, host }: HostInZone,
    { zoneId, address }: { readonly zoneId: string; readonly address: string },
  ): DnsRecord {
    const { cloudflare, access, looks, mark, provider } = this.common;
    return proxiedRecord(
      `${name}-record`,
      {
        zoneId,
        name: host.name,
        type: recordType(address),
        content: address,
        adopt: cloudflare?.adopt?.includes(host.name),
        looks: looks(),
        mark: mark(),
        ...access,
      },
      { provider: provider(), dependsOn: this.guardsOf(host) },
    );
  }
}
