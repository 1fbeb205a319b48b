import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import { parseInventoryId } from "../../live/inventory";

/** What the follower reads of a Flux object: a source, an ArtifactGenerator, a Kustomization or a HelmRelease. */
export interface FluxObject {
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
  };
  readonly spec?: {
    readonly suspend?: boolean;
    readonly sourceRef?: SourceReference;
    /** Of a HelmRelease: one of the two. */
    readonly chartRef?: SourceReference;
    readonly chart?: { readonly spec?: { readonly sourceRef?: SourceReference } };
    readonly dependsOn?: readonly {
      readonly name: string;
      readonly namespace?: string;
      readonly readyExpr?: string;
    }[];
    /** Of a Kustomization. */
    readonly postBuild?: { readonly substituteFrom?: readonly Named[] };
    /** Of a HelmRelease. */
    readonly valuesFrom?: readonly Named[];
    readonly secretRef?: { readonly name: string };
    readonly url?: string;
    readonly ref?: { readonly branch?: string };
    /** Of a Bucket. */
    readonly endpoint?: string;
    readonly bucketName?: string;
    readonly path?: string;
    /** Of an ArtifactGenerator. */
    readonly sources?: readonly {
      readonly alias: string;
      readonly kind: string;
      readonly name: string;
      readonly namespace?: string;
    }[];
    /** Of an ArtifactGenerator. */
    readonly artifacts?: readonly { readonly name: string }[];
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly lastHandledReconcileAt?: string;
    readonly lastAppliedRevision?: string;
    readonly lastAttemptedRevision?: string;
    readonly artifact?: {
      readonly revision?: string;
      readonly digest?: string;
      readonly url?: string;
      readonly lastUpdateTime?: string;
    };
    /** Of an ArtifactGenerator: digest over what it last cut its artifacts from. */
    readonly observedSourcesDigest?: string;
    readonly conditions?: readonly Condition[];
    /** Of a HelmRelease, the newest first. */
    readonly history?: readonly { readonly chartVersion?: string }[];
    /** What it applied: `<namespace>_<name>_<group>_<kind>` and the API's version. */
    readonly inventory?: { readonly entries?: readonly { readonly id: string; readonly v: string }[] };
  };
}

interface Named {
  readonly kind: string;
  readonly name: string;
  readonly optional?: boolean;
}

interface SourceReference {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

/** `Kind namespace/name`. */
export type ObjectKey = string;

export function keyOf(kind: string, name: string, namespace = FLUX_SYSTEM): ObjectKey {
  return `${kind} ${namespace}/${name}`;
}

export function conditionOf(object: FluxObject | undefined, type: string): Condition | undefined {
  return object?.status?.conditions?.find((condition) => condition.type === type);
}

/** Keys of what a Kustomization waits for by its `dependsOn`. */
export function dependenciesOf(object: FluxObject | undefined): readonly ObjectKey[] {
  const namespace = object?.metadata?.namespace;
  return (object?.spec?.dependsOn ?? []).map((to) =>
    keyOf(object?.kind ?? "", to.name, to.namespace ?? namespace),
  );
}

export function sourceOf(object: FluxObject | undefined): ObjectKey | undefined {
  const { sourceRef } = object?.spec ?? {};
  return (
    sourceRef && keyOf(sourceRef.kind, sourceRef.name, sourceRef.namespace ?? object?.metadata?.namespace)
  );
}

/** Where a Kustomization or a HelmRelease takes from what it applies. */
export function sourceOfAny(object: FluxObject | undefined): ObjectKey | undefined {
  const { sourceRef, chartRef, chart } = object?.spec ?? {};
  const ref = sourceRef ?? chartRef ?? chart?.spec?.sourceRef;
  return ref && keyOf(ref.kind, ref.name, ref.namespace ?? object?.metadata?.namespace);
}

/** Keys of the Kustomizations and HelmReleases that it applied. */
export function appliedFluxObjects(object: FluxObject | undefined): readonly ObjectKey[] {
  return (object?.status?.inventory?.entries ?? []).flatMap(({ id }) => {
    const { namespace, name, kind } = parseInventoryId(id);
    return /_(kustomize|helm)\.toolkit\.fluxcd\.io_/.test(id) ? [keyOf(kind, name, namespace)] : [];
  });
}

/**
 * The Kustomizations by what they have applied, which somebody may have deleted since: Flux makes that again only at the
 * next interval.
 */
export function appliersIn(live: ReadonlyMap<ObjectKey, FluxObject>): ReadonlyMap<ObjectKey, ObjectKey> {
  return new Map(
    [...live].flatMap(([key, object]) =>
      object.kind === "Kustomization" ? appliedFluxObjects(object).map((other) => [other, key] as const) : [],
    ),
  );
}
