import { FLUX_SYSTEM } from "../flux/objects";
import { imagePolicyMarker } from "../flux/image-automation";
import { withComments, type Commented, type Manifest } from "../yaml";
import type { KeptField } from "../git/kept-fields";

/** A container that serves one port, kept running by a Deployment. */
export interface WorkloadOptions {
  readonly name: string;
  /** @default `name` */
  readonly namespace?: string;
  /** With tag or digest. */
  readonly image: string;
  /** That the container listens on; its Service has port 80. @default 8080 */
  readonly port?: number;
  /** @default 1 */
  readonly replicas?: number;
  /** Environment. Values that are secret come from `secrets`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Secrets whose keys are the container's environment too. */
  readonly envFrom?: readonly string[];
  /** Path that answers 200 while the app is well. @default whether the port is open, for readiness only */
  readonly probe?: string;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
  /**
   * The container's. @default no more privileges than its user has, and the runtime's system calls
   */
  readonly securityContext?: object;
  /** ImagePolicy in flux-system that chooses the image. */
  readonly imagePolicy?: string;
}

/** Port of the Service of a workload. */
export const SERVICE_PORT = 80;

/** Where the Deployment names the image. */
export const WORKLOAD_IMAGE: KeptField = {
  kind: "Deployment",
  path: ["spec", "template", "spec", "containers", 0, "image"],
};

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ */
export function workload(options: WorkloadOptions): Commented {
  const { name, namespace = name, image, port = 8080, replicas = 1, env, envFrom = [] } = options;
  const labels = { app: name };
  const variables = Object.entries(env ?? {}).map(([key, value]) => ({ name: key, value }));
  const object: Manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              name,
              image,
              ports: [{ name: "http", containerPort: port }],
              env: variables.length > 0 ? variables : undefined,
              envFrom: envFrom.length > 0 ? envFrom.map((one) => ({ secretRef: { name: one } })) : undefined,
              ...probes(options.probe),
              securityContext: options.securityContext ?? SECURITY,
              resources: options.resources,
            },
          ],
        },
      },
    },
  };
  if (options.imagePolicy === undefined) return withComments(object, {});
  const policy = { name: options.imagePolicy, namespace: FLUX_SYSTEM };
  return withComments(object, {}, { "spec.template.spec.containers.0.image": imagePolicyMarker(policy) });
}

/** The Service of a workload. */
export function workloadService({ name, namespace = name }: WorkloadOptions): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ name: "http", port: SERVICE_PORT, targetPort: "http" }] },
  };
}

/** What every image can live with: some of them start as root, and write to their own file system. */
const SECURITY = { allowPrivilegeEscalation: false, seccompProfile: { type: "RuntimeDefault" } };

function probes(path: string | undefined): object {
  if (path === undefined) return { readinessProbe: { tcpSocket: { port: "http" }, periodSeconds: 10 } };
  const probe = { httpGet: { path, port: "http" }, periodSeconds: 10 };
  return { readinessProbe: probe, livenessProbe: { ...probe, failureThreshold: 6 } };
}
