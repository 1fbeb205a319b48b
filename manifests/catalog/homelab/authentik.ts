import type { FolderContent } from "../../app";
import { ingressRoute } from "../../apps/ingress";
import { secret } from "../../secrets/app-secret";
import { value } from "../../secrets/secret-text";
import { postgresCluster } from "./storage";

const NAMESPACE = "authentik";
const DATABASE = "authentik-db";
const CREDENTIALS = "authentik-credentials";

/** The Service that the chart makes. */
export const URL_IN_CLUSTER = "http://authentik-server.authentik.svc.cluster.local:80";

/** Names of authentik's values. */
export const values = {
  secretKey: "authentik-secret-key",
  bootstrapPassword: "authentik-bootstrap-password",
} as const;

/** Values of the chart: https://docs.goauthentik.io/install-config/configuration/ */
export function chartValues(): Readonly<Record<string, unknown>> {
  const from = (name: string, key: string): object => ({ valueFrom: { secretKeyRef: { name, key } } });
  return {
    authentik: { postgresql: { host: `${DATABASE}-rw`, name: "authentik", user: "authentik" } },
    global: {
      env: [
        { name: "AUTHENTIK_SECRET_KEY", ...from(CREDENTIALS, "secret-key") },
        { name: "AUTHENTIK_BOOTSTRAP_PASSWORD", ...from(CREDENTIALS, "bootstrap-password") },
        { name: "AUTHENTIK_POSTGRESQL__PASSWORD", ...from(`${DATABASE}-app`, "password") },
      ],
    },
  };
}

/** Its credentials and database, and how Traefik asks it who somebody is. */
export function config(host: string): FolderContent {
  return {
    "secret.yaml": secret(CREDENTIALS, NAMESPACE, {
      "secret-key": value(values.secretKey),
      "bootstrap-password": value(values.bootstrapPassword),
    }),
    "database.yaml": postgresCluster(DATABASE, NAMESPACE, { database: "authentik" }),
    "middleware.yaml": {
      apiVersion: "traefik.io/v1alpha1",
      kind: "Middleware",
      metadata: { name: "authentik", namespace: NAMESPACE },
      spec: {
        forwardAuth: {
          address: `${URL_IN_CLUSTER}/outpost.goauthentik.io/auth/traefik`,
          trustForwardHeader: true,
          authResponseHeaders: ["X-authentik-username", "X-authentik-groups", "X-authentik-email"],
        },
      },
    },
    "ingressroute.yaml": ingressRoute({
      name: "authentik-server",
      namespace: NAMESPACE,
      hosts: [host],
      port: 80,
    }),
  };
}
