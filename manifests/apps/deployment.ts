import type { Manifest } from "../yaml";

export interface DeploymentOptions {
  /** Of the Deployment, its namespace and its pod's label `app`. */
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** `Recreate` for a volume that is for one pod. @default Kubernetes' rolling update */
  readonly strategy?: "Recreate";
  /** The pod's spec. */
  readonly pod: object;
}

/** One pod, kept running: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ */
export function deployment({ name, annotations, strategy, pod }: DeploymentOptions): Manifest {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: name, annotations },
    spec: {
      replicas: 1,
      strategy: strategy && { type: strategy },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: pod },
    },
  };
}

/** The Service of such a Deployment: port 80 of the cluster leads to a port of its container. */
export function clusterService(name: string, targetPort: number): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: name },
    spec: { type: "ClusterIP", selector: { app: name }, ports: [{ port: 80, targetPort }] },
  };
}
