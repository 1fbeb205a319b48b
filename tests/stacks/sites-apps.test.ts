import assert from "node:assert/strict";
import { renderTemplate } from "../../tools/sandbox/services/external-secrets/template";
import { assertHas } from "../engine/expect";
import { documentsSystem, type DocumentsSystem, route } from "./sites-document";

// The platform's document, field by field. More fields may be there, none of these may differ.
describe("stacks/sites, analytics and observability as the platform's document has them", () => {
  let object: DocumentsSystem["object"];
  const has = (path: string, fields: object): void => {
    assertHas(object(path), fields);
  };
  before(async () => {
    ({ object } = await documentsSystem());
  });

  interface ExternalSecret {
    readonly spec: {
      readonly target: { readonly template: { readonly data: Record<string, string> } };
      readonly data: readonly { secretKey: string; remoteRef: { key: string } }[];
    };
  }
  /** What the ExternalSecret makes of the vault's values. */
  function made(path: string, vault: Readonly<Record<string, string>>): Record<string, string> {
    const { spec } = object(path) as ExternalSecret;
    const data = Object.fromEntries(
      spec.data.map(({ secretKey, remoteRef }) => [secretKey, vault[remoteRef.key] ?? ""]),
    );
    return Object.fromEntries(
      Object.entries(spec.target.template.data).map(([key, text]) => [key, renderTemplate(text, data)]),
    );
  }
  const VAULT = {
    "pg-fqdn": "psql.postgres.database.azure.com",
    "pg-admin-username": "psqladmin",
    "pg-admin-password": "pa55w0rd",
    "umami-app-secret": "app-secret",
    "grafana-admin-password": "grafana",
  };

  it("makes Umami's DATABASE_URL of the vault's secrets, whatever is in a password", () => {
    const path = "k8s/umami/externalsecret.yaml";
    has(path, {
      apiVersion: "external-secrets.io/v1",
      metadata: { name: "umami-db", namespace: "umami" },
      spec: {
        refreshInterval: "1h",
        secretStoreRef: { kind: "ClusterSecretStore", name: "azure-keyvault" },
        target: { name: "umami-db" },
        data: [
          { secretKey: "pg_admin_username", remoteRef: { key: "pg-admin-username" } },
          { secretKey: "pg_admin_password", remoteRef: { key: "pg-admin-password" } },
          { secretKey: "pg_fqdn", remoteRef: { key: "pg-fqdn" } },
          { secretKey: "umami_app_secret", remoteRef: { key: "umami-app-secret" } },
        ],
      },
    });
    const url = (password: string): string =>
      `postgresql://psqladmin:${password}@psql.postgres.database.azure.com:5432/umami_db?sslmode=require`;
    assert.deepEqual(made(path, VAULT), { DATABASE_URL: url("pa55w0rd"), APP_SECRET: "app-secret" });
    const special = made(path, { ...VAULT, "pg-admin-password": "p@ss/w?rd#" }).DATABASE_URL!;
    assert.equal(decodeURIComponent(new URL(special).password), "p@ss/w?rd#");
  });

  it("maps the database and the admin's password for Grafana", () => {
    const path = "k8s/observability/grafana-externalsecret.yaml";
    has(path, {
      metadata: { name: "grafana-db", namespace: "observability" },
      spec: {
        refreshInterval: "1h",
        secretStoreRef: { kind: "ClusterSecretStore", name: "azure-keyvault" },
      },
    });
    assert.deepEqual(made(path, VAULT), {
      GF_DATABASE_TYPE: "postgres",
      GF_DATABASE_HOST: "psql.postgres.database.azure.com:5432",
      GF_DATABASE_NAME: "grafana_db",
      GF_DATABASE_USER: "psqladmin",
      GF_DATABASE_PASSWORD: "pa55w0rd",
      GF_DATABASE_SSL_MODE: "require",
      GF_SECURITY_ADMIN_PASSWORD: "grafana",
      "admin-user": "admin",
    });
  });

  it("runs Umami at analytics.kevinryan.io", () => {
    has("k8s/umami/deployment.yaml", {
      metadata: { name: "umami", namespace: "umami" },
      spec: {
        replicas: 1,
        template: {
          spec: {
            containers: [
              {
                image: "ghcr.io/umami-software/umami:postgresql-latest",
                ports: [{ containerPort: 3000 }],
                envFrom: [{ secretRef: { name: "umami-db" } }],
                env: [{ name: "DISABLE_TELEMETRY", value: "1" }],
                livenessProbe: { httpGet: { path: "/api/heartbeat", port: 3000 } },
                readinessProbe: { httpGet: { path: "/api/heartbeat", port: 3000 } },
              },
            ],
          },
        },
      },
    });
    has("k8s/umami/ingress.yaml", route("umami", "umami", ["analytics.kevinryan.io"]));
  });

  const OWN_NODES = {
    nodeSelector: { role: "observability" },
    tolerations: [{ key: "role", operator: "Equal", value: "observability", effect: "NoSchedule" }],
  };
  const releases: Readonly<Record<string, readonly [repository: string, version: string, values: object]>> = {
    grafana: [
      "https://grafana-community.github.io/helm-charts",
      ">=11.0.0 <12.0.0",
      {
        admin: { existingSecret: "grafana-db", passwordKey: "GF_SECURITY_ADMIN_PASSWORD" },
        envFromSecret: "grafana-db",
        datasources: {
          "datasources.yaml": {
            datasources: [
              { name: "Loki", type: "loki", url: "http://loki.observability.svc.cluster.local:3100" },
              {
                name: "VictoriaMetrics",
                type: "prometheus",
                url: "http://vmsingle-vm.observability.svc.cluster.local:8428",
              },
            ],
          },
        },
        sidecar: { dashboards: { enabled: true, label: "grafana_dashboard", labelValue: "1" } },
        ...OWN_NODES,
      },
    ],
    loki: [
      "https://grafana.github.io/helm-charts",
      ">=6.0.0 <7.0.0",
      {
        deploymentMode: "SingleBinary",
        loki: {
          auth_enabled: false,
          storage: { type: "filesystem" },
          limits_config: { retention_period: "744h" }, // 31 days
          compactor: { retention_enabled: true },
        },
        singleBinary: { replicas: 1, ...OWN_NODES },
        read: { replicas: 0 },
        write: { replicas: 0 },
        backend: { replicas: 0 },
        gateway: { enabled: false },
        chunksCache: { enabled: false },
        resultsCache: { enabled: false },
        lokiCanary: { enabled: false },
        test: { enabled: false },
      },
    ],
    promtail: [
      "https://grafana.github.io/helm-charts",
      ">=6.0.0 <7.0.0",
      {
        config: {
          clients: [{ url: "http://loki.observability.svc.cluster.local:3100/loki/api/v1/push" }],
        },
        // Of every node, or its logs would be missing.
        tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
      },
    ],
    "victoria-metrics-k8s-stack": [
      "https://victoriametrics.github.io/helm-charts",
      ">=0.70.0 <1.0.0",
      {
        fullnameOverride: "vm",
        vmsingle: { enabled: true, spec: OWN_NODES },
        vmagent: { enabled: true, spec: OWN_NODES },
        "kube-state-metrics": { enabled: true, ...OWN_NODES },
        "prometheus-node-exporter": { enabled: true },
        grafana: { enabled: false },
        alertmanager: { enabled: false },
        vmalert: { enabled: false },
        vmauth: { enabled: false },
      },
    ],
  };
  for (const [name, [url, version, values]] of Object.entries(releases)) {
    it(`runs ${name} by a HelmRelease in its own namespace`, () => {
      has(`k8s/observability/${name}-helmrepository.yaml`, {
        metadata: { name, namespace: "observability" },
        spec: { url },
      });
      has(`k8s/observability/${name}-helmrelease.yaml`, {
        metadata: { name, namespace: "observability" },
        spec: {
          interval: "1h",
          chart: { spec: { chart: name, version, sourceRef: { kind: "HelmRepository", name } } },
          install: { remediation: { retries: 5 } },
          values,
        },
      });
    });
  }

  it("shows Grafana at monitoring.kevinryan.io", () => {
    has(
      "k8s/observability/grafana-ingress.yaml",
      route("grafana", "observability", ["monitoring.kevinryan.io"]),
    );
  });

  const dashboards: Readonly<Record<string, readonly [title: string, panels: readonly string[]]>> = {
    "flux-cd": ["Flux CD", ["Reconciliation activity", "Errors and warnings", "Controller logs"]],
    "platform-overview": ["Platform Overview", ["Log volume by namespace", "Error rate", "Recent errors"]],
  };
  for (const [uid, [title, panels]] of Object.entries(dashboards)) {
    it(`has the dashboard ${title} with its panels over Loki`, () => {
      const { data, ...rest } = object(`k8s/observability/dashboard-${uid}.yaml`) as {
        data: Record<string, string>;
      };
      assertHas(rest, {
        kind: "ConfigMap",
        metadata: { namespace: "observability", labels: { grafana_dashboard: "1" } },
      });
      const dashboard = JSON.parse(data[`${uid}.json`]!) as {
        title: string;
        panels: {
          id: number;
          title: string;
          datasource: object;
          targets: { expr: string }[];
          gridPos: Grid;
        }[];
      };
      assert.equal(dashboard.title, title);
      assert.deepEqual(
        dashboard.panels.map((panel) => panel.title),
        panels,
      );
      assert.deepEqual(
        dashboard.panels.map(({ id }) => id),
        [1, 2, 3],
      );
      for (const panel of dashboard.panels) {
        assert.deepEqual(panel.datasource, { type: "loki", uid: "loki" });
        for (const { expr } of panel.targets) {
          assert.match(expr, /\{namespace=(~"\.\+"|"flux-system")\}/);
          assert.deepEqual([...balance(expr)], [], expr);
        }
      }
      assert.deepEqual(overlaps(dashboard.panels.map(({ gridPos }) => gridPos)), []);
    });
  }
});

/** Brackets of a query that aren't closed, or weren't opened; what stands in strings doesn't count. */
function balance(query: string): string[] {
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const [char] of query.replaceAll(/"(?:\\.|[^"\\])*"/g, "").matchAll(/[()[\]{}"]/g)) {
    if (char in pairs && open.at(-1) === pairs[char]) open.pop();
    else open.push(char);
  }
  return open;
}

interface Grid {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Panels that lie over others, or out of the 24 columns. */
function overlaps(grids: readonly Grid[]): Grid[] {
  const apart = (a: Grid, b: Grid): boolean =>
    a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
  return grids.filter((a) => a.x + a.w > 24 || grids.some((b) => a !== b && !apart(a, b)));
}
