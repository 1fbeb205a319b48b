import { deployment } from "../../apps/deployment";
import type { FolderContent } from "../../app";
import { secret } from "../../secrets/app-secret";
import { value } from "../../secrets/secret-text";
import type { Manifest } from "../../yaml";
import { postgresCluster } from "./storage";

const NAME = "stalwart";
const SECRET = "stalwart-secrets";
const DATABASE = "stalwart-db";
const PORTS = { smtp: 25, submissions: 465, imaps: 993, http: 8080 } as const;

/** Names of its values. */
export const stalwartValues = {
  adminPassword: "stalwart-admin-password",
  resendApiKey: "stalwart-resend-api-key",
} as const;

export interface StalwartOptions {
  /** Name that the server calls itself. */
  readonly hostname: string;
  /** @default "stalwartlabs/stalwart:v0.16.17" */
  readonly image?: string;
}

/** A mail server with its database: https://stalw.art/docs/install/platform/docker */
export function stalwart(options: StalwartOptions): FolderContent {
  return {
    "secret.yaml": secret(SECRET, NAME, {
      "admin-password": value(stalwartValues.adminPassword),
      "resend-api-key": value(stalwartValues.resendApiKey),
    }),
    "database.yaml": postgresCluster(DATABASE, NAME, { database: NAME, size: "10Gi" }),
    "volume.yaml": volume,
    "deployment.yaml": stalwartDeployment(options),
    "service.yaml": service,
  };
}

const volume: Manifest = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: NAME, namespace: NAME },
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "longhorn",
    resources: { requests: { storage: "10Gi" } },
  },
};

function stalwartDeployment({
  hostname,
  image = "stalwartlabs/stalwart:v0.16.17",
}: StalwartOptions): Manifest {
  const from = (name: string, key: string): object => ({ valueFrom: { secretKeyRef: { name, key } } });
  return deployment({
    name: NAME,
    // Reloader starts it anew when a value of its Secret changes.
    annotations: { "secret.reloader.stakater.com/reload": SECRET },
    strategy: "Recreate",
    pod: {
      containers: [
        {
          name: NAME,
          image,
          env: [
            { name: "STALWART_HOSTNAME", value: hostname },
            { name: "STALWART_ADMIN_PASSWORD", ...from(SECRET, "admin-password") },
            { name: "RESEND_API_KEY", ...from(SECRET, "resend-api-key") },
            { name: "DATABASE_URL", ...from(`${DATABASE}-app`, "uri") },
          ],
          ports: Object.entries(PORTS).map(([name, containerPort]) => ({ name, containerPort })),
          volumeMounts: [{ name: "data", mountPath: "/opt/stalwart" }],
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: NAME } }],
    },
  });
}

const service: Manifest = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: NAME, namespace: NAME },
  spec: {
    type: "LoadBalancer",
    selector: { app: NAME },
    ports: Object.entries(PORTS).map(([name, port]) => ({ name, port, targetPort: name })),
  },
};
