import type { App, FolderContent } from "../../app";
import { chartFolder, type ChartDefaults, type ChartOptions } from "../../apps/chart";
import { ingressRoute } from "../../apps/ingress";
import { namespace } from "../../flux/objects";
import { secret } from "../../secrets/app-secret";
import { template, value } from "../../secrets/secret-text";
import { dashboardConfigMap } from "./dashboard";
import { fluxCd, platformOverview } from "./dashboards";
import { NAMESPACE } from "./place";
import { GRAFANA_SECRET, grafanaValues, lokiValues, metricsValues, promtailValues } from "./values";

export interface ObservabilityOptions {
  /** Public name of Grafana. */
  readonly host: string;
  /** Size of Loki's volume. @default "10Gi" */
  readonly logStorage?: string;
  /** Size of VictoriaMetrics' volume. @default "10Gi" */
  readonly metricsStorage?: string;
  readonly charts?: Readonly<
    Partial<Record<"grafana" | "loki" | "promtail" | "victoriaMetrics", ChartOptions>>
  >;
}

export const STORAGE = "10Gi";

/**
 * Grafana over Loki with Promtail, and over VictoriaMetrics.
 *
 * Takes the values `pg-fqdn`, `pg-admin-username`, `pg-admin-password` and `grafana-admin-password`.
 */
export function observability(options: ObservabilityOptions): App {
  const { host, logStorage = STORAGE, metricsStorage = STORAGE, charts = {} } = options;
  return {
    name: NAMESPACE,
    kustomizations: [
      {
        name: NAMESPACE,
        manifests: {
          "namespace.yaml": namespace(NAMESPACE),
          "grafana-secret.yaml": grafanaSecret(),
          ...release(charts.grafana, {
            name: "grafana",
            repository: "https://grafana-community.github.io/helm-charts",
            version: ">=11.0.0 <12.0.0",
            values: grafanaValues(host),
          }),
          "grafana-ingress.yaml": ingressRoute({
            name: "grafana",
            namespace: NAMESPACE,
            hosts: [host],
            port: 80,
          }),
          ...release(charts.loki, {
            name: "loki",
            repository: "https://grafana.github.io/helm-charts",
            version: ">=6.0.0 <7.0.0",
            values: lokiValues(logStorage),
          }),
          ...release(charts.promtail, {
            name: "promtail",
            repository: "https://grafana.github.io/helm-charts",
            version: ">=6.0.0 <7.0.0",
            values: promtailValues(),
          }),
          ...release(charts.victoriaMetrics, {
            name: "victoria-metrics-k8s-stack",
            repository: "https://victoriametrics.github.io/helm-charts",
            version: ">=0.70.0 <1.0.0",
            values: metricsValues(metricsStorage),
          }),
          "dashboard-flux-cd.yaml": dashboardConfigMap(fluxCd),
          "dashboard-platform-overview.yaml": dashboardConfigMap(platformOverview),
        },
      },
    ],
    hosts: [{ name: host }],
  };
}

/** The environment by which Grafana finds its database, and its administrator. */
function grafanaSecret() {
  return secret(GRAFANA_SECRET, NAMESPACE, {
    GF_DATABASE_TYPE: "postgres",
    GF_DATABASE_HOST: template`${value("pg-fqdn")}:5432`,
    GF_DATABASE_NAME: "grafana_db",
    GF_DATABASE_USER: value("pg-admin-username"),
    GF_DATABASE_PASSWORD: value("pg-admin-password"),
    GF_DATABASE_SSL_MODE: "require",
    GF_SECURITY_ADMIN_PASSWORD: value("grafana-admin-password"),
    // The key that the chart reads the administrator's name from.
    "admin-user": "admin",
  });
}

/** The files of one of the releases, with its name in front. */
function release(chart: ChartOptions = {}, defaults: Omit<ChartDefaults, "namespace">): FolderContent {
  const files = chartFolder(chart, { ...defaults, namespace: NAMESPACE });
  return Object.fromEntries(
    Object.entries(files).map(([file, objects]) => [`${defaults.name}-${file}`, objects]),
  );
}
