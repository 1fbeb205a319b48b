import { INFRASTRUCTURE, type App } from "../../app";
import { chartFolder, type ChartOptions } from "../../apps/chart";
import { secret } from "../../secrets/app-secret";
import { value } from "../../secrets/secret-text";
import { CLICKHOUSE_HOST } from "./clickhouse";
import { DATABASE_HOST } from "./cloudnative-pg";
import { STORE_KUSTOMIZATION } from "./external-secrets";
import { clientModule, rootModule } from "./modules";
import { client, clientToken, credentialsOf } from "./terraforms";

export interface GrafanaOptions {
  /** @default grafana 12.11.1 from https://grafana-community.github.io/helm-charts */
  readonly chart?: ChartOptions;
  /** Ingress controller. @default "nginx" */
  readonly ingressClass?: string;
}

const NAME = "grafana";

/** Grafana on the cluster's PostgreSQL, reading ClickHouse, its users by authentik: https://grafana.com/docs/grafana/latest/ */
export function grafana({ chart = {}, ingressClass = "nginx" }: GrafanaOptions = {}): App {
  const manifests = {
    "terraform-credentials.yaml": credentialsOf(NAME),
    "terraform-sso.yaml": client(NAME),
    "secret-authentik.yaml": clientToken(NAME),
    "secret-admin.yaml": secret(`${NAME}-admin`, NAME, {
      "admin-user": "admin",
      "admin-password": value(`credentials/${NAME}:admin_password`),
    }),
    "secret-env.yaml": secret(`${NAME}-env`, NAME, {
      GF_SECURITY_SECRET_KEY: value(`credentials/${NAME}:secret_key`),
      GF_DATABASE_PASSWORD: value(`databases/${NAME}:password`),
      GF_AUTH_GENERIC_OAUTH_CLIENT_ID: value(`sso/${NAME}:client_id`),
      GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET: value(`sso/${NAME}:client_secret`),
      CLICKHOUSE_PASSWORD: value("databases/clickhouse:password"),
    }),
    ...chartFolder(chart, {
      name: NAME,
      namespace: NAME,
      chart: "grafana",
      repository: "https://grafana-community.github.io/helm-charts",
      version: "12.11.1",
      values: values(ingressClass),
    }),
  };
  const dependsOn = [{ name: "cloudnative-pg" }, { name: "clickhouse" }, { name: STORE_KUSTOMIZATION }];
  const files = {
    ...rootModule("credentials", NAME),
    ...clientModule(NAME, { host: NAME, path: "/login/generic_oauth" }),
  };
  return { name: NAME, kustomizations: [{ name: NAME, dependsOn, ...INFRASTRUCTURE, manifests, files }] };
}

function values(ingressClassName: string): Readonly<Record<string, unknown>> {
  const host = `${NAME}.\${cluster_domain}`;
  const authentik = "https://auth.${cluster_domain}/application/o";
  return {
    admin: { existingSecret: `${NAME}-admin`, userKey: "admin-user", passwordKey: "admin-password" },
    envFromSecret: `${NAME}-env`,
    ingress: { enabled: true, ingressClassName, hosts: [host] },
    plugins: ["grafana-clickhouse-datasource"],
    "grafana.ini": {
      server: { root_url: `https://${host}` },
      database: { type: "postgres", host: `${DATABASE_HOST}:5432`, name: NAME, user: NAME },
      "auth.generic_oauth": {
        enabled: true,
        name: "authentik",
        scopes: "openid profile email",
        auth_url: `${authentik}/authorize/`,
        token_url: `${authentik}/token/`,
        api_url: `${authentik}/userinfo/`,
      },
    },
    datasources: { "datasources.yaml": { apiVersion: 1, datasources: [clickhouseSource()] } },
  };
}

function clickhouseSource(): object {
  return {
    name: "ClickHouse",
    type: "grafana-clickhouse-datasource",
    jsonData: { host: CLICKHOUSE_HOST, port: 9000, protocol: "native", username: "clickhouse" },
    // Grafana puts the variable in its place. With braces around its name Flux would take it for one of the cluster's.
    secureJsonData: { password: "$CLICKHOUSE_PASSWORD" },
  };
}
