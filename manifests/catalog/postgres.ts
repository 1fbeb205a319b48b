import { namespaceName } from "../flux/names";
import { withComments, type Commented, type Manifest } from "../yaml";

export interface PostgresOptions {
  /** Of the StatefulSet, its Service and its pods' label. */
  readonly name: string;
  readonly namespace: string;
  /** Secret with POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB. */
  readonly secretName: string;
  /** User that the probes ask for. */
  readonly user: string;
  /** @default "postgres:16.4-alpine" */
  readonly image?: string;
  /** @default "nfs-client" */
  readonly storageClass?: string;
  /** @default "5Gi" */
  readonly storage?: string;
}

export const POSTGRES_IMAGE = "postgres:16.4-alpine";
const POSTGRES_PORT = 5432;

/** One PostgreSQL server whose data lies on NFS, and the headless Service that names it. */
export function postgres(options: PostgresOptions): [Commented, Manifest] {
  return [statefulSet(options), service(options)];
}

function statefulSet(options: PostgresOptions): Commented {
  const { namespace, secretName, user, image = POSTGRES_IMAGE } = options;
  const { storageClass: storageClassName = "nfs-client", storage = "5Gi" } = options;
  const name = namespaceName(options.name, "name of the database");
  const labels = { app: name };
  const probe = { exec: { command: ["pg_isready", "-U", user, "-h", "localhost"] } };
  const object: Manifest = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace },
    spec: {
      serviceName: name,
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: { fsGroup: 999 },
          containers: [
            {
              name: "postgres",
              image,
              ports: [{ containerPort: POSTGRES_PORT }],
              envFrom: [{ secretRef: { name: secretName } }],
              volumeMounts: [{ name: "data", mountPath: "/var/lib/postgresql/data" }],
              startupProbe: { ...probe, failureThreshold: 30, periodSeconds: 10, timeoutSeconds: 5 },
              readinessProbe: { ...probe, periodSeconds: 10, timeoutSeconds: 5 },
              livenessProbe: { ...probe, failureThreshold: 6, periodSeconds: 10, timeoutSeconds: 5 },
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage } } },
        },
      ],
    },
  };
  const container = "spec.template.spec.containers.0";
  return withComments(object, {
    "spec.template.spec.securityContext":
      "The postgres group must own the files, which NFS doesn't arrange by itself.",
    [`${container}.startupProbe`]: [
      "All probes ask localhost: the Service has no endpoint before the pod is ready, so a probe through it never",
      "succeeds. Five minutes at the start and five seconds an answer: on NFS, recovery after a crash is slow.",
    ].join("\n"),
    [`${container}.livenessProbe`]: "A minute of failures before a restart: NFS may stall for a while.",
  });
}

function service({ name, namespace }: PostgresOptions): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: {
      clusterIP: "None",
      selector: { app: name },
      ports: [{ port: POSTGRES_PORT, targetPort: POSTGRES_PORT }],
    },
  };
}
