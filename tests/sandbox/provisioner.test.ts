import assert from "node:assert/strict";
import { isAbandoned, needsAddress, volumeFor } from "../../tools/sandbox/provisioner";

const metadata = { name: "data-db-0", namespace: "calcom", uid: "u1" };

describe("provisioner", () => {
  it("makes a volume for a claim, bound to it in advance", () => {
    const claim = {
      metadata,
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "5Gi" } },
        storageClassName: "nfs-client",
      },
    };
    assert.deepEqual(volumeFor(claim), {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: {
        name: "pvc-u1",
        annotations: { "pv.kubernetes.io/provisioned-by": "cluster.local/nfs-subdir-external-provisioner" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        capacity: { storage: "5Gi" },
        claimRef: {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          name: "data-db-0",
          namespace: "calcom",
          uid: "u1",
        },
        nfs: { server: "127.0.0.1", path: "/calcom-data-db-0-pvc-u1" },
        persistentVolumeReclaimPolicy: "Delete",
        storageClassName: "nfs-client",
        volumeMode: "Filesystem",
      },
    });
  });

  it("leaves a claim that has a volume", () => {
    assert.equal(volumeFor({ metadata, spec: { volumeName: "pvc-u1" } }), undefined);
  });

  it("takes away its own volumes that no claim uses", () => {
    const ours = { "pv.kubernetes.io/provisioned-by": "cluster.local/nfs-subdir-external-provisioner" };
    const volume = (annotations: Record<string, string>, phase: string) => ({
      metadata: { name: "v", annotations },
      status: { phase },
    });
    assert.equal(isAbandoned(volume(ours, "Released")), true);
    assert.equal(isAbandoned(volume(ours, "Bound")), false);
    assert.equal(isAbandoned(volume({}, "Released")), false);
  });

  it("gives an address to a load balancer that has none", () => {
    assert.equal(needsAddress({ metadata, spec: { type: "LoadBalancer" } }), true);
    assert.equal(needsAddress({ metadata, spec: { type: "ClusterIP" } }), false);
    const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
    assert.equal(needsAddress({ metadata, spec: { type: "LoadBalancer" }, status }), false);
  });
});
