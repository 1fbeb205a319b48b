import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { assertHas } from "../engine/expect";
import { documentsSystem, type DocumentsSystem, route, syncSpec } from "./sites-document";

// The platform's document, field by field. More fields may be there, none of these may differ.
describe("stacks/sites, as the platform's document has it", () => {
  let files: DocumentsSystem["files"];
  let commit: DocumentsSystem["commit"];
  let object: DocumentsSystem["object"];
  const has = (path: string, fields: object): void => {
    assertHas(object(path), fields);
  };
  before(async () => {
    ({ files, commit, object } = await documentsSystem());
  });

  it("has the root in Flux's own folder", () => {
    const [source, root] = parseAllDocuments(files["k8s/flux-system/gotk-sync.yaml"]!)
      .map((document) => document.toJS() as object | null)
      .filter((one) => one !== null);
    assertHas(source, {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "flux-system", namespace: "flux-system" },
      spec: { interval: "1m0s", ref: { branch: "main" }, secretRef: { name: "flux-system" } },
    });
    assertHas(root, {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: "flux-system", namespace: "flux-system" },
      spec: {
        interval: "10m0s",
        path: "./k8s/flux-system",
        prune: true,
        sourceRef: { kind: "GitRepository", name: "flux-system" },
      },
    });
  });

  it("lists Flux's files and a sync file per app in one kustomization.yaml", () => {
    const edits = commit.inputs.edits as Record<string, { list: string[]; entry: string }[]>;
    assert.deepEqual(Object.keys(edits), ["k8s/flux-system/kustomization.yaml"]);
    assert.deepEqual(
      edits["k8s/flux-system/kustomization.yaml"]?.map(({ list, entry }) => [list, entry]),
      [
        "gotk-components.yaml",
        "gotk-sync.yaml",
        "kevinryan-io-sync.yaml",
        "brand-kevinryan-io-sync.yaml",
        "aiimmigrants-com-sync.yaml",
        "specmcp-ai-sync.yaml",
        "sddbook-com-sync.yaml",
        "distributedequity-org-sync.yaml",
        "docs-kevinryan-io-sync.yaml",
        "external-secrets-sync.yaml",
        "external-secrets-store-sync.yaml",
        "umami-sync.yaml",
        "observability-sync.yaml",
      ].map((entry) => [["resources"], entry]),
    );
  });

  const SITES: Readonly<Record<string, readonly string[]>> = {
    "kevinryan-io": ["kevinryan.io", "www.kevinryan.io"],
    "brand-kevinryan-io": ["brand.kevinryan.io"],
    "aiimmigrants-com": ["aiimmigrants.com", "www.aiimmigrants.com"],
    "specmcp-ai": ["specmcp.ai", "www.specmcp.ai"],
    "sddbook-com": ["sddbook.com", "www.sddbook.com"],
    "distributedequity-org": ["distributedequity.org", "www.distributedequity.org"],
    "docs-kevinryan-io": ["docs.kevinryan.io"],
  };
  for (const [name, hosts] of Object.entries(SITES)) {
    it(`has ${name} in four plain files`, () => {
      const folder = `k8s/${name}/`;
      assert.deepEqual(
        Object.keys(files)
          .filter((path) => path.startsWith(folder))
          .sort(),
        ["deployment.yaml", "ingress.yaml", "namespace.yaml", "service.yaml"].map((file) => folder + file),
      );
      has(`${folder}namespace.yaml`, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
      const probe = { httpGet: { path: "/healthz", port: 8080 } };
      has(`${folder}deployment.yaml`, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace: name },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: {
              containers: [
                {
                  name,
                  image: `kevinryanacr.azurecr.io/${name}:08a2c8e`,
                  ports: [{ containerPort: 8080 }],
                  livenessProbe: { ...probe, initialDelaySeconds: 5, periodSeconds: 10 },
                  readinessProbe: { ...probe, initialDelaySeconds: 3, periodSeconds: 5 },
                  resources: {
                    requests: { cpu: "10m", memory: "16Mi" },
                    limits: { cpu: "100m", memory: "64Mi" },
                  },
                },
              ],
            },
          },
        },
      });
      has(`${folder}service.yaml`, {
        metadata: { name, namespace: name },
        spec: { type: "ClusterIP", selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
      });
      has(`${folder}ingress.yaml`, route(name, name, hosts));
      assert.deepEqual(
        (object(`k8s/flux-system/${name}-sync.yaml`) as { spec: object }).spec,
        syncSpec(name),
      );
      const keep = commit.inputs.keep as Record<string, unknown>;
      assert.deepEqual(keep[`${folder}deployment.yaml`], [
        { path: ["spec", "template", "spec", "containers", { name }, "image"] },
      ]);
    });
  }

  it("waits as the table says", () => {
    const order = {
      "external-secrets-store": ["external-secrets"],
      umami: ["external-secrets-store"],
      observability: ["external-secrets-store"],
    };
    for (const [name, after] of Object.entries(order)) {
      has(`k8s/flux-system/${name}-sync.yaml`, {
        spec: { ...syncSpec(name), dependsOn: after.map((other) => ({ name: other })) },
      });
    }
    // The operator counts as there when it runs, not when its HelmRelease is written.
    has("k8s/flux-system/external-secrets-sync.yaml", {
      spec: { ...syncSpec("external-secrets"), wait: true },
    });
  });

  it("has the operator and the store of the vault", () => {
    has("k8s/external-secrets/helmrelease.yaml", {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      metadata: { name: "external-secrets", namespace: "external-secrets" },
      spec: {
        interval: "1h",
        chart: {
          spec: {
            chart: "external-secrets",
            version: ">=2.0.0 <3.0.0",
            sourceRef: { kind: "HelmRepository", name: "external-secrets" },
          },
        },
        install: { remediation: { retries: 5 } },
        upgrade: { remediation: { retries: 5 } },
        values: { installCRDs: true },
      },
    });
    has("k8s/external-secrets/helmrepository.yaml", { metadata: { namespace: "external-secrets" } });
    assert.deepEqual(object("k8s/external-secrets-store/clustersecretstore.yaml"), {
      apiVersion: "external-secrets.io/v1",
      kind: "ClusterSecretStore",
      metadata: { name: "azure-keyvault" },
      spec: {
        provider: {
          azurekv: {
            authType: "ManagedIdentity",
            vaultUrl: "https://kv-kevinryan-io.vault.azure.net/",
          },
        },
      },
    });
  });
});
