import { ZeroTrustTunnelCloudflaredRoute } from "@pulumi/cloudflare/zeroTrustTunnelCloudflaredRoute";
import type * as pulumi from "@pulumi/pulumi";
import { beforeCreate, type LookProvider } from "../before-create";
import { type CloudflareAccessArgs, type CloudflareMark, RouteMark } from "./marks";

export interface PrivateRouteArgs extends CloudflareAccessArgs {
  readonly accountId: string;
  /** In CIDR notation, without bits behind its length. */
  readonly network: string;
  readonly tunnelId: pulumi.Input<string>;
  /** One for all of a program: it remembers which routes the program has. */
  readonly looks: LookProvider;
  /** One for all of a stack, so that a resource may get another name. */
  readonly mark: CloudflareMark;
}

/**
 * A private network that WARP clients reach through a tunnel, in the account's default virtual network. It says which stack
 * it is of.
 */
export function privateRoute(
  name: string,
  { looks, mark: of, apiToken, apiTokenVariable, baseUrl, ...args }: PrivateRouteArgs,
  options: pulumi.CustomResourceOptions,
): ZeroTrustTunnelCloudflaredRoute {
  const { comment } = of;
  const marked = { ...args, comment, apiToken, apiTokenVariable, baseUrl };
  const mark = new RouteMark(`${name}-mark`, marked, { parent: options.parent, provider: looks });
  return new ZeroTrustTunnelCloudflaredRoute(
    name,
    { ...args, comment },
    {
      ...options,
      dependsOn: mark,
      hooks: beforeCreate(name, "handoff:cloudflare:clearRoute", marked, looks),
    },
  );
}
