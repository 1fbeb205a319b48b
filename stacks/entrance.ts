import type { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import * as pulumi from "@pulumi/pulumi";
import { proxiedRecord } from "../components/cloudflare/proxied-record";
import { LookProvider } from "../components/before-create";
import { API_TOKEN, cloudflareProvider } from "../components/cloudflare/provider";
import { CloudflareMark, type CloudflareAccessArgs } from "../components/cloudflare/marks";
import { watchRecords } from "../components/cloudflare/record-watch";
import { Tunnel } from "../components/cloudflare/tunnel";
import type { PreflightArgs } from "../components/preflight";
import { TunnelIngressRule } from "../components/cloudflare/tunnel-ingress-rule";
import type { ValueSources } from "../components/secrets/values";
import type { App } from "../manifests/app";
import { withDirectCertificates } from "../manifests/apps/direct-certificates";
import { CLOUDFLARED_SECRETS, localRules, type TunnelMode } from "../manifests/catalog/cloudflared";
import type { SecretsMode } from "../manifests/secrets/app-secret";
import { type HostInZone, hostsIn, localEdits, recordType, ruleOf, tunnelRules, warnings } from "./hosts";
import { OriginCa, type OriginCaSettings } from "./origin-ca";
import { variableOf } from "./settings/references";
import { once } from "./once";

export type EntranceSettings = OriginCaSettings;

/** The way in from outside: a tunnel with a rule per host, or records that lead to the cluster's address. */
export class Entrance {
  // Nothing is registered before the system as a whole was checked: each is made when it is first asked for.
  private readonly provider = once(() => {
    const { cloudflare } = this.settings;
    return cloudflare && cloudflareProvider(cloudflare.apiToken, variableOf(cloudflare.apiToken));
  });
  private readonly looks = once(() => new LookProvider("cloudflare-looks"));
  private readonly tunnel = once(() => this.makeTunnel());
  private readonly originCa = once(() => new OriginCa(this.settings, this.access, () => this.inCloudflare));

  constructor(private readonly settings: EntranceSettings) {}

  /** What the preflight is to look at in Cloudflare's account. */
  checks(): PreflightArgs["cloudflare"] {
    const { cloudflare } = this.settings;
    if (cloudflare === undefined) return undefined;
    const { accountId, apiToken, zone, zoneId, zones = [], tunnel, address } = cloudflare;
    return {
      accountId,
      apiToken,
      zones: [{ zone, zoneId }, ...zones],
      tunnel: tunnel && { name: tunnel.name, id: tunnel.id, managed: tunnel.managed },
      address: address !== undefined,
      ...this.originCa().checks(),
    };
  }

  /** Who keeps the tunnel's rules, for cloudflared in the cluster. */
  tunnelMode(apps: readonly App[], folder: string): TunnelMode {
    const tunnel = this.settings.cloudflare?.tunnel;
    if (tunnel?.managed !== "local") return { managed: "cloudflare" };
    const file = tunnel.configMap?.startsWith(`${folder}/`)
      ? tunnel.configMap.slice(folder.length + 1)
      : undefined;
    return { managed: "local", config: localRules(tunnelRules(apps, tunnel)), othersConfigMap: { file } };
  }

  /** The apps with their certificates of the Origin CA as the settings say. */
  certified(apps: readonly App[], via?: SecretsMode["from"]): readonly App[] {
    const direct = this.settings.cloudflare?.certificates === "direct";
    return direct ? apps.map((app) => withDirectCertificates(app, via)) : apps;
  }

  /** Values of Cloudflare's that Secrets of the apps take: the tunnel's credentials, what the Origin CA gives. */
  values(apps: readonly App[]): ValueSources {
    const ofTunnel = (field: "token" | "credentials") => ({
      from: () => this.tunnel()?.[field] ?? "",
      ends: "the former token of the tunnel: what is connected by it stays so, but connects no more until the restart",
    });
    return {
      ...(this.settings.cloudflare?.tunnel && {
        [CLOUDFLARED_SECRETS.cloudflare.name]: ofTunnel("token"),
        [CLOUDFLARED_SECRETS.local.name]: ofTunnel("credentials"),
      }),
      ...this.originCa().values(apps),
    };
  }

  /** Makes the rules and records of all hosts that aren't parked. */
  publish(apps: readonly App[]) {
    const { cloudflare } = this.settings;
    const hosts = hostsIn(apps, cloudflare);
    for (const word of warnings(hosts, cloudflare)) void pulumi.log.warn(word);
    const tunnel = this.tunnel();
    const mark = once(() => this.makeMark(apps));
    const resources = hosts.flatMap((host) => this.entrance(host, mark) ?? []);
    const urls = [...new Set(hosts.map(({ host }) => `https://${host.name}`))];
    const records = resources.flatMap((one) => ("record" in one ? (one.record ?? []) : one));
    watchRecords("cloudflare-records", records, this.access);
    return {
      resources: [...resources, ...(tunnel?.drain(resources) ?? [])],
      edits:
        cloudflare?.tunnel?.managed === "local"
          ? localEdits(cloudflare.tunnel.configMap ?? "", tunnelRules(apps, cloudflare.tunnel))
          : {},
      urls,
      outputs: {
        ...(urls.length > 0 && { url: urls[0] }),
        ...(urls.length > 1 && { urls }),
        ...(tunnel && { tunnelId: tunnel.tunnelId, tunnelHostname: tunnel.cname }),
      },
    };
  }

  /** When the certificates and the token end that were made for the apps. */
  certificateEnds(): ReturnType<OriginCa["ends"]> {
    return this.originCa().ends();
  }

  private get access(): CloudflareAccessArgs {
    const { apiToken } = this.settings.cloudflare ?? {};
    const variable = apiToken && variableOf(apiToken);
    return { apiToken, apiTokenVariable: variable === API_TOKEN ? undefined : variable };
  }

  private get inCloudflare(): pulumi.ComponentResourceOptions {
    const cloudflare = this.provider();
    return cloudflare === undefined ? {} : { providers: { cloudflare } };
  }

  private makeTunnel(): Tunnel | undefined {
    const { accountId, tunnel } = this.settings.cloudflare ?? {};
    if (accountId === undefined || tunnel === undefined) return undefined;
    const { id: tunnelId, name: tunnelName, managed, rotate: rotation } = tunnel;
    const args = { accountId, tunnelName, tunnelId, managed, rotation, looks: this.looks(), ...this.access };
    return new Tunnel("tunnel", args, this.inCloudflare);
  }

  private makeMark(apps: readonly App[]): CloudflareMark {
    const { accountId = "", tunnel } = this.settings.cloudflare ?? {};
    const shared =
      tunnel?.id === undefined || tunnel.managed === "local"
        ? undefined
        : {
            ...{ accountId, tunnelId: tunnel.id },
            rules: tunnelRules(apps, tunnel).map(({ hostname, path }) => ({ hostname, path })),
          };
    return new CloudflareMark("cloudflare-mark", { shared, ...this.access }, { provider: this.looks() });
  }

  private entrance(
    { name, host, record, zoneId, above }: HostInZone,
    mark: () => CloudflareMark,
  ): TunnelIngressRule | DnsRecord | undefined {
    const { cloudflare } = this.settings;
    if (cloudflare === undefined || zoneId === undefined) return undefined;
    const tunnel = this.tunnel();
    if (tunnel === undefined || host.address !== undefined) {
      const address = host.address ?? cloudflare.address;
      return record && address !== undefined
        ? this.addressRecord(name, host.name, { zoneId, address, mark: mark() })
        : undefined;
    }
    return new TunnelIngressRule(
      name,
      {
        accountId: cloudflare.accountId,
        zoneId,
        tunnelId: tunnel.tunnelId,
        managed: tunnel.managed,
        ...this.access,
        record,
        adopt: cloudflare.adopt?.includes(host.name),
        looks: this.looks(),
        mark: mark(),
        above,
        ...ruleOf(host, cloudflare.tunnel),
      },
      this.inCloudflare,
    );
  }

  /** A record that leads to the ingress controller's own address, by Cloudflare's proxy. */
  private addressRecord(
    name: string,
    host: string,
    { zoneId, address, mark }: { zoneId: string; address: string; mark: CloudflareMark },
  ): DnsRecord {
    return proxiedRecord(
      `${name}-record`,
      {
        zoneId,
        name: host,
        type: recordType(address),
        content: address,
        adopt: this.settings.cloudflare?.adopt?.includes(host),
        looks: this.looks(),
        mark,
        ...this.access,
      },
      { provider: this.provider() },
    );
  }
}
