import { InputError } from "../files";
import type { Manifest } from "../yaml";
import type { GitRepositorySpec } from "./crds/git-repository";
import type { HelmRepositorySpec } from "./crds/helm-repository";
import type { KustomizationSpec } from "./crds/kustomization";
import type { OCIRepositorySpec } from "./crds/oci-repository";
import { duration, namespaceName, rfc1123Name, type Duration } from "./names";

/**
 * Builders of Flux objects: typed options in, plain objects out. What is common is short and has the defaults of
 * `flux bootstrap`; every other field of the spec is taken as the CRD has it, and written after the common ones
 * (https://fluxcd.io/flux/components/). Fields that are left out keep the controllers' defaults.
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

export interface GitRepositoryOptions extends Metadata, Omit<GitRepositorySpec, "interval" | "secretRef"> {
  /** `https://…` or `ssh://…`. */
  readonly url: string;
  /** Left out, Flux follows `master`. */
  readonly ref?: GitRepositorySpec["ref"];
  /** Secret with `identity` and `known_hosts`, or `username` and `password`, or `bearerToken`, or of a GitHub App. */
  readonly secretName?: string;
  /** In the form of .gitignore; what it excludes doesn't make a new artifact. */
  readonly ignore?: string;
  /** @default "5m" */
  readonly interval?: Duration;
  /** @default "60s" */
  readonly timeout?: Duration;
}

/** https://fluxcd.io/flux/components/source/gitrepositories/ */
export function gitRepository(options: GitRepositoryOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { url, ref, provider, secretName, ignore, interval = "5m", timeout = "60s", ...rest } = fields;
  if (!/^(https?|ssh):\/\/./.test(url)) {
    const hint = /^[^/]+@[^/]+:/.test(url) ? ": write ssh://git@host/path instead of git@host:path" : "";
    throw new InputError(
      `The Git repository address ${url} must start with https://, http:// or ssh://${hint}.`,
    );
  }
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata,
    spec: {
      interval: duration(interval, "interval"),
      timeout: duration(timeout, "timeout"),
      url,
      ref: ref && { ...ref },
      provider,
      secretRef: reference(secretName),
      ignore,
      ...rest,
    },
  };
}

export interface KustomizationOptions
  extends Metadata, Omit<KustomizationSpec, "interval" | "prune" | "sourceRef"> {
  /** Folder in the source, from its root: `./k8s/prod`. */
  readonly path: string;
  /** @default GitRepository flux-system/flux-system */
  readonly sourceRef?: SourceReference;
  /** @default "10m" */
  readonly interval?: Duration;
  /** Delete from the cluster what is no longer in the source. @default true */
  readonly prune?: boolean;
  /** Secret with the age keys (`*.agekey`) that decrypt SOPS documents: short for `decryption`. */
  readonly sopsSecretName?: string;
}

/** https://fluxcd.io/flux/components/kustomize/kustomizations/ */
export function kustomization(options: KustomizationOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { dependsOn, path, prune = true, wait, interval = "10m", retryInterval, timeout, ...others } = fields;
  const { sourceRef, targetNamespace, sopsSecretName, decryption, ...rest } = others;
  const { kind, name, namespace } = sourceRef ?? {
    kind: "GitRepository",
    name: FLUX_SYSTEM,
    namespace: FLUX_SYSTEM,
  };
  if (decryption !== undefined && sopsSecretName !== undefined)
    throw new InputError(
      `The Kustomization ${options.name} has both decryption and sopsSecretName; give one.`,
    );
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata,
    spec: {
      dependsOn: dependencies(dependsOn),
      interval: duration(interval, "interval"),
      retryInterval: retryInterval && duration(retryInterval, "retryInterval"),
      timeout: timeout && duration(timeout, "timeout"),
      prune,
      wait,
      sourceRef: { kind, ...objectReference({ name, namespace }) },
      path,
      targetNamespace: targetNamespace && namespaceName(targetNamespace),
      decryption: sopsSecretName ? { provider: "sops", secretRef: reference(sopsSecretName) } : decryption,
      ...rest,
    },
  };
}

export interface HelmRepositoryOptions extends Metadata, Omit<HelmRepositorySpec, "secretRef"> {
  /** `https://…` with an `index.yaml`. For charts in an OCI registry use an OCIRepository. */
  readonly url: string;
  /** @default "1h" */
  readonly interval?: Duration;
  readonly secretName?: string;
}

/** https://fluxcd.io/flux/components/source/helmrepositories/ */
export function helmRepository(options: HelmRepositoryOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { url, interval = "1h", secretName, ...rest } = fields;
  if (rest.type === "oci" ? !/^oci:\/\/./.test(url) : !/^https?:\/\/./.test(url)) {
    const schemes = rest.type === "oci" ? "oci:// (its type is oci)" : "https:// or http://";
    throw new InputError(`The Helm repository address ${url} must start with ${schemes}.`);
  }
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "HelmRepository",
    metadata,
    spec: { interval: duration(interval, "interval"), url, secretRef: reference(secretName), ...rest },
  };
}

export interface OciRepositoryOptions extends Metadata, Omit<OCIRepositorySpec, "interval" | "secretRef"> {
  /** `oci://registry/repository`, without a tag. */
  readonly url: string;
  /** Short for `ref: { tag }`; one of both is needed. */
  readonly tag?: string;
  /** Speak HTTP to the registry. @default false */
  readonly insecure?: boolean;
  /** The artifact is a Helm chart, for a HelmRelease's `chartRef`: short for `layerSelector`. @default false */
  readonly helmChart?: boolean;
  /** @default "1h" */
  readonly interval?: Duration;
  readonly secretName?: string;
}

/** https://fluxcd.io/flux/components/source/ocirepositories/ */
export function ociRepository(options: OciRepositoryOptions): Manifest {
  const { metadata, fields } = parted(options);
  const { url, tag, ref, insecure, helmChart, layerSelector, interval = "1h", secretName, ...rest } = fields;
  if (!/^oci:\/\/./.test(url))
    throw new InputError(`The OCI repository address ${url} must start with oci://.`);
  if ((tag === undefined) === (ref === undefined))
    throw new InputError(`The OCI repository ${url} needs either a tag or a ref.`);
  if (helmChart === true && layerSelector !== undefined)
    throw new InputError(`The OCI repository ${url} has both helmChart and layerSelector; give one.`);
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "OCIRepository",
    metadata,
    spec: {
      interval: duration(interval, "interval"),
      url,
      ref: ref ?? { tag },
      insecure: insecure ? true : undefined,
      // helm-controller needs the chart's archive as it is, not unpacked.
      layerSelector: helmChart
        ? { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", operation: "copy" }
        : layerSelector,
      secretRef: reference(secretName),
      ...rest,
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

/** An object's metadata, apart from the fields that its builder puts into the spec. */
export function parted<T extends Metadata>(options: T) {
  const { name, namespace = FLUX_SYSTEM, labels, annotations, ...fields } = options;
  return {
    metadata: { name: rfc1123Name(name), namespace: namespaceName(namespace), labels, annotations },
    fields,
  };
}

/** A reference, and when what it names counts as ready (a CEL expression). */
type Dependency = ObjectReference & { readonly readyExpr?: string };

/** What must be Ready first; nothing for an empty list. */
export function dependencies(dependsOn: readonly Dependency[] | undefined): Dependency[] | undefined {
  if (dependsOn === undefined || dependsOn.length === 0) return undefined;
  return dependsOn.map(({ readyExpr, ...object }) => ({
    ...objectReference(object),
    ...(readyExpr !== undefined && { readyExpr }),
  }));
}

/** @throws InputError unless both are names that Kubernetes takes. */
export function objectReference({ name, namespace }: ObjectReference): ObjectReference {
  return { name: rfc1123Name(name), ...(namespace !== undefined && { namespace: namespaceName(namespace) }) };
}

export function reference(secretName: string | undefined): { name: string } | undefined {
  return secretName === undefined ? undefined : { name: rfc1123Name(secretName, "Secret's name") };
}

export interface KustomizationReference {
  readonly name: string;
  readonly namespace: string;
  readonly dependsOn: readonly { readonly name: string; readonly namespace?: string }[];
}
