/** The program of ../ingress-rules.test.ts: rules of one tunnel, by the names of their resources. */
import * as pulumi from "@pulumi/pulumi";
import { IngressRule } from "../../../components/cloudflare/ingress-rule";

/** A rule, and the name of the component that it is in. */
export interface RuleOfTest {
  readonly service: string;
  readonly parent?: string;
}

const config = new pulumi.Config();
const { accountId, tunnelId, hostname } = config.requireObject<Record<string, string>>("tunnel") as {
  accountId: string;
  tunnelId: string;
  hostname: string;
};
for (const [name, { service, parent }] of Object.entries(
  config.requireObject<Record<string, RuleOfTest>>("rules"),
)) {
  const component =
    parent === undefined ? undefined : new pulumi.ComponentResource("test:index:Group", parent);
  new IngressRule(name, { accountId, tunnelId, hostname, service }, { parent: component });
}
