import * as pulumi from "@pulumi/pulumi";
import type { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import type { ZeroTrustAccessApplication } from "@pulumi/cloudflare/zeroTrustAccessApplication";
import { IngressRule } from "./ingress-rule";
import { ruleFaults } from "../../manifests/cloudflare/ingress-rule-checks";
import { accessOf, CloudflareAccessArgs, CloudflareMark } from "./marks";
import { OriginRequest } from "../../manifests/cloudflare/ingress-rules";
import type { LookProvider } from "../before-create";
import { proxiedRecord } from "./proxied-record";
import { TunnelManagement } from "./tunnel";

export interface TunnelIngressRuleArgs extends CloudflareAccessArgs {
  readonly accountId: string;
  /** Zone that the hostname belongs to. */
  readonly zoneId: string;
  readonly tunnelId: pulumi.Input<string>;
  /** Public hostname, in full. */
  readonly hostname: string;
  /** Go regular expression for the path; without it the rule takes every path. */
  readonly path?: string;
  /** Where cloudflared sends the requests: scheme, host and port. */
  readonly service: string;
  readonly originRequest?: OriginRequest;
  /**
   * Application of Access that cloudflared refuses what didn't pass. A locally managed tunnel's rule doesn't.
   * @default none
   */
  readonly guard?: { readonly application: ZeroTrustAccessApplication; readonly teamName: string };
  /** What must be there before the name answers, and goes after it, such as all applications that guard it. @default none */
  readonly after?: readonly pulumi.Resource[];
  /**
   * Further paths of the hostname whose rules are to stand below this one: of several that match, the first counts.
   * @default none
   */
  readonly above?: readonly string[];
  /**
   * `"local"`: only the DNS record is made here; the rule is an entry of cloudflared's `config.yaml` in git
   * (`localIngressRule`).
   * @default "cloudflare"
   */
  readonly managed?: TunnelManagement;
  /**
   * False for a further path of a hostname that already has its record.
   * @default true
   */
  readonly record?: boolean;
  /**
   * True puts the record in the place of those that others made for the hostname.
   * @default false
   */
  readonly adopt?: boolean;
  /** One for all of a program: it remembers which records and tunnels the program has. */
  readonly looks: LookProvider;
  /** Says whose is what: one for all of a stack. */
  readonly mark: CloudflareMark;
  /** Token for the rule; the record is made with the cloudflare provider's own. */
  readonly apiToken?: pulumi.Input<string>;
}

/** Publishes one hostname through a tunnel: its ingress rule, then its proxied DNS record. */
export class TunnelIngressRule extends pulumi.ComponentResource {
  readonly hostname: string;
  /** The public address. */
  readonly url: string;
  /** The rule, where Cloudflare keeps it. */
  readonly rule: IngressRule | undefined;
  readonly record: DnsRecord | undefined;

  constructor(name: string, args: TunnelIngressRuleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("handoff:cloudflare:TunnelIngressRule", name, {}, opts);
    const faults = ruleFaults(args).map((fault) => `${fault.field} ${fault.message}`);
    if (faults.length > 0) throw new pulumi.ResourceError(faults.join("\n"), this, true);

    this.hostname = args.hostname;
    this.url = `https://${args.hostname}`;
    this.rule = args.managed === "local" ? undefined : this.createRule(name, args);
    this.record = args.record === false ? undefined : this.createRecord(name, args);
    this.registerOutputs({ hostname: this.hostname, url: this.url });
  }

  private createRule(name: string, args: TunnelIngressRuleArgs): IngressRule {
    const { accountId, tunnelId, hostname, path, service, guard, above } = args;
    const originRequest =
      guard === undefined
        ? args.originRequest
        : pulumi.output({ ...args.originRequest, access: requiredAccess(guard) });
    const theirs = args.mark.isOthers({ hostname, path });
    return new IngressRule(
      `${name}-rule`,
      { accountId, tunnelId, hostname, path, service, originRequest, above, theirs, ...accessOf(args) },
      { parent: this },
    );
  }

  private createRecord(name: string, args: TunnelIngressRuleArgs): DnsRecord {
    return proxiedRecord(
      `${name}-record`,
      {
        zoneId: args.zoneId,
        name: args.hostname,
        type: "CNAME",
        content: pulumi.interpolate`${args.tunnelId}.cfargotunnel.com`,
        adopt: args.adopt,
        looks: args.looks,
        mark: args.mark,
        ...accessOf(args),
      },
      // The name answers only once there is a rule for it, and stops before the rule goes.
      { parent: this, dependsOn: [...(this.rule === undefined ? [] : [this.rule]), ...(args.after ?? [])] },
    );
  }
}

/** What makes cloudflared look at each request's token of the application, whose tags tell which ones are good. */
function requiredAccess({ application, teamName }: NonNullable<TunnelIngressRuleArgs["guard"]>) {
  return { required: true, teamName, audTag: [application.aud] };
}
