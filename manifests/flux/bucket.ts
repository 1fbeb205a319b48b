import { duration, type Duration } from "./names";
import { type Metadata, parted, reference } from "./objects";
import type { Manifest } from "../yaml";
import type { BucketSpec } from "./crds/bucket";

export interface BucketOptions extends Metadata, Omit<BucketSpec, "interval" | "secretRef"> {
  /** Secret with `accesskey` and `secretkey`, or with what the `provider` wants. */
  readonly secretName?: string;
  /** @default "5m" */
  readonly interval?: Duration;
}

/** https://fluxcd.io/flux/components/source/buckets/ */
export function bucket(options: BucketOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { interval = "5m", provider, bucketName, endpoint, secretName, ...rest } = fields;
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "Bucket",
    metadata,
    spec: {
      interval: duration(interval, "interval"),
      provider,
      bucketName,
      endpoint,
      secretRef: reference(secretName),
      ...rest,
    },
  };
}
