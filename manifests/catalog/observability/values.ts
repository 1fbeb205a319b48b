import { LOKI_URL, METRICS_URL, ON_ALL_NODES, ON_OWN_NODES } from "./place";

/** Secret of Grafana: its database, and the password of `admin`. */
export const GRAFANA_SECRET = "grafana-db";

/** Values of the charts: https://github.com/grafana-community/helm-charts/tree/main/charts/grafana */
export function grafanaValues(host: string): Readonly<Record<string, unknown>> {
  return {
    admin: { existingSecret: GRAFANA_SECRET, passwordKey: "GF_SECURITY_ADMIN_PASSWORD" },
    envFromSecret: GRAFANA_SECRET,
    "grafana.ini": { server: { domain: host, root_url: `https://${host}` } },
    datasources: {
      "datasources.yaml": {
        apiVersion: 1,
        datasources: [
          { name: "Loki", uid: "loki", type: "loki", access: "proxy", url: LOKI_URL },
          {
            name: "VictoriaMetrics",
            uid: "victoriametrics",
            type: "prometheus",
            access: "proxy",
            url: METRICS_URL,
            isDefault: true,
          },
        ],
      },
    },
    sidecar: { dashboards: { enabled: true, label: "grafana_dashboard", labelValue: "1" } },
    ...ON_OWN_NODES,
  };
}

/** Parts of Loki's other modes, which the chart would start beside the single binary. */
const OTHER_MODES = [
  ...["read", "write", "backend", "ingester", "querier", "queryFrontend", "queryScheduler", "distributor"],
  ...["compactor", "indexGateway", "bloomPlanner", "bloomBuilder", "bloomGateway"],
];

/** One binary with a file system, 31 days of logs: https://grafana.com/docs/loki/latest/setup/install/helm/install-monolithic/ */
export function lokiValues(storage: string): Readonly<Record<string, unknown>> {
  return {
    deploymentMode: "SingleBinary",
    loki: {
      auth_enabled: false,
      commonConfig: { replication_factor: 1 },
      storage: { type: "filesystem" },
      schemaConfig: {
        configs: [
          {
            from: "2024-04-01",
            store: "tsdb",
            object_store: "filesystem",
            schema: "v13",
            index: { prefix: "loki_index_", period: "24h" },
          },
        ],
      },
      limits_config: { retention_period: "744h" },
      // Without it nothing is ever deleted.
      compactor: { retention_enabled: true, delete_request_store: "filesystem" },
    },
    singleBinary: { replicas: 1, persistence: { enabled: true, size: storage }, ...ON_OWN_NODES },
    ...Object.fromEntries(OTHER_MODES.map((part) => [part, { replicas: 0 }])),
    gateway: { enabled: false },
    chunksCache: { enabled: false },
    resultsCache: { enabled: false },
    lokiCanary: { enabled: false },
    test: { enabled: false },
  };
}

/** A DaemonSet: it reads the logs of the node that it is on. */
export function promtailValues(): Readonly<Record<string, unknown>> {
  return { config: { clients: [{ url: `${LOKI_URL}/loki/api/v1/push` }] }, ...ON_ALL_NODES };
}

/** https://docs.victoriametrics.com/helm/victoria-metrics-k8s-stack/ */
export function metricsValues(storage: string): Readonly<Record<string, unknown>> {
  const off = { enabled: false };
  return {
    fullnameOverride: "vm",
    vmsingle: {
      enabled: true,
      spec: {
        storage: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
        ...ON_OWN_NODES,
      },
    },
    vmagent: { enabled: true, spec: { ...ON_OWN_NODES } },
    "victoria-metrics-operator": { enabled: true, ...ON_OWN_NODES },
    "kube-state-metrics": { enabled: true, ...ON_OWN_NODES },
    "prometheus-node-exporter": { enabled: true, ...ON_ALL_NODES },
    // Grafana has a release of its own, and nobody is alerted.
    grafana: off,
    defaultDashboards: off,
    alertmanager: off,
    vmalert: off,
    vmauth: off,
  };
}
