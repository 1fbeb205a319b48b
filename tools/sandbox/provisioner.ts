/**
 * The cluster's stand-in for two things that a real one has outside Kubernetes: storage that volumes are cut from, and
 * addresses for load balancers. A process of its own; asks every second, which is quick and simple enough here.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Kube, type KubeObject } from "./kube";

interface Claim extends KubeObject {
  readonly spec: {
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: { readonly storage?: string } };
    readonly storageClassName?: string;
    readonly volumeMode?: string;
    readonly volumeName?: string;
  };
}

interface Volume extends KubeObject {
  readonly status?: { readonly phase?: string };
}

interface Service extends KubeObject {
  readonly spec: { readonly type?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } };
}

const provisionedBy = "pv.kubernetes.io/provisioned-by";
const provisioner = "cluster.local/nfs-subdir-external-provisioner";

/** The volume for a claim, bound to it in advance, or undefined when the claim has one. */
export function volumeFor(claim: Claim): (KubeObject & { spec: unknown }) | undefined {
  if (claim.spec.volumeName !== undefined && claim.spec.volumeName !== "") return undefined;
  const { name, namespace, uid } = claim.metadata;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `pvc-${uid ?? ""}`, annotations: { [provisionedBy]: provisioner } },
    spec: {
      accessModes: claim.spec.accessModes ?? ["ReadWriteOnce"],
      capacity: { storage: claim.spec.resources?.requests?.storage ?? "1Gi" },
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid },
      nfs: { server: "127.0.0.1", path: `/${namespace ?? ""}-${name}-pvc-${uid ?? ""}` },
      persistentVolumeReclaimPolicy: "Delete",
      storageClassName: claim.spec.storageClassName ?? "",
      volumeMode: claim.spec.volumeMode ?? "Filesystem",
    },
  };
}

/** True for a load balancer without an address. */
export const needsAddress = (service: Service): boolean =>
  service.spec.type === "LoadBalancer" && (service.status?.loadBalancer?.ingress ?? []).length === 0;

/** True for a volume of ours that no claim uses any more. */
export const isAbandoned = (volume: Volume): boolean =>
  volume.metadata.annotations?.[provisionedBy] === provisioner &&
  (volume.status?.phase === "Released" || volume.status?.phase === "Failed");

async function round(kube: Kube): Promise<void> {
  for (const claim of (await kube.list<Claim>("/api/v1/persistentvolumeclaims")) ?? []) {
    const volume = volumeFor(claim);
    if (volume !== undefined) await kube.apply("/api/v1/persistentvolumes", volume);
  }
  for (const volume of (await kube.list<Volume>("/api/v1/persistentvolumes")) ?? []) {
    if (isAbandoned(volume)) await kube.delete(`/api/v1/persistentvolumes/${volume.metadata.name}`);
  }
  let address = 0;
  for (const service of (await kube.list<Service>("/api/v1/services")) ?? []) {
    address += 1; // 192.0.2.0/24 is set aside for documentation, so it never is somebody's address
    if (!needsAddress(service)) continue;
    const path = `/api/v1/namespaces/${service.metadata.namespace ?? ""}/services/${service.metadata.name}`;
    await kube.patchStatus(path, { loadBalancer: { ingress: [{ ip: `192.0.2.${(address % 250) + 1}` }] } });
  }
}

async function main(): Promise<never> {
  const kube = new Kube(process.env.KUBECONFIG ?? "");
  console.log(JSON.stringify({ ready: true }));
  for (;;) {
    await round(kube).catch((error: unknown) => {
      console.error(String(error)); // the API server restarts, or an object went meanwhile: the next round sees
    });
    await sleep(1000);
  }
}

if (require.main === module) {
  process.on("SIGTERM", () => process.exit(0));
  void main();
}
