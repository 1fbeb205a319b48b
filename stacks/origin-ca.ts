import type * as pulumi from "@pulumi/pulumi";
import type { CloudflareAccessArgs } from "../components/cloudflare/marks";
import { OriginCaToken } from "../components/cloudflare/origin-ca";
import { OriginCaCertificate } from "../components/cloudflare/origin-ca-certificate";
import type { PreflightArgs } from "../components/preflight";
import type { ValueSources } from "../components/secrets/values";
import type { App, DirectCertificate } from "../manifests/app";
import { issuedHosts } from "../manifests/apps/direct-certificates";
import { originIssuerToken } from "../manifests/apps/ingress";
import { InputError } from "../manifests/files";
import { secretsOf } from "../manifests/layouts/layout";
import { valuesOf } from "../manifests/secrets/app-secret";
import { isInZone, zoneOf } from "./hosts";
import type { CloudflareSettings } from "./settings/blocks/cloudflare";
import type { SharedSettings } from "./settings/schema";

export interface OriginCaSettings {
  readonly cluster: SharedSettings["cluster"];
  readonly cloudflare?: CloudflareSettings;
  readonly rotate?: { readonly originCaToken?: number; readonly certificates?: number };
}

export interface OriginCaEnds {
  /** By the names of their values. */
  readonly certificates?: Readonly<Record<string, pulumi.Output<string>>>;
  readonly originCaTokenEnds?: pulumi.Output<string>;
}

/** What Secrets take of Cloudflare's Origin CA: the token of issuers in the cluster, or certificates. */
export class OriginCa {
  private made: OriginCaToken | undefined;
  private readonly certificates: Record<string, OriginCaCertificate> = {};

  constructor(
    private readonly settings: OriginCaSettings,
    private readonly access: CloudflareAccessArgs,
    /** Of the token. Nothing is registered before it is first asked for. */
    private readonly inCloudflare: () => pulumi.ComponentResourceOptions,
  ) {}

  /** What the preflight is to look at. */
  checks(): Pick<NonNullable<PreflightArgs["cloudflare"]>, "tokenOwner" | "originCaToken" | "certificates"> {
    const { tokenOwner, originCaToken, certificates } = this.cloudflare();
    const isDirect = certificates === "direct";
    // Only systems with certificates of the Origin CA have a token to rotate.
    const makesToken =
      this.settings.rotate?.originCaToken !== undefined && originCaToken?.value === undefined;
    return {
      tokenOwner: makesToken && !isDirect ? tokenOwner : undefined,
      originCaToken: originCaToken?.value,
      certificates: isDirect,
    };
  }

  /** @throws InputError for two certificates of one name, and for a host that lies in no zone */
  values(apps: readonly App[]): ValueSources {
    const taken = new Set(secretsOf(apps).flatMap(valuesOf));
    const issuers = secretsOf(apps)
      .map(({ secret }) => originIssuerToken(secret.namespace))
      .filter((name) => taken.has(name));
    const given = this.settings.cloudflare?.originCaToken?.value;
    const token =
      given === undefined
        ? { from: () => this.token(apps).value, revokes: "the former API token of the Origin CA" }
        : // It is others': what was made before goes, a given one never.
          { from: given };
    const certificates = apps.flatMap((app) => app.certificates ?? []);
    const names = certificates.map(({ value }) => value);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined)
      throw new InputError(`Two certificates are the value ${twice}: rename one of their Secrets.`);
    return {
      ...Object.fromEntries(issuers.map((name) => [name, token])),
      ...Object.fromEntries(
        certificates.map((one) => [
          one.value,
          { from: () => this.certificate(one).pem, revokes: `the former certificate ${one.value}` },
        ]),
      ),
    };
  }

  /** When the certificates and the token that were made end. */
  ends(): OriginCaEnds {
    const ends = Object.entries(this.certificates).map(([name, { expiresOn }]) => [name, expiresOn] as const);
    const ofToken = this.made?.expiresOn;
    return {
      ...(ends.length > 0 && { certificates: Object.fromEntries(ends) }),
      ...(ofToken && { originCaTokenEnds: ofToken }),
    };
  }

  private certificate({ value, hosts }: DirectCertificate): OriginCaCertificate {
    const cloudflare = this.cloudflare();
    const [zoneId = cloudflare.zoneId] = hosts.map((host) => zoneOf(host, cloudflare).zoneId);
    return (this.certificates[value] ??= new OriginCaCertificate(value, {
      zoneId,
      hostnames: hosts,
      days: cloudflare.certificateDays,
      rotation: this.settings.rotate?.certificates,
      ...this.access,
    }));
  }

  private token(apps: readonly App[]): OriginCaToken {
    const { cluster, rotate } = this.settings;
    const { accountId, zoneId, zone, zones = [], tokenOwner, originCaToken = {} } = this.cloudflare();
    const hosts = apps.flatMap(issuedHosts);
    const further = zones.filter((one) => hosts.some((host) => isInZone(host, one.zone)));
    return (this.made ??= new OriginCaToken(
      "origin-ca",
      {
        accountId,
        zoneId,
        furtherZoneIds: further.map((one) => one.zoneId),
        tokenName: `${cluster.name} Origin CA (${zone})`,
        owner: tokenOwner,
        days: originCaToken.days,
        addresses: originCaToken.addresses,
        rotation: rotate?.originCaToken,
        ...this.access,
      },
      this.inCloudflare(),
    ));
  }

  private cloudflare(): CloudflareSettings {
    const { cloudflare } = this.settings;
    if (cloudflare !== undefined) return cloudflare;
    throw new InputError("Certificates of Cloudflare's Origin CA need the settings handoff:cloudflare.");
  }
}
