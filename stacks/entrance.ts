import * as pulumi from "@pulumi/pulumi";
import { LookProvider } from "../components/before-create";
import { API_TOKEN, cloudflareProvider } from "../components/cloudflare/provider";
import { CloudflareMark, type CloudflareAccessArgs } from "../components/cloudflare/marks";
import { privateRoute } from "../components/cloudflare/private-route";
import { Tunnel } from "../components/cloudflare/tunnel";
import type { PreflightArgs } from "../components/preflight";
import type { ValueSources } from "../components/secrets/values";
import type { App } from "../manifests/app";
import { withDirectCertificates } from "../manifests/apps/direct-certificates";
import { CLOUDFLARED_SECRETS, localRules, type TunnelMode } from "../manifests/catalog/cloudflared";
import type { SecretsMode } from "../manifests/secrets/app-secret";
import { guarded } from "./guarded-hosts";
import { HostEntrances } from "./host-entrances";
import { hostsIn, localEdits, tunnelRules, warnings } from "./hosts";
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
    const { cloudflare, rotate } = this.settings;
    if (cloudflare === undefined) return undefined;
    const { accountId, apiToken, zone, zoneId, zones = [], tunnel, address, tokenOwner } = cloudflare;
    const { access, teamName } = cloudflare;
    const direct = cloudflare.certificates === "direct";
    return {
      accountId,
      apiToken,
      zones: [{ zone, zoneId }, ...zones],
      tunnel: tunnel && { name: tunnel.name, id: tunnel.id, managed: tunnel.managed, adopt: tunnel.adopt },
      access: access && { teamName },
      address: address !== undefined,
      // Only systems with certificates of the Origin CA have a token to rotate.
      tokenOwner: direct || rotate?.originCaToken === undefined ? undefined : tokenOwner,
      certificates: direct,
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

  /** What a system consists of, its hosts guarded as the settings say. */
  guarded<Built extends { readonly apps: readonly App[] }>(built: Built): Built {
    return { ...built, apps: guarded(built.apps, this.settings.cloudflare) };
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
    const entrances = new HostEntrances({
      ...{ cloudflare, tunnel, mark, access: this.access, looks: this.looks },
      ...{ provider: this.provider, inCloudflare: () => this.inCloudflare },
    });
    const urls = [...new Set(hosts.map(({ host }) => `https://${host.name}`))];
    const resources = [...entrances.make(hosts), ...this.routes(tunnel, mark)];
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

  /** When the certificates end that were made for the apps, by the names of their values. */
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
    const { id: tunnelId, name: tunnelName, adopt, managed, rotate: rotation } = tunnel;
    const looks = this.looks();
    const args = { accountId, tunnelName, tunnelId, adopt, managed, rotation, looks, ...this.access };
    return new Tunnel("tunnel", args, this.inCloudflare);
  }

  private makeMark(apps: readonly App[]): CloudflareMark {
    const { accountId = "", tunnel } = this.settings.cloudflare ?? {};
    const tunnelId = tunnel?.adopt === true ? this.tunnel()?.tunnelId : tunnel?.id;
    const shared =
      tunnelId === undefined || tunnel?.managed === "local"
        ? undefined
        : {
            ...{ accountId, tunnelId },
            rules: tunnelRules(apps, tunnel).map(({ hostname, path }) => ({ hostname, path })),
          };
    return new CloudflareMark("cloudflare-mark", { shared, ...this.access }, { provider: this.looks() });
  }

  /** Private networks that WARP clients reach through the tunnel. */
  private routes(tunnel: Tunnel | undefined, mark: () => CloudflareMark): pulumi.Resource[] {
    const { accountId = "", tunnel: settings } = this.settings.cloudflare ?? {};
    if (tunnel === undefined) return [];
    const { tunnelId } = tunnel;
    return (settings?.routes ?? []).map((network) =>
      privateRoute(
        `tunnel-route-${network}`,
        { accountId, network, tunnelId, looks: this.looks(), mark: mark(), ...this.access },
        { parent: tunnel },
      ),
    );
  }
}
