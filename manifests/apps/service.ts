import type { App, FolderContent, Host } from "../app";
import { helmRelease } from "../flux/helm-release";
import { FLUX_SYSTEM, helmRepository, namespace } from "../flux/objects";
import type { ChartOptions } from "./chart";
import { checkedApp, option, optionFaults } from "./options";

/** How the Kustomizations of services run: soon tried again, and ready when everything is applied. */
export const PLAIN = {
  interval: "10m",
  retryInterval: "2m",
  timeout: "5m",
  prune: true,
  wait: false,
  sourceRef: { kind: "GitRepository", name: FLUX_SYSTEM },
} as const;

const SERVICE = {
  name: option.label(),
  namespace: option.label(),
  hosts: option.list(option.any("a host { name: … }"), "hosts { name: … }").optional(),
  parked: option.flag().optional(),
  after: option.list(option.name(), "names of services").optional(),
};

const PLAIN_SERVICE = option.mapping({
  ...SERVICE,
  manifests: option.any("a mapping from files to objects"),
});

const HELM_SERVICE = option.mapping({
  ...SERVICE,
  chart: option.any("a mapping of name, version, repository and values"),
  options: option.any("a mapping of repository, version and values").optional(),
  awaited: option.flag().optional(),
  ownNamespace: option.flag().optional(),
  manifests: option.any("a mapping from files to objects").optional(),
});

interface ServiceOptions {
  /** Also of its file and of its folder of manifests. */
  readonly name: string;
  readonly namespace: string;
  readonly hosts?: readonly Host[];
  /** Out of the cluster, while its manifests stay in git. @default false */
  readonly parked?: boolean;
}

export interface PlainServiceOptions extends ServiceOptions {
  readonly manifests: FolderContent;
  /** Services that must be Ready first: plain ones, and charts that are `awaited`. */
  readonly after?: readonly string[];
}

/** A service of plain manifests: a Kustomization over its folder. */
export function plainService(options: PlainServiceOptions): App {
  return checkedApp(options, optionFaults(PLAIN_SERVICE, options), () => {
    const { name, namespace, manifests, after = [], hosts = [], parked } = options;
    const dependsOn = after.map((other) => ({ name: other }));
    return {
      name,
      hosts,
      ...(parked !== undefined && { parked }),
      kustomizations: [{ name, ...PLAIN, targetNamespace: namespace, dependsOn, manifests }],
    };
  });
}

/** A chart with what it is installed with. */
export interface ServiceChart {
  readonly name: string;
  readonly version: string;
  /** The HelmRepository, which services may share. */
  readonly repository: { readonly name: string; readonly url: string };
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface HelmServiceOptions extends ServiceOptions {
  readonly chart: ServiceChart;
  /** Mirror or other version, and values put over those of `chart`. */
  readonly options?: ChartOptions;
  /** Charts that must be Ready first. */
  readonly after?: readonly string[];
  /** True: others may wait for it, and its namespace goes with it; the one that Helm makes stays. @default false */
  readonly awaited?: boolean;
  /** False: another service makes the namespace, and is named in `after`. @default true */
  readonly ownNamespace?: boolean;
  /** What it needs beside the chart, in its namespace. */
  readonly manifests?: FolderContent;
}

/**
 * A service by its chart. A Kustomization can't wait for a HelmRelease: one that is awaited, or has manifests, gets a
 * Kustomization of its own name, which is Ready when the release is. It applies the namespace, which is there before
 * the release then.
 */
export function helmService(service: HelmServiceOptions): App {
  return checkedApp(service, optionFaults(HELM_SERVICE, service), () => helmApp(service));
}

function helmApp(service: HelmServiceOptions): App {
  const { name, namespace: target, chart, options = {}, after = [], hosts = [], awaited = false } = service;
  const { repository: url = chart.repository.url, version = chart.version, insecure } = options;
  const { ownNamespace = true } = service;
  const values = { ...chart.values, ...options.values };
  const oci = url.startsWith("oci://");
  const retried = { remediation: { retries: 3 } };
  return {
    name,
    hosts,
    ...(service.parked !== undefined && { parked: service.parked }),
    objects: {
      "source.yaml": helmRepository({
        name: chart.repository.name,
        url,
        ...(oci && { type: "oci", insecure }),
      }),
      "release.yaml": helmRelease({
        name,
        releaseName: name,
        targetNamespace: target,
        createNamespace: true,
        dependsOn: after.map((other) => ({ name: other })),
        chart: {
          name: chart.name,
          version,
          repository: { name: chart.repository.name, namespace: FLUX_SYSTEM },
        },
        install: retried,
        upgrade: retried,
        values: Object.keys(values).length > 0 ? values : undefined,
      }),
    },
    kustomizations:
      awaited || service.manifests !== undefined
        ? [
            {
              name,
              ...PLAIN,
              healthChecks: [
                {
                  apiVersion: "helm.toolkit.fluxcd.io/v2",
                  kind: "HelmRelease",
                  name,
                  namespace: FLUX_SYSTEM,
                },
              ],
              manifests: {
                ...(ownNamespace && { "namespace.yaml": namespace(target) }),
                ...service.manifests,
              },
            },
          ]
        : [],
  };
}
