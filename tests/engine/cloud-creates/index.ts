/** The program of ../cloud-creates.test.ts: a tunnel and one host, as the entrance of a system makes them. */
import * as pulumi from "@pulumi/pulumi";
import { Tunnel } from "../../../components/cloudflare/tunnel";
import { TunnelIngressRule } from "../../../components/cloudflare/tunnel-ingress-rule";

/** What the test sets. */
export interface CloudOfTest {
  readonly accountId: string;
  readonly zoneId: string;
  readonly hostname: string;
  readonly adopt?: boolean;
  /** Name of the host's resources. */
  readonly name?: string;
}

const { accountId, zoneId, hostname, adopt, name = "calcom" } = new pulumi.Config().requireObject<CloudOfTest>(
  "cloud",
);
const tunnel = new Tunnel("tunnel", { accountId, tunnelName: "my-cluster" });
const entrance = new TunnelIngressRule(name, {
  ...{ accountId, zoneId, hostname, adopt, tunnelId: tunnel.tunnelId },
  service: "http://cal:80",
});
tunnel.drain([entrance]);
