import type { KubeObject } from "./kube";

const capacity = { cpu: "1000", memory: "4Ti", "ephemeral-storage": "10Ti", pods: "10000" };

const node: KubeObject & { status: unknown } = {
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name: "sandbox",
    annotations: { "kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0" },
    labels: {
      "kubernetes.io/arch": "amd64",
      "kubernetes.io/hostname": "sandbox",
      "kubernetes.io/os": "linux",
      "kubernetes.io/role": "agent",
      type: "kwok",
    },
  },
  status: { allocatable: capacity, capacity },
};

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

/** What an empty cluster has before anybody uses it: one node with room for everything, and storage. */
export const baseObjects: readonly { path: string; object: KubeObject }[] = [
  { path: "/api/v1/nodes", object: node },
  { path: "/apis/storage.k8s.io/v1/storageclasses", object: storageClass },
];
