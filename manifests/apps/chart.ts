import { helmRelease, type HelmReleaseOptions, type ReleaseChart } from "../flux/helm-release";
import { helmRepository, ociRepository } from "../flux/objects";
import type { FolderContent } from "../app";

/** Where a chart comes from. Each default can be replaced by a mirror's address. */
export interface ChartOptions {
  /** A Helm repository (`https://…`), or the chart itself in a registry (`oci://registry/path/chart`). */
  readonly repository?: string;
  readonly version?: string;
  /** Speak HTTP to an `oci://` registry. @default false */
  readonly insecure?: boolean;
  /** Secret with the repository's credentials, in the release's namespace. */
  readonly secretName?: string;
  /** Added to, or put in place of, the values that the app sets. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Further fields of the HelmRelease, such as its interval. */
  readonly release?: Omit<HelmReleaseOptions, "name" | "namespace" | "chart" | "values">;
}

/** An app's own choice of what users can leave out. */
export interface ChartDefaults {
  readonly name: string;
  readonly namespace: string;
  /** Name of the chart in its repository. @default `name` */
  readonly chart?: string;
  readonly repository: string;
  readonly version: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Further fields of the HelmRelease, such as `dependsOn`. */
  readonly release?: Partial<Omit<HelmReleaseOptions, "name" | "namespace" | "chart" | "values">>;
}

/** A tag is one version; a range is found among the tags. */
function isRange(version: string): boolean {
  return /[<>=~^*|\s]|\.x\b/.test(version);
}

/** The files of a release: its source and the HelmRelease, both in the release's namespace. */
export function chartFolder(options: ChartOptions, defaults: ChartDefaults): FolderContent {
  const { name, namespace } = defaults;
  const { repository: url = defaults.repository, version = defaults.version, insecure, secretName } = options;
  const values = { ...defaults.values, ...options.values };
  const source = { name, namespace, url, secretName };
  const release = (chart: ReleaseChart) =>
    helmRelease({
      ...defaults.release,
      ...options.release,
      name,
      namespace,
      chart,
      values: Object.keys(values).length > 0 ? values : undefined,
    });
  if (url.startsWith("oci://")) {
    return {
      "ocirepository.yaml": ociRepository({
        ...source,
        ...(isRange(version) ? { ref: { semver: version } } : { tag: version }),
        insecure,
        helmChart: true,
      }),
      "helmrelease.yaml": release({ ociRepository: { name } }),
    };
  }
  return {
    "helmrepository.yaml": helmRepository(source),
    "helmrelease.yaml": release({ name: defaults.chart ?? name, version, repository: { name } }),
  };
}
