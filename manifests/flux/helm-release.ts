import type { Manifest } from "../yaml";
import type { HelmReleaseSpec } from "./crds/helm-release";
import { duration, namespaceName, rfc1123Name, type Duration } from "./names";
import { dependencies, type Metadata, objectReference, type ObjectReference, parted } from "./objects";

type ChartTemplate = NonNullable<HelmReleaseSpec["chart"]>;

/** A chart in a HelmRepository or another source; an OCIRepository that is the chart; or as `chartRef` has it. */
export type ReleaseChart =
  | (Omit<ChartTemplate["spec"], "chart" | "version" | "sourceRef"> &
      Pick<ChartTemplate, "metadata"> & {
        /** In a Helm repository its name, in another source its folder. */
        readonly name: string;
        readonly version: string;
        /** `kind` is HelmRepository by default. */
        readonly repository: ObjectReference & { readonly kind?: ChartTemplate["spec"]["sourceRef"]["kind"] };
      })
  | { readonly ociRepository: ObjectReference }
  | { readonly chartRef: NonNullable<HelmReleaseSpec["chartRef"]> };

export interface HelmReleaseOptions
  extends Metadata, Omit<HelmReleaseSpec, "chart" | "chartRef" | "interval"> {
  readonly chart: ReleaseChart;
  /** @default "30m" */
  readonly interval?: Duration;
  /** Left out, the chart goes into the HelmRelease's own namespace. */
  readonly targetNamespace?: string;
  /** Let Helm make `targetNamespace`; Flux then never deletes it. @default false */
  readonly createNamespace?: boolean;
  /** @default what failed is tried again in place every minute, unless `remediation` is given; CRDs are replaced */
  readonly install?: HelmReleaseSpec["install"];
  /** @default as for `install` */
  readonly upgrade?: HelmReleaseSpec["upgrade"];
}

/** https://fluxcd.io/flux/components/helm/helmreleases/ */
export function helmRelease(options: HelmReleaseOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { chart, dependsOn, interval = "30m", timeout, releaseName, targetNamespace, ...others } = fields;
  const { createNamespace, install, upgrade, values, ...rest } = others;
  return {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata,
    spec: {
      dependsOn: dependencies(dependsOn),
      interval: duration(interval, "interval"),
      timeout: timeout && duration(timeout, "timeout"),
      releaseName: releaseName && rfc1123Name(releaseName, "release name", 53),
      targetNamespace: targetNamespace && namespaceName(targetNamespace),
      ...helmChart(chart),
      install: { createNamespace: createNamespace ? true : undefined, ...retried(install) },
      upgrade: retried(upgrade),
      values,
      ...rest,
    },
  };
}

/** Trying again in place keeps what already works; the default, uninstalling first, takes the CRDs' objects along. */
function retried(action: HelmReleaseOptions["install"] | HelmReleaseOptions["upgrade"] = {}): object {
  const { strategy, crds = "CreateReplace", ...rest } = action;
  const retry = { name: "RetryOnFailure", retryInterval: "1m" };
  return { strategy: strategy ?? (rest.remediation === undefined ? retry : undefined), crds, ...rest };
}

function helmChart(chart: ReleaseChart): object {
  if ("ociRepository" in chart)
    return { chartRef: { kind: "OCIRepository", ...objectReference(chart.ociRepository) } };
  if ("chartRef" in chart) return { chartRef: chart.chartRef };
  const { name, version, repository, metadata, ...rest } = chart;
  const sourceRef = { kind: repository.kind ?? "HelmRepository", ...objectReference(repository) };
  return { chart: { spec: { chart: name, version, sourceRef, ...rest }, metadata } };
}
