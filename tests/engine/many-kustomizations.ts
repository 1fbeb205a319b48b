import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { Kube, type KubeObject } from "../../tools/sandbox/kube";

export const COUNT = 1000;
const WAVES = 4;
export const REVISION = "main@sha1:0000000000000000000000000000000000000001";
export const SOURCES = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories";
export const KUSTOMIZATIONS = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations";

export const names = Array.from({ length: COUNT }, (_, index) => `app-${String(index).padStart(4, "0")}`);
/** Each wave depends on the first of the one before. */
export const dependsOn = (index: number): { name: string }[] => {
  const wave = Math.floor((index * WAVES) / COUNT);
  return wave === 0 ? [] : [{ name: names[((wave - 1) * COUNT) / WAVES]! }];
};

export const kustomization = (index: number, more: object = {}): KubeObject & { spec: object } => {
  const dependencies = dependsOn(index);
  const name = names[index]!;
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, namespace: "flux-system" },
    spec: {
      interval: "1h",
      path: `./${name}`,
      prune: true,
      sourceRef: { kind: "GitRepository", name: "flux-system" },
      ...(dependencies.length > 0 && { dependsOn: dependencies }),
      ...more,
    },
  };
};

export interface Live extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly generation: number };
  readonly spec: { readonly path?: string; readonly dependsOn?: readonly { name: string }[] };
  readonly status?: {
    observedGeneration?: number;
    lastHandledReconcileAt?: string;
    artifact?: { revision: string };
    conditions?: { type: string; status: string }[];
  };
}

export const requestedAt = ({ metadata }: Live): string | undefined =>
  metadata.annotations?.["reconcile.fluxcd.io/requestedAt"];
const isReady = ({ status }: Live): boolean =>
  status?.conditions?.some((condition) => condition.status === "True") === true;

export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}

const condition = (generation: number, status: string, reason: string, message: string) => ({
  observedGeneration: generation,
  conditions: [
    {
      type: "Ready",
      status,
      reason,
      message,
      observedGeneration: generation,
      lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ""),
    },
  ],
});

export const becomesReady = (kube: Kube, object: Live, revision: string): Promise<unknown> =>
  kube.patchStatus(`${KUSTOMIZATIONS}/${object.metadata.name}`, {
    ...condition(object.metadata.generation, "True", "ReconciliationSucceeded", "Applied"),
    lastAppliedRevision: revision,
    lastHandledReconcileAt: requestedAt(object),
  });

/**
 * What Flux's controllers would do in half a second; gives how many Kustomizations are ready.
 * @param revision what the sources find
 */
export async function controllersAct(kube: Kube, revision: string): Promise<number> {
  const [source] = (await kube.list<Live>(SOURCES)) ?? [];
  if (source === undefined) return 0;
  if (requestedAt(source) !== source.status?.lastHandledReconcileAt || source.status === undefined) {
    await kube.patchStatus(`${SOURCES}/flux-system`, {
      ...condition(source.metadata.generation, "True", "Succeeded", "stored artifact"),
      lastHandledReconcileAt: requestedAt(source),
      artifact: {
        revision,
        digest: `sha256:${"0".repeat(64)}`,
        path: "x",
        url: "http://x",
        lastUpdateTime: new Date().toISOString().replace(/\.\d+/, ""),
      },
    });
  }
  const all = (await kube.list<Live>(KUSTOMIZATIONS)) ?? [];
  const ready = new Set(all.filter(isReady).map(({ metadata }) => metadata.name));
  // Those with dependencies look again when they are asked to: their own interval is far off.
  const next = all.filter(
    (object) =>
      !isReady(object) &&
      (object.spec.dependsOn ?? []).every(({ name }) => ready.has(name)) &&
      (object.spec.dependsOn === undefined || requestedAt(object) !== undefined),
  );
  await inParallel(next.slice(0, 120), (object) => becomesReady(kube, object, revision));
  return ready.size;
}

/** Flux's types, and the Kustomizations, of which those with dependencies wait. */
export async function makeKustomizations(kube: Kube, manifests: string): Promise<void> {
  for (const controller of ["source", "kustomize", "helm"]) {
    const text = fs.readFileSync(path.join(manifests, `${controller}-controller.yaml`), "utf8");
    const objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject | null);
    for (const object of objects) {
      if (object?.kind !== "CustomResourceDefinition") continue;
      await kube.apply("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", object);
    }
  }
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } };
  await kube.apply("/api/v1/namespaces", namespace);
  for (let tries = 0; (await kube.list(KUSTOMIZATIONS)) === undefined && tries < 60; tries++)
    await sleep(500);
  await inParallel([...names.entries()], async ([index, name]) => {
    const dependencies = dependsOn(index);
    await kube.apply(KUSTOMIZATIONS, kustomization(index));
    if (dependencies.length === 0) return;
    const message = `dependency 'flux-system/${dependencies[0]!.name}' is not ready`;
    await kube.patchStatus(`${KUSTOMIZATIONS}/${name}`, condition(1, "False", "DependencyNotReady", message));
  });
}
