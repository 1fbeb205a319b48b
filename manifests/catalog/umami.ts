import type { App } from "../app";
import { clusterService, deployment } from "../apps/deployment";
import { ingressRoute } from "../apps/ingress";
import { namespace } from "../flux/objects";
import { secret } from "../secrets/app-secret";
import { template, value } from "../secrets/secret-text";

export interface UmamiOptions {
  /** Public name. */
  readonly host: string;
  /** @default "ghcr.io/umami-software/umami:postgresql-latest" */
  readonly image?: string;
}

export const UMAMI_IMAGE = "ghcr.io/umami-software/umami:postgresql-latest";

const NAME = "umami";
const SECRET = "umami-db";
const PORT = 3000;

/**
 * Umami on a PostgreSQL server outside of the cluster: https://umami.is/docs/environment-variables
 *
 * Takes the values `pg-fqdn`, `pg-admin-username`, `pg-admin-password` and `umami-app-secret`.
 */
export function umami({ host, image = UMAMI_IMAGE }: UmamiOptions): App {
  return {
    name: NAME,
    kustomizations: [
      {
        name: NAME,
        manifests: {
          "namespace.yaml": namespace(NAME),
          "secret.yaml": secret(SECRET, NAME, {
            DATABASE_URL: template`postgresql://${value("pg-admin-username", "url")}:${value("pg-admin-password", "url")}@${value("pg-fqdn")}:5432/umami_db?sslmode=require`,
            APP_SECRET: value("umami-app-secret"),
          }),
          "deployment.yaml": deployment({ name: NAME, pod: pod(image) }),
          "service.yaml": clusterService(NAME, PORT),
          "ingress.yaml": ingressRoute({ name: NAME, hosts: [host], port: 80 }),
        },
      },
    ],
    hosts: [{ name: host }],
  };
}

function pod(image: string): object {
  const probe = { httpGet: { path: "/api/heartbeat", port: PORT } };
  return {
    containers: [
      {
        name: NAME,
        image,
        ports: [{ containerPort: PORT }],
        envFrom: [{ secretRef: { name: SECRET } }],
        env: [{ name: "DISABLE_TELEMETRY", value: "1" }],
        // It migrates its database before it listens.
        startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
        livenessProbe: { ...probe, periodSeconds: 10 },
        readinessProbe: { ...probe, periodSeconds: 5 },
        resources: {
          requests: { cpu: "50m", memory: "256Mi" },
          limits: { cpu: "500m", memory: "512Mi" },
        },
      },
    ],
  };
}
