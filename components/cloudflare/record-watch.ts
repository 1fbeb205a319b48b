import type { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import * as pulumi from "@pulumi/pulumi";
import { type CloudflareAccessArgs, withSecret } from "./marks";

export interface RecordWatchArgs extends CloudflareAccessArgs {
  /** Those that the vendor's resources are of. */
  readonly records: readonly {
    readonly zoneId: pulumi.Input<string>;
    readonly name: pulumi.Input<string>;
    readonly urn: pulumi.Input<string>;
  }[];
}

/**
 * Looks, before records are deleted and at a refresh, whether their zones still let them, and says what ends a `destroy`
 * that the vendor's refusal stops: a zone may have moved to another account. It depends on the records.
 */
export class RecordWatch extends pulumi.CustomResource {
  constructor(name: string, args: RecordWatchArgs, opts?: pulumi.CustomResourceOptions) {
    super("handoff:cloudflare:RecordWatch", name, withSecret(args), opts);
  }
}

/** Watches the records that there are. */
export function watchRecords(
  name: string,
  records: readonly DnsRecord[],
  access: CloudflareAccessArgs,
): RecordWatch | undefined {
  if (records.length === 0) return undefined;
  const watched = records.map(({ zoneId, name: host, urn }) => ({ zoneId, name: host, urn }));
  return new RecordWatch(name, { records: watched, ...access }, { dependsOn: [...records] });
}
