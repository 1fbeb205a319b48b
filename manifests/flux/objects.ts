import { InputError } from "../files";
import type { Manifest } from "../yaml";
import { duration, namespaceName, rfc1123Name, type Duration } from "./names";

/**
 * Builders of Flux objects: typed options in, plain objects out. Fields and limits are those of the CRDs of Flux 2.9
 * (https://fluxcd.io/flux/components/); fields that are left out keep the controllers' defaults.
 */

/** Namespace that `flux bootstrap` uses, and the name of its GitRepository and root Kustomization there. */
export const FLUX_SYSTEM = "flux-system";

export interface ObjectReference {
  readonly name: string;
  /** Left out, the namespace of the object that refers. */
  readonly namespace?: string;
}

export interface SourceReference extends ObjectReference {
  readonly kind: "GitRepository" | "OCIRepository" | "Bucket" | "ExternalArtifact";
}

export interface Metadata {
  readonly name: string;
  /** @default "flux-system" */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface GitRepositoryOptions extends Metadata {
  /** `https://…` or `ssh://…`. */
  readonly url: string;
  /** Left out, Flux follows `master`. */
  readonly ref?: {
    readonly branch?: string;
    readonly tag?: string;
    readonly semver?: string;
    readonly commit?: string;
  };
  /** Secret with `identity` and `known_hosts`, or `username` and `password`, or `bearerToken`, or of a GitHub App. */
  readonly secretName?: string;
  /** How Flux signs in: `github` for a GitHub App. Left out, as the Secret's keys say. */
  readonly provider?: "github";
  /** In the form of .gitignore; what it excludes doesn't make a new artifact. */
  readonly ignore?: string;
  /** @default "5m" */
  readonly interval?: Duration;
  /** @default "60s" */
  readonly timeout?: Duration;
}

/** https://fluxcd.io/flux/components/source/gitrepositories/ */
export function gitRepository(options: GitRepositoryOptions): Manifest {
  const { url, ref, provider, secretName, ignore, interval = "5m", timeout = "60s" } = options;
  if (!/^(https?|ssh):\/\/./.test(url)) {
    const hint = /^[^/]+@[^/]+:/.test(url) ? ": write ssh://git@host/path instead of git@host:path" : "";
    throw new InputError(
      `The Git repository address ${url} must start with https://, http:// or ssh://${hint}.`,
    );
  }
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: metadata(options),
    spec: {
      interval: duration(interval, "interval"),
      timeout: duration(timeout, "timeout"),
      url,
      ref: ref && { ...ref },
      provider,
      secretRef: reference(secretName),
      ignore,
    },
  };
}

export interface KustomizationOptions extends Metadata {
  /** Kustomizations that must be Ready first. */
  readonly dependsOn?: readonly ObjectReference[];
  /** Folder in the source, from its root: `./k8s/prod`. */
  readonly path: string;
  /** @default GitRepository flux-system/flux-system */
  readonly sourceRef?: SourceReference;
  /** @default "10m" */
  readonly interval?: Duration;
  /** Left out, a failed run is tried again only after `interval`. */
  readonly retryInterval?: Duration;
  /** Limit for applying and for the health checks. */
  readonly timeout?: Duration;
  /** Delete from the cluster what is no longer in the source. @default true */
  readonly prune?: boolean;
  /** Ready only when everything applied is ready. */
  readonly wait?: boolean;
  /** Puts every namespaced object into this namespace. */
  readonly targetNamespace?: string;
  /** Secret with the age keys (`*.agekey`) that decrypt SOPS documents. */
  readonly sopsSecretName?: string;
}

/** https://fluxcd.io/flux/components/kustomize/kustomizations/ */
export function kustomization(options: KustomizationOptions): Manifest {
  const { dependsOn, path, prune = true, wait, interval = "10m", retryInterval, timeout } = options;
  const { targetNamespace, sopsSecretName } = options;
  const { kind, name, namespace } = options.sourceRef ?? {
    kind: "GitRepository",
    name: FLUX_SYSTEM,
    namespace: FLUX_SYSTEM,
  };
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: metadata(options),
    spec: {
      dependsOn: dependsOn?.length ? dependsOn.map(objectReference) : undefined,
      interval: duration(interval, "interval"),
      retryInterval: retryInterval && duration(retryInterval, "retryInterval"),
      timeout: timeout && duration(timeout, "timeout"),
      prune,
      wait,
      sourceRef: { kind, ...objectReference({ name, namespace }) },
      path,
      targetNamespace: targetNamespace && namespaceName(targetNamespace),
      decryption: sopsSecretName && { provider: "sops", secretRef: reference(sopsSecretName) },
    },
  };
}

export interface HelmRepositoryOptions extends Metadata {
  /** `https://…` with an `index.yaml`. For charts in an OCI registry use an OCIRepository. */
  readonly url: string;
  /** @default "1h" */
  readonly interval?: Duration;
  readonly secretName?: string;
}

/** https://fluxcd.io/flux/components/source/helmrepositories/ */
export function helmRepository(options: HelmRepositoryOptions): Manifest {
  const { url, interval = "1h", secretName } = options;
  if (!/^https?:\/\/./.test(url)) {
    throw new InputError(`The Helm repository address ${url} must start with https:// or http://.`);
  }
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "HelmRepository",
    metadata: metadata(options),
    spec: { interval: duration(interval, "interval"), url, secretRef: reference(secretName) },
  };
}

export interface OciRepositoryOptions extends Metadata {
  /** `oci://registry/repository`, without a tag. */
  readonly url: string;
  readonly tag: string;
  /** Speak HTTP to the registry. @default false */
  readonly insecure?: boolean;
  /** The artifact is a Helm chart, for a HelmRelease's `chartRef`. @default false */
  readonly helmChart?: boolean;
  /** @default "1h" */
  readonly interval?: Duration;
  readonly secretName?: string;
}

/** https://fluxcd.io/flux/components/source/ocirepositories/ */
export function ociRepository(options: OciRepositoryOptions): Manifest {
  const { url, tag, insecure, helmChart, interval = "1h", secretName } = options;
  if (!/^oci:\/\/./.test(url))
    throw new InputError(`The OCI repository address ${url} must start with oci://.`);
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "OCIRepository",
    metadata: metadata(options),
    spec: {
      interval: duration(interval, "interval"),
      url,
      ref: { tag },
      insecure: insecure ? true : undefined,
      // helm-controller needs the chart's archive as it is, not unpacked.
      layerSelector: helmChart
        ? { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", operation: "copy" }
        : undefined,
      secretRef: reference(secretName),
    },
  };
}

export interface HelmReleaseOptions extends Metadata {
  /** A chart in a HelmRepository, or an OCIRepository that is the chart. */
  readonly chart:
    | { readonly name: string; readonly version: string; readonly repository: ObjectReference }
    | { readonly ociRepository: ObjectReference };
  /** @default "30m" */
  readonly interval?: Duration;
  readonly timeout?: Duration;
  readonly releaseName?: string;
  /** Left out, the chart goes into the HelmRelease's own namespace. */
  readonly targetNamespace?: string;
  /** Let Helm make `targetNamespace`; Flux then never deletes it. @default false */
  readonly createNamespace?: boolean;
  /** HelmReleases that must be Ready first. */
  readonly dependsOn?: readonly ObjectReference[];
  readonly values?: Readonly<Record<string, unknown>>;
}

/** https://fluxcd.io/flux/components/helm/helmreleases/ */
export function helmRelease(options: HelmReleaseOptions): Manifest {
  const { chart, dependsOn, interval = "30m", timeout, releaseName, targetNamespace, values } = options;
  // Trying again in place keeps what already works; the default, uninstalling first, takes the CRDs' objects along.
  const retry = { strategy: { name: "RetryOnFailure", retryInterval: "1m" }, crds: "CreateReplace" };
  return {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: metadata(options),
    spec: {
      dependsOn: dependsOn?.length ? dependsOn.map(objectReference) : undefined,
      interval: duration(interval, "interval"),
      timeout: timeout && duration(timeout, "timeout"),
      releaseName: releaseName && rfc1123Name(releaseName, "release name", 53),
      targetNamespace: targetNamespace && namespaceName(targetNamespace),
      ...helmChart(chart),
      install: { createNamespace: options.createNamespace ? true : undefined, ...retry },
      upgrade: retry,
      values,
    },
  };
}

function helmChart(chart: HelmReleaseOptions["chart"]): object {
  if ("ociRepository" in chart)
    return { chartRef: { kind: "OCIRepository", ...objectReference(chart.ociRepository) } };
  const { name, version, repository } = chart;
  return {
    chart: {
      spec: { chart: name, version, sourceRef: { kind: "HelmRepository", ...objectReference(repository) } },
    },
  };
}

/** The kustomization.yaml of a folder: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ */
export function kustomizeConfig(resources: readonly string[]): Manifest {
  return { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources: [...resources] };
}

/** A namespace with the label `name`, by which network policies and selectors find it. */
export function namespace(name: string): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceName(name), labels: { name } } };
}

function metadata({ name, namespace = FLUX_SYSTEM, labels, annotations }: Metadata): object {
  return { name: rfc1123Name(name), namespace: namespaceName(namespace), labels, annotations };
}

function objectReference({ name, namespace }: ObjectReference): ObjectReference {
  return { name: rfc1123Name(name), ...(namespace !== undefined && { namespace: namespaceName(namespace) }) };
}

function reference(secretName: string | undefined): { name: string } | undefined {
  return secretName === undefined ? undefined : { name: rfc1123Name(secretName, "Secret's name") };
}

export interface KustomizationReference {
  readonly name: string;
  readonly namespace: string;
  readonly dependsOn: readonly { readonly name: string; readonly namespace?: string }[];
}
