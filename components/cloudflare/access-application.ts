import { ZeroTrustAccessApplication } from "@pulumi/cloudflare/zeroTrustAccessApplication";
import type * as pulumi from "@pulumi/pulumi";
import { type Access, accessPolicies } from "../../manifests/cloudflare/access";
import { beforeCreate, type LookProvider } from "../before-create";
import { AccessMark, type CloudflareAccessArgs, type CloudflareMark } from "./marks";

export interface AccessApplicationArgs extends CloudflareAccessArgs {
  readonly accountId: string;
  /** The hostname that it guards, with a path where only that is. Its name too, which visitors see when they sign in. */
  readonly domain: string;
  /** Who may reach it. */
  readonly access: Access;
  /** One for all of a program: it remembers which applications the program has. */
  readonly looks: LookProvider;
  /** One for all of a stack, so that a resource may get another name. */
  readonly mark: CloudflareMark;
}

/** An application of Cloudflare Access in front of a host. Its policies say which stack it is of. */
export function accessApplication(
  name: string,
  { domain, access, looks, mark: of, apiToken, apiTokenVariable, baseUrl, accountId }: AccessApplicationArgs,
  options: pulumi.CustomResourceOptions,
): ZeroTrustAccessApplication {
  const { comment } = of;
  const marked = { accountId, domain, comment, apiToken, apiTokenVariable, baseUrl };
  const mark = new AccessMark(`${name}-mark`, marked, { parent: options.parent, provider: looks });
  return new ZeroTrustAccessApplication(
    name,
    {
      accountId,
      name: domain,
      domain,
      type: "self_hosted",
      sessionDuration: access.sessionDuration ?? "24h",
      policies: comment.apply((text) => accessPolicies(access, text)) as pulumi.Input<pulumi.Input<object>[]>,
    },
    {
      ...options,
      dependsOn: mark,
      hooks: beforeCreate(name, "handoff:cloudflare:clearApplication", marked, looks),
    },
  );
}
