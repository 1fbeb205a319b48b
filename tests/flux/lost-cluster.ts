import { storeBlob } from "../../cache/blobs";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import type { Props } from "../../provider/plugin/handler";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import { FakeCluster } from "./fake-cluster";

export const FLUX = "flux-system";
export const OURS = "main@sha1:0000000000000000000000000000000000000002";
export const OLDER = "main@sha1:0000000000000000000000000000000000000001";
export const sync = syncManifest({
  url: "ssh://git@example.com/org/flux.git",
  branch: "main",
  path: "clusters/a",
});

export const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: FLUX } };
export const definition: LiveObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "kustomizations.kustomize.toolkit.fluxcd.io" },
  spec: {
    group: "kustomize.toolkit.fluxcd.io",
    names: { kind: "Kustomization" },
    versions: [{ name: "v1", storage: true }],
  },
};
const deployment = (name: string): LiveObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: FLUX },
  spec: { replicas: 1 },
});
export const running = ({ kind, ...object }: LiveObject): LiveObject => ({
  ...object,
  kind,
  status: {
    conditions: [{ type: kind === "Deployment" ? "Available" : "Established", status: "True" }],
  },
});
export const controllers = ["source-controller", "kustomize-controller"].map(deployment);
const components = storeBlob(
  [namespace, definition, ...controllers].map((object) => JSON.stringify(object)).join("\n---\n"),
);

export const ready = { conditions: [{ type: "Ready", status: "True" }], observedGeneration: 1 };
export const source = (revision: string, more: LiveObject = {}): LiveObject => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata: { name: FLUX, namespace: FLUX, generation: 1 },
  spec: {
    url: "ssh://git@example.com/org/flux.git",
    ref: { branch: "main" },
    secretRef: { name: FLUX },
    ...more.spec,
  },
  status: { ...ready, artifact: { revision }, ...more.status },
});
export const root = (revision: string, more: LiveObject = {}): LiveObject => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { name: FLUX, namespace: FLUX, generation: 1, ...more.metadata },
  spec: { path: "./clusters/a", sourceRef: { kind: "GitRepository", name: FLUX }, ...more.spec },
  status: { ...ready, lastAppliedRevision: revision, ...more.status },
});

export let cluster: FakeCluster;
export const stop = (): void => {
  cluster.stop();
};
export const start = async (...objects: readonly LiveObject[]): Promise<void> => {
  cluster = await FakeCluster.start(...objects);
  cluster.react = (object) => {
    if (object.status === undefined) cluster.put(running(object));
  };
};
export const alive = [namespace, definition, ...controllers].map(running);

/** Inputs of a `FluxInstall` there. */
export const inputs = (): Props => ({
  kubeconfig: cluster.kubeconfig,
  version: "v9.9.9",
  components,
  sync,
  timeoutSeconds: 5,
});
