import { setTimeout as sleep } from "node:timers/promises";
import type { Kube, KubeObject } from "./kube";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface FluxObject extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly generation?: number };
  readonly spec: {
    readonly suspend?: boolean;
    readonly sourceRef?: { readonly kind: string; readonly name: string; readonly namespace?: string };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly lastAppliedRevision?: string;
    readonly history?: readonly { readonly chartVersion?: string }[];
    readonly artifact?: { readonly revision: string };
  };
}

/** A Kustomization or HelmRelease as the report shows it. */
export interface Reconciled {
  readonly kind: "Kustomization" | "HelmRelease";
  readonly name: string;
  readonly namespace: string;
  /** The Kustomization that applied it. */
  readonly parent: string | undefined;
  readonly ready: boolean;
  readonly revision: string;
  readonly message: string;
  readonly conditions: readonly Condition[];
}

/** All Kustomizations and HelmReleases, with what each one is at. */
export async function reconciled(kube: Kube): Promise<readonly Reconciled[]> {
  const [kustomizations, releases, sources] = await Promise.all([
    kube.list<FluxObject>("/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations"),
    kube.list<FluxObject>("/apis/helm.toolkit.fluxcd.io/v2/helmreleases"),
    kube.list<FluxObject>("/apis/source.toolkit.fluxcd.io/v1/gitrepositories"),
  ]);
  return [
    ...(kustomizations ?? []).map((object) => describe("Kustomization", object, sources ?? [])),
    ...(releases ?? []).map((object) => describe("HelmRelease", object, [])),
  ];
}

/** Ready means: for the object as it is now, and of what its git source has now. */
function describe(kind: Reconciled["kind"], object: FluxObject, sources: readonly FluxObject[]): Reconciled {
  const { name, namespace = "", generation, labels } = object.metadata;
  const { conditions = [], observedGeneration, lastAppliedRevision, history } = object.status ?? {};
  const condition = conditions.find(({ type }) => type === "Ready");
  const { sourceRef } = object.spec;
  const source = sources.find(
    ({ metadata }) =>
      sourceRef?.kind === "GitRepository" &&
      metadata.name === sourceRef.name &&
      metadata.namespace === (sourceRef.namespace ?? namespace),
  );
  const current = source === undefined || source.status?.artifact?.revision === lastAppliedRevision;
  return {
    kind,
    name,
    namespace,
    parent: labels?.["kustomize.toolkit.fluxcd.io/name"],
    ready: condition?.status === "True" && observedGeneration === generation && current,
    revision: lastAppliedRevision ?? history?.[0]?.chartVersion ?? "",
    message: object.spec.suspend === true ? "suspended" : (condition?.message ?? "not reconciled yet"),
    conditions,
  };
}

/** Waits until all of them are Ready; false when that takes longer than two minutes. */
export async function untilReady(kube: Kube, seconds = 120): Promise<boolean> {
  const limit = Date.now() + seconds * 1000;
  for (;;) {
    const all = await reconciled(kube);
    if (all.length > 0 && all.every(({ ready }) => ready)) return true;
    if (Date.now() > limit) return false;
    await sleep(500);
  }
}
