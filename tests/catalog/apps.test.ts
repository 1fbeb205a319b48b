import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { chartFiles } from "../../tools/sandbox/services/charts/chart";
import { dremio } from "../../tools/sandbox/services/charts/declared/dremio";
import { charts } from "../../tools/sandbox/services/charts/table";
import { assertGolden } from "../golden";
import { CLUSTER, objectsIn, place, rendered, type Rendered } from "./apps";

interface Release {
  readonly chart?: { readonly spec: { readonly chart: string; readonly version: string } };
  readonly chartRef?: { readonly name: string };
  readonly values?: object;
  readonly dependsOn?: readonly { readonly name: string; readonly namespace?: string }[];
}

interface TerraformSpec {
  readonly path: string;
  readonly sourceRef: object;
  readonly varsFrom?: readonly { readonly name: string; readonly varsKeys: readonly string[] }[];
  readonly dependsOn?: readonly { readonly name: string; readonly namespace: string }[];
}

const ofKind = (kind: string, folder = "flux-apps") =>
  objectsIn(folder).filter((object) => object.kind === kind);

describe("the apps in waves", () => {
  it("render to just these files", () => {
    assertGolden(join(__dirname, "golden", "apps"), rendered());
  });

  it("have the waves and dependencies of the document's table", () => {
    const table: readonly (readonly [apps: readonly string[], needs: readonly string[]])[] = [
      [["tofu-controller", "external-secrets-crds", "vault", "airflow", "dremio"], []],
      [["external-secrets-config"], ["vault", "external-secrets-crds"]],
      [["cloudnative-pg"], ["external-secrets-config", "tofu-controller"]],
      [
        ["authentik", "forgejo"],
        ["cloudnative-pg", "external-secrets-config"],
      ],
      [
        ["clickhouse", "clickstack", "grafana"],
        ["cloudnative-pg", "clickhouse", "external-secrets-config"],
      ],
    ];
    const text = rendered()[`${CLUSTER}/apps/apps.yaml`] ?? "";
    const found = text.split(/^# Wave \d+.*$/m).slice(1);
    assert.equal(found.length, table.length);
    for (const [index, [apps, needs]] of table.entries()) {
      const objects = found[index]!.split(/^---$/m)
        .map(
          (part) =>
            parse(part) as { metadata: { name: string }; spec: { dependsOn?: { name: string }[] } } | null,
        )
        .filter((object) => object !== null);
      assert.deepEqual(objects.map(({ metadata }) => metadata.name).sort(), [...apps].sort());
      for (const { metadata, spec } of objects) {
        // The table has ClickHouse wait for itself.
        const expected = needs.filter((need) => need !== "clickhouse" || metadata.name !== "clickhouse");
        assert.deepEqual(
          (spec.dependsOn ?? []).map(({ name }) => name).sort(),
          [...expected].sort(),
          metadata.name,
        );
      }
    }
  });

  it("are thin wrappers over bases of the repository", () => {
    const files = rendered();
    for (const { name } of place().flatMap(({ kustomizations }) => kustomizations)) {
      assert.deepEqual(parse(files[`${CLUSTER}/apps/${name}/kustomization.yaml`] ?? ""), {
        apiVersion: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        resources: [`../../../../flux-apps/${name}`],
      });
      assert.ok(`flux-apps/${name}/kustomization.yaml` in files, name);
    }
  });

  it("let tofu-controller refer across namespaces, and its runners reach the sources", () => {
    const [release] = ofKind("HelmRelease", "flux-apps/tofu-controller");
    const { values } = release!.spec as { values: { allowCrossNamespaceRefs: boolean; runner: object } };
    assert.equal(values.allowCrossNamespaceRefs, true);
    const [policy] = ofKind("NetworkPolicy");
    const { podSelector, ingress } = policy!.spec as { podSelector: object; ingress: { ports: object[] }[] };
    assert.deepEqual(podSelector, { matchLabels: { app: "source-controller" } });
    assert.deepEqual(ingress[0]?.ports, [{ protocol: "TCP", port: 9090 }]);
    const runners = new Set(ofKind("Terraform").map(({ metadata }) => metadata.namespace));
    assert.deepEqual(values.runner, {
      serviceAccount: {
        create: true,
        name: "tf-runner",
        allowedNamespaces: ["flux-system", ...runners]
          .filter((name, at, all) => all.indexOf(name) === at)
          .sort(byCatalog),
      },
    });
  });

  it("have a Terraform object for Vault, each database's user and each client of authentik", () => {
    const paths = ofKind("Terraform").map((object) => {
      const { path, sourceRef } = object.spec as TerraformSpec;
      assert.deepEqual(sourceRef, { kind: "GitRepository", name: "flux-system", namespace: "flux-system" });
      return path;
    });
    assert.deepEqual(paths.map((path) => path.replace(/^.*\/terraform\//, "")).sort(), [
      "credentials/authentik",
      "credentials/forgejo",
      "credentials/grafana",
      "databases/authentik",
      "databases/clickhouse",
      "databases/forgejo",
      "databases/grafana",
      "sso/forgejo",
      "sso/grafana",
      "vault",
    ]);
    const files = rendered();
    for (const path of paths) assert.ok(`${path.slice(2)}/main.tf` in files, path);
  });

  it("refer to modules, Terraform objects and Secrets that are there", () => {
    const files = rendered();
    for (const [path, text] of Object.entries(files).filter(([name]) => name.endsWith(".tf"))) {
      for (const [, source = ""] of text.matchAll(/source\s+= "(\.\.\/[^"]+)"/g)) {
        assert.ok(`${join(path, "..", source)}/main.tf` in files, `${path}: ${source}`);
      }
    }
    const key = ({ metadata }: Rendered) => `${metadata.namespace ?? ""}/${metadata.name}`;
    const terraforms = new Set(ofKind("Terraform").map(key));
    const secrets = new Set([...ofKind("ExternalSecret").map(key), "flux-system/vault-admin"]);
    for (const object of ofKind("Terraform")) {
      const { dependsOn = [], varsFrom = [] } = object.spec as TerraformSpec;
      for (const { name, namespace } of dependsOn) assert.ok(terraforms.has(`${namespace}/${name}`));
      for (const { name } of varsFrom)
        assert.ok(secrets.has(`${object.metadata.namespace ?? ""}/${name}`), name);
    }
    const releases = new Set(ofKind("HelmRelease").map(key));
    for (const object of ofKind("HelmRelease")) {
      for (const { name, namespace = object.metadata.namespace ?? "" } of (object.spec as Release)
        .dependsOn ?? []) {
        assert.ok(releases.has(`${namespace}/${name}`), `${namespace}/${name}`);
      }
    }
  });

  it("take their secrets from Vault, the clients' from sso/<app>", () => {
    for (const object of ofKind("ExternalSecret")) {
      const { secretStoreRef } = object.spec as { secretStoreRef: object };
      assert.deepEqual(secretStoreRef, { kind: "ClusterSecretStore", name: "vault" });
    }
    const [oauth] = objectsIn("flux-apps/forgejo/externalsecret-oauth.yaml");
    assert.deepEqual((oauth!.spec as { data: object }).data, [
      { secretKey: "key", remoteRef: { key: "sso/forgejo", property: "client_id" } },
      { secretKey: "secret", remoteRef: { key: "sso/forgejo", property: "client_secret" } },
    ]);
    const [store] = ofKind("ClusterSecretStore");
    assert.deepEqual(store?.spec, {
      provider: {
        vault: {
          server: "http://vault.vault.svc.cluster.local:8200",
          path: "kv",
          version: "v2",
          auth: {
            kubernetes: {
              mountPath: "kubernetes",
              role: "external-secrets",
              serviceAccountRef: { name: "external-secrets", namespace: "external-secrets" },
            },
          },
        },
      },
    });
  });

  it("have a database and its user for each app, in the form that CloudNativePG reads", () => {
    const objects = objectsIn("flux-apps/cloudnative-pg");
    for (const app of ["authentik", "forgejo", "grafana"]) {
      const role = objects.find(({ kind, metadata }) => kind === "DatabaseRole" && metadata.name === app);
      assert.deepEqual(role?.spec, {
        cluster: { name: "postgres" },
        name: app,
        login: true,
        passwordSecret: { name: `${app}-database` },
        databaseRoleReclaimPolicy: "retain",
      });
      const secret = objects.find(
        ({ kind, metadata }) => kind === "ExternalSecret" && metadata.name === `${app}-database`,
      );
      assert.deepEqual((secret!.spec as { target: object }).target, {
        name: `${app}-database`,
        template: { type: "kubernetes.io/basic-auth" },
      });
      const database = objects.find(({ kind, metadata }) => kind === "Database" && metadata.name === app);
      assert.equal((database!.spec as { owner: string }).owner, app);
    }
  });

  it("order what needs an operator's kinds by their HelmReleases", () => {
    const needs = (folder: string, name: string) => {
      const release = ofKind("HelmRelease", folder).find(({ metadata }) => metadata.name === name);
      return (release!.spec as Release).dependsOn;
    };
    assert.deepEqual(needs("flux-apps/clickstack", "clickstack"), [{ name: "clickstack-operators" }]);
    assert.deepEqual(needs("flux-apps/cloudnative-pg", "databases"), [{ name: "cloudnative-pg" }]);
    assert.deepEqual(needs("flux-apps/clickhouse", "installation"), [
      { name: "altinity-clickhouse-operator" },
    ]);
    assert.deepEqual(needs("flux-apps/vault", "vault"), [
      { name: "tofu-controller", namespace: "flux-system" },
    ]);
  });

  it("set only values that the charts document", () => {
    const known = new Map([...charts, dremio].map((chart) => [chart.name, chart]));
    const names = new Map([
      ["external-secrets-crds", "external-secrets"],
      ["./charts/dremio_v2", "dremio"],
    ]);
    for (const object of ofKind("HelmRelease")) {
      const { chart, chartRef, values = {} } = object.spec as Release;
      const name = chart?.spec.chart ?? chartRef?.name ?? "";
      if (name.startsWith("./flux-apps/")) continue;
      const declared = known.get(names.get(name) ?? name);
      assert.ok(declared, name);
      const version =
        declared.versions.find((one) => one.version === chart?.spec.version) ?? declared.versions[0]!;
      const schema = JSON.parse(chartFiles(declared, version)["values.schema.json"]!) as Parameters<
        typeof z.fromJSONSchema
      >[0];
      assert.deepEqual(z.fromJSONSchema(schema).safeParse(values).error?.issues, undefined, name);
    }
  });

  it("name in bases no text but those of cluster.yaml", () => {
    const files = rendered();
    const [cluster] = objectsIn(`${CLUSTER}/cluster.yaml`, files);
    const keys = Object.keys((cluster as unknown as { data: object }).data);
    for (const [path, text] of Object.entries(files).filter(([name]) =>
      /^flux-apps\/[^/]+\/[^/]+\.yaml$/.test(name),
    )) {
      for (const [, name = ""] of text.matchAll(/\$\{([^}]*)\}/g))
        assert.ok(keys.includes(name), `${path}: ${name}`);
    }
  });
});

const order = ["flux-system", "cloudnative-pg", "authentik", "forgejo", "clickhouse", "grafana"];
const byCatalog = (one = "", other = "") => order.indexOf(one) - order.indexOf(other);
