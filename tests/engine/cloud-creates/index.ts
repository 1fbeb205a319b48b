/** The program of ../cloud-creates.test.ts: a tunnel and one host, as the entrance of a system makes them. */
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId";
import { OriginCaToken } from "../../../components/cloudflare/origin-ca";
import { CloudflareMark } from "../../../components/cloudflare/marks";
import { LookProvider } from "../../../components/before-create";
import { cloudflareProvider } from "../../../components/cloudflare/provider";
import { accessApplication } from "../../../components/cloudflare/access-application";
import { privateRoute } from "../../../components/cloudflare/private-route";
import type { Access } from "../../../manifests/cloudflare/access";
import { Tunnel } from "../../../components/cloudflare/tunnel";
import { TunnelIngressRule } from "../../../components/cloudflare/tunnel-ingress-rule";

/** What the test sets. */
export interface CloudOfTest {
  readonly accountId: string;
  readonly zoneId: string;
  readonly hostname: string;
  readonly adopt?: boolean;
  /** Of the tunnel's secret. */
  readonly rotation?: number;
  /** Name of the host's resources. */
  readonly name?: string;
  /** Environment variable of the token; with it an Origin CA token is made, too. */
  readonly variable?: string;
  /** The tunnel is one that is there already. */
  readonly adoptTunnel?: boolean;
  /** Who may reach the host through Access. */
  readonly access?: Access;
  /** A private network behind the tunnel. */
  readonly network?: string;
  /** Number of further hosts, and of resources whose plugin is first needed while their records are made. */
  readonly further?: number;
}

const settings = new pulumi.Config().requireObject<CloudOfTest>("cloud");
const { accountId, zoneId, hostname, adopt, rotation, variable, name = "calcom", further = 0 } = settings;
const { access: who, network, adoptTunnel } = settings;
const apiToken = variable === undefined ? undefined : pulumi.secret(process.env[variable] ?? "");
const options =
  apiToken === undefined ? {} : { providers: { cloudflare: cloudflareProvider(apiToken, variable) } };
const access = { apiToken, apiTokenVariable: variable };
const looks = new LookProvider("looks");
const mark = new CloudflareMark("mark", access, { provider: looks });
const tunnel = new Tunnel(
  "tunnel",
  { accountId, tunnelName: "my-cluster", adopt: adoptTunnel, rotation, looks, ...access },
  options,
);
const application =
  who &&
  accessApplication(
    `access-${hostname}`,
    { accountId, domain: hostname, access: who, looks, mark, ...access },
    { provider: options.providers?.cloudflare },
  );
const entrance = new TunnelIngressRule(
  name,
  {
    ...{ accountId, zoneId, hostname, adopt, tunnelId: tunnel.tunnelId, looks, mark, ...access },
    service: "http://cal:80",
    ...(application && { guard: { application, teamName: "your-team" }, after: [application] }),
  },
  options,
);
const route =
  network === undefined
    ? []
    : [
        privateRoute(
          "route",
          { accountId, network, tunnelId: tunnel.tunnelId, looks, mark, ...access },
          { parent: tunnel },
        ),
      ];
tunnel.drain([entrance, ...route]);
if (variable !== undefined) {
  new OriginCaToken("origin-ca", { accountId, zoneId, tokenName: "my-cluster", ...access }, options);
}
for (let i = 0; i < further; i++) {
  const rule = new TunnelIngressRule(
    `further-${String(i)}`,
    {
      ...{ accountId, zoneId, tunnelId: tunnel.tunnelId, looks, mark, ...access },
      hostname: `further-${String(i)}.${hostname}`,
      service: "http://cal:80",
    },
    options,
  );
  if (i === 1 && rule.record !== undefined) {
    new RandomId("late", { byteLength: 4, keepers: { record: rule.record.id } });
  }
}
