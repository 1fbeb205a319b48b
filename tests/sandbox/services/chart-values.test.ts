import { strict as assert } from "node:assert";
import { parse } from "yaml";
import { z } from "zod";
import { chartFiles, type Chart } from "../../../tools/sandbox/services/charts/chart";
import { dremio } from "../../../tools/sandbox/services/charts/declared/dremio";
import { charts } from "../../../tools/sandbox/services/charts/table";

const all: readonly Chart[] = [...charts, dremio];
const named = (name: string) => all.find((chart) => chart.name === name)!;
const files = (chart: Chart, version = chart.versions[0]!) => chartFiles(chart, version);

/** What the chart's schema finds wrong with values, as paths. */
function faults(name: string, values: object): readonly string[] {
  const schema = JSON.parse(files(named(name))["values.schema.json"]!) as Parameters<
    typeof z.fromJSONSchema
  >[0];
  const result = z.fromJSONSchema(schema).safeParse(values);
  return (result.error?.issues ?? []).map(({ path, code, ...issue }) =>
    [...path, ...("keys" in issue ? issue.keys : [code])].join("."),
  );
}

describe("values of the charts", () => {
  for (const chart of all) {
    it(`of ${chart.name} have defaults that its own schema takes, and no misspelt key`, () => {
      for (const version of chart.versions) {
        const defaults = parse(files(chart, version)["values.yaml"]!) as object;
        assert.deepEqual(faults(chart.name, defaults), []);
        assert.deepEqual(faults(chart.name, { ...defaults, replicsa: 1 }), ["replicsa"]);
      }
    });
  }

  for (const [name, values] of Object.entries({
    grafana: {
      admin: { existingSecret: "grafana-db", passwordKey: "GF_SECURITY_ADMIN_PASSWORD" },
      envFromSecret: "grafana-db",
      nodeSelector: { role: "observability" },
      tolerations: [{ key: "role", value: "observability" }],
      sidecar: { dashboards: { enabled: true, label: "grafana_dashboard" } },
    },
    loki: {
      deploymentMode: "SingleBinary",
      loki: { auth_enabled: false, storage: { type: "filesystem" }, useTestSchema: true },
      singleBinary: { replicas: 1 },
      read: { replicas: 0 },
      gateway: { enabled: false },
      lokiCanary: { enabled: false },
      test: { enabled: false },
    },
    longhorn: {
      persistence: { defaultClass: false },
      csi: { kubeletRootDir: "/var/lib/rancher/k3s/agent/kubelet" },
      preUpgradeChecker: { jobEnabled: false },
    },
    "victoria-metrics-k8s-stack": { fullnameOverride: "vm", grafana: { enabled: false } },
    "tofu-controller": {
      allowCrossNamespaceRefs: true,
      runner: { serviceAccount: { allowedNamespaces: ["flux-system", "grafana"] } },
      awsPackage: { install: false },
    },
    "external-secrets": {
      installCRDs: true,
      createOperator: false,
      webhook: { create: false },
      certController: { create: false },
    },
    airflow: {
      webserverSecretKeySecretName: "airflow-webserver",
      fernetKeySecretName: "airflow-fernet",
      dags: { gitSync: { enabled: true, repo: "https://example.com/dags.git" } },
    },
  })) {
    it(`of ${name} are known as its documents have them`, () => {
      assert.deepEqual(faults(name, values), []);
    });
  }

  for (const [name, values, found] of [
    ["grafana", { admin: { existingsecret: "grafana-db" } }, ["admin.existingsecret"]],
    ["grafana", { replicas: "two" }, ["replicas.invalid_type"]],
    ["longhorn", { csi: { kubeletRoot: "/var" } }, ["csi.kubeletRoot"]],
    ["loki", { deploymentMode: "Single" }, ["deploymentMode.invalid_value"]],
    ["tofu-controller", { allowCrossNamespaceRef: true }, ["allowCrossNamespaceRef"]],
  ] as const) {
    it(`of ${name} are refused: ${JSON.stringify(values)}`, () => {
      assert.deepEqual(faults(name, values), found);
    });
  }
});

describe("files of the charts", () => {
  it("have templates for the objects by which others find them", () => {
    for (const [name, file, text] of [
      ["longhorn", "manager.yaml", '"longhorn-manager"'],
      ["tailscale-operator", "operator.yaml", '"operator"'],
      ["authentik", "server.yaml", '(printf "%s-server" (include "sandbox.fullname" .))'],
      [
        "victoria-metrics-k8s-stack",
        "vmsingle.yaml",
        '(printf "vmsingle-%s" (include "sandbox.fullname" .))',
      ],
      ["promtail", "daemonset.yaml", '"kind" "DaemonSet"'],
    ] as const) {
      assert.ok(files(named(name))[`templates/${file}`]!.includes(text), `${name}/${file}`);
    }
  });

  it("name the objects by which Helm and Flux install the CRDs", () => {
    const crds = (name: string, version?: string) => {
      const chart = named(name);
      const of = chart.versions.find((one) => one.version === version);
      return Object.keys(files(chart, of)).filter((path) => path.includes("crds/"));
    };
    assert.deepEqual(crds("tofu-controller"), ["crds/terraforms.infra.contrib.fluxcd.io.yaml"]);
    const role = "templates/crds/databaseroles.postgresql.cnpg.io.yaml";
    assert.ok(crds("cloudnative-pg", "0.29.0").includes(role));
    assert.ok(!crds("cloudnative-pg", "0.27.1").includes(role));
    for (const chart of all) {
      const names = Object.keys(files(chart)).map((path) => path.split("/").at(-1));
      assert.equal(new Set(names).size, names.length, chart.name);
    }
  });
});
