import type { Manifest } from "../../manifests/yaml";
import { k3sChartCrds, traefikCrds } from "./crds/k3s";
import { metallbCrds } from "./crds/metallb";
import type { KubeObject } from "./kube";

const capacity = { cpu: "1000", memory: "4Ti", "ephemeral-storage": "10Ti", pods: "10000" };

interface Node extends KubeObject {
  readonly spec?: unknown;
  readonly status: unknown;
}

function node(name: string, labels: Readonly<Record<string, string>> = {}, spec?: unknown): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0" },
      labels: {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/role": "agent",
        type: "kwok",
        ...labels,
      },
    },
    spec,
    status: { allocatable: capacity, capacity },
  };
}

const storageClass: KubeObject & Record<string, unknown> = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: {
    name: "nfs-client",
    annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
  },
  provisioner: "cluster.local/nfs-subdir-external-provisioner",
  reclaimPolicy: "Delete",
  volumeBindingMode: "Immediate",
};

interface ClusterObject {
  /** Of the list that has it. */
  readonly path: string;
  readonly object: KubeObject;
}

/** What an empty cluster has before anybody uses it: one node with room for everything, and storage. */
export const baseObjects: readonly ClusterObject[] = [
  { path: "/api/v1/nodes", object: node("sandbox") },
  { path: "/apis/storage.k8s.io/v1/storageclasses", object: storageClass },
];

const k3s = [...traefikCrds, ...k3sChartCrds];

/** Kept for what watches the others: pods need the label in their selector and a toleration. */
const observability = node(
  "observability",
  { role: "observability" },
  { taints: [{ key: "role", value: "observability", effect: "NoSchedule" }] },
);

/** MetalLB comes with the cluster there. */
const metallbNamespace: ClusterObject = {
  path: "/api/v1/namespaces",
  object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "metallb-system" } },
};

const systems: Readonly<Record<string, readonly ClusterObject[]>> = {
  homelab: [...[...k3s, ...metallbCrds].map(definition), metallbNamespace],
  sites: [...k3s.map(definition), { path: "/api/v1/nodes", object: observability }],
};

/** What the cluster of a system brings besides, by its distribution or by whoever made it; no chart of ours has it. */
export function systemObjects(system: string): readonly ClusterObject[] {
  return systems[system] ?? [];
}

function definition(crd: Manifest): ClusterObject {
  const { name } = crd.metadata as { name: string };
  return {
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    object: { ...crd, metadata: { name } },
  };
}
