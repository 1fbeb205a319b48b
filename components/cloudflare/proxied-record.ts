import { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import * as pulumi from "@pulumi/pulumi";
import { beforeCreate, type LookProvider } from "../before-create";
import { CloudflareAccessArgs, CloudflareMark, RecordMark } from "./marks";

export interface ProxiedRecordArgs extends CloudflareAccessArgs {
  readonly zoneId: string;
  /** In full: the API answers with the full name, a short one would differ at every refresh. */
  readonly name: string;
  readonly type: "A" | "AAAA" | "CNAME";
  readonly content: pulumi.Input<string>;
  /**
   * True puts the record in the place of those that others made for this name; else they are named and `up` stops.
   * @default false
   */
  readonly adopt?: boolean;
  /** One for all of a program: it remembers which records and tunnels the program has. */
  readonly looks: LookProvider;
  /** One for all of a stack, so that a resource may get another name. */
  readonly mark: CloudflareMark;
}

/** A DNS record whose requests go by Cloudflare's proxy. It says which stack it is of. */
export function proxiedRecord(
  name: string,
  { adopt = false, looks, mark: of, apiToken, apiTokenVariable, baseUrl, ...args }: ProxiedRecordArgs,
  options: pulumi.CustomResourceOptions,
): DnsRecord {
  const { comment, owner } = of;
  const marked = { ...args, comment, apiToken, apiTokenVariable, baseUrl };
  const { parent, dependsOn } = options;
  const mark = new RecordMark(`${name}-mark`, marked, { parent, dependsOn, provider: looks });
  return new DnsRecord(
    name,
    {
      ...args,
      proxied: true,
      ttl: 1, // "automatic", the only value for proxied records
      comment,
    },
    {
      ...options,
      dependsOn: mark,
      hooks: beforeCreate(name, "handoff:cloudflare:clearRecord", { ...marked, owner, adopt }, looks),
    },
  );
}
