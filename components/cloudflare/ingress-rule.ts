import * as pulumi from "@pulumi/pulumi";
import { CloudflareAccessArgs, withSecret } from "./marks";
import { OriginRequest } from "../../manifests/cloudflare/ingress-rules";

export interface IngressRuleArgs extends CloudflareAccessArgs {
  readonly accountId: pulumi.Input<string>;
  /** Tunnel whose configuration Cloudflare keeps (`configSrc: "cloudflare"`). */
  readonly tunnelId: pulumi.Input<string>;
  /** Full hostname, `*` only as the whole first label. Hostname and path together identify the rule. */
  readonly hostname: string;
  /** Go regular expression that the request's path must contain a match of. */
  readonly path?: string;
  /** Where the requests go, without a path: `https://host:port`, `http_status:404`, … */
  readonly service: pulumi.Input<string>;
  readonly originRequest?: pulumi.Input<OriginRequest>;
  /**
   * Paths of the same hostname whose rules are to stand below this one: of several that match, the first counts.
   * @default none
   */
  readonly above?: readonly string[];
  /**
   * True of one that somebody else made and that says the same: it is used, and neither changed nor deleted.
   * @default false
   */
  readonly theirs?: pulumi.Input<boolean | undefined>;
  /**
   * Token with "Account / Cloudflare Tunnel / Edit".
   * @default the environment variable CLOUDFLARE_API_TOKEN
   */
  readonly apiToken?: pulumi.Input<string>;
}

/**
 * One ingress rule of a remotely managed tunnel. Cloudflare has no such object: its API replaces the whole list. This
 * resource owns its one entry, and leaves those of others as and where they are.
 */
export class IngressRule extends pulumi.CustomResource {
  // `declare`: the base class sets these, a field initializer would overwrite them.
  declare readonly accountId: pulumi.Output<string>;
  declare readonly tunnelId: pulumi.Output<string>;
  declare readonly hostname: pulumi.Output<string>;
  declare readonly path: pulumi.Output<string | undefined>;
  declare readonly service: pulumi.Output<string>;
  declare readonly originRequest: pulumi.Output<OriginRequest | undefined>;

  constructor(name: string, args: IngressRuleArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:IngressRule", name, withSecret(args), opts);
  }
}
