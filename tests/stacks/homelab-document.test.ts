import { strict as assert } from "node:assert";
import { parseAllDocuments } from "yaml";
import type { Files } from "../../manifests/files";
import { commitOf, entries, useHomelab } from "./homelab-run";

/** An object of a file. */
interface Live {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

describe("stacks/homelab", () => {
  const { outputsAndResources } = useHomelab();

  describe("has what the document says of", () => {
    let files: Files;
    let listed: string[];
    before(async () => {
      const [, resources] = await outputsAndResources();
      files = commitOf(resources).files;
      listed = entries(resources);
    });

    const objects = (path: string): Live[] =>
      parseAllDocuments(files[path] ?? "").map((document) => document.toJS() as Live);
    const object = (path: string, kind: string): Live =>
      objects(path).find((one) => one.kind === kind) ?? assert.fail(`${path} has no ${kind}`);

    it("the repository's layout", () => {
      const names = [
        "namespaces",
        "cert-manager",
        "cert-manager-config",
        "cnpg-operator",
        "longhorn-operator",
        "longhorn-config",
        "tailscale-operator",
        "tailscale-config",
        "authentik",
        "authentik-config",
        "traefik-config",
        "cloudflared",
        "metallb-config",
        "stalwart",
        "mcp-proxmox",
        "kube-prometheus-stack",
        "reloader",
      ];
      assert.deepEqual([...listed].sort(), names.map((name) => `${name}.yaml`).sort());
      for (const name of names) assert.ok(`k3s/flux/apps/${name}.yaml` in files, name);
      const root = Object.keys(files).filter((path) => path.startsWith("k3s/flux/clusters/k3s/"));
      assert.deepEqual(root.sort(), [
        "k3s/flux/clusters/k3s/apps.yaml",
        "k3s/flux/clusters/k3s/flux-system/gotk-sync.yaml",
        "k3s/flux/clusters/k3s/sources.yaml",
      ]);
    });

    it("the bundle: apps.yaml reconciles everything under k3s/flux/apps", () => {
      const { metadata, spec } = object("k3s/flux/clusters/k3s/apps.yaml", "Kustomization");
      assert.deepEqual(metadata, { name: "apps", namespace: "flux-system" });
      assert.equal(spec.path, "./k3s/flux/apps");
      assert.equal(spec.prune, true);
    });

    it("the sync: branch main, every minute, the bootstrap's path", () => {
      const path = "k3s/flux/clusters/k3s/flux-system/gotk-sync.yaml";
      assert.equal(object(path, "GitRepository").spec.interval, "1m0s");
      assert.deepEqual(object(path, "GitRepository").spec.ref, { branch: "main" });
      assert.equal(object(path, "Kustomization").spec.path, "./k3s/flux/clusters/k3s");
    });

    /** Service → namespace, and what it waits for. */
    const plain: Readonly<Record<string, readonly [string, ...string[]]>> = {
      "cert-manager-config": ["cert-manager", "cert-manager"],
      "longhorn-config": ["longhorn-system", "longhorn-operator"],
      "tailscale-config": ["tailscale", "tailscale-operator"],
      "authentik-config": ["authentik", "cnpg-operator"],
      "traefik-config": ["kube-system"],
      cloudflared: ["cloudflared"],
      "metallb-config": ["metallb-system"],
      stalwart: ["stalwart", "cnpg-operator"],
      "mcp-proxmox": ["mcp-proxmox"],
    };
    for (const [name, [namespace, ...after]] of Object.entries(plain)) {
      it(`the plain service ${name}`, () => {
        const found = object(`k3s/flux/apps/${name}.yaml`, "Kustomization");
        assert.equal(found.apiVersion, "kustomize.toolkit.fluxcd.io/v1");
        assert.deepEqual(found.metadata, { name, namespace: "flux-system" });
        assert.deepEqual(found.spec, {
          interval: "10m",
          retryInterval: "2m",
          timeout: "5m",
          prune: true,
          wait: false,
          sourceRef: { kind: "GitRepository", name: "flux-system" },
          path: `./k3s/manifests/${name}`,
          targetNamespace: namespace,
          ...(after.length > 0 && { dependsOn: after.map((other) => ({ name: other })) }),
        });
        assert.ok(`k3s/manifests/${name}/kustomization.yaml` in files);
      });
    }

    /** Service → namespace, chart, version, address of its repository. */
    const helm: Readonly<Record<string, readonly [string, string, string, string]>> = {
      "cert-manager": ["cert-manager", "cert-manager", "v1.17.2", "https://charts.jetstack.io"],
      "cnpg-operator": ["cnpg-system", "cloudnative-pg", "0.27.1", "https://cloudnative-pg.github.io/charts"],
      "longhorn-operator": ["longhorn-system", "longhorn", "1.7.2", "https://charts.longhorn.io"],
      "tailscale-operator": [
        "tailscale",
        "tailscale-operator",
        "1.94.2",
        "https://pkgs.tailscale.com/helmcharts",
      ],
      authentik: ["authentik", "authentik", "2026.2.2", "https://charts.goauthentik.io"],
      "kube-prometheus-stack": [
        "monitoring",
        "kube-prometheus-stack",
        "69.8.2",
        "https://prometheus-community.github.io/helm-charts",
      ],
      reloader: ["reloader", "reloader", "2.2.14", "https://stakater.github.io/stakater-charts"],
    };
    for (const [name, [namespace, chart, version, url]] of Object.entries(helm)) {
      it(`the Helm service ${name}`, () => {
        const { apiVersion, metadata, spec } = object(`k3s/flux/apps/${name}.yaml`, "HelmRelease");
        assert.equal(apiVersion, "helm.toolkit.fluxcd.io/v2");
        assert.deepEqual(metadata, { name, namespace: "flux-system" });
        assert.equal(spec.interval, "30m");
        assert.equal(spec.releaseName, name);
        assert.equal(spec.targetNamespace, namespace);
        const retried = { crds: "CreateReplace", remediation: { retries: 3 } };
        assert.deepEqual(spec.install, { createNamespace: true, ...retried });
        assert.deepEqual(spec.upgrade, retried);
        const { chart: template } = spec as {
          chart: { spec: { sourceRef: { name: string }; chart: string; version: string } };
        };
        const { sourceRef, ...rest } = template.spec;
        assert.deepEqual(rest, { chart, version });
        assert.deepEqual(sourceRef, {
          kind: "HelmRepository",
          name: sourceRef.name,
          namespace: "flux-system",
        });
        const sources = objects("k3s/flux/clusters/k3s/sources.yaml");
        const source = sources.find((one) => one.metadata.name === sourceRef.name)!;
        assert.deepEqual([source.kind, source.metadata.namespace], ["HelmRepository", "flux-system"]);
        assert.equal(source.spec.url, url);
      });
    }

    it("what its charts are told", () => {
      const values = (name: string) => object(`k3s/flux/apps/${name}.yaml`, "HelmRelease").spec.values;
      assert.deepEqual(values("longhorn-operator"), {
        persistence: { defaultClass: false },
        csi: { kubeletRootDir: "/var/lib/rancher/k3s/agent/kubelet" },
        preUpgradeChecker: { jobEnabled: false },
      });
      const text = JSON.stringify(values("authentik"));
      for (const part of ["authentik-db-rw", "authentik-db-app", "authentik-credentials"]) {
        assert.ok(text.includes(part), part);
      }
      const { dependsOn } = object("k3s/flux/apps/authentik.yaml", "HelmRelease").spec;
      assert.deepEqual(dependsOn, [{ name: "cnpg-operator" }]);
    });

    it("the order: who is waited for by name is a Kustomization, Ready when its release is", () => {
      for (const name of ["cert-manager", "cnpg-operator", "longhorn-operator", "tailscale-operator"]) {
        const { spec } = object(`k3s/flux/apps/${name}.yaml`, "Kustomization");
        assert.deepEqual(spec.healthChecks, [
          { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", name, namespace: "flux-system" },
        ]);
        // With `wait` the checks would be ignored.
        assert.equal(spec.wait, false);
        assert.ok(`k3s/manifests/${name}/namespace.yaml` in files);
      }
    });

    it("the namespaces of plain services", () => {
      const names = objects("k3s/flux/apps/namespaces.yaml").map(({ metadata }) => metadata.name);
      assert.deepEqual(names, ["authentik", "cloudflared", "mcp-proxmox", "stalwart"]);
    });

    /** The table of patched Secrets: path of the placeholder, namespace, name, keys. */
    const patched: readonly (readonly [string, string, string, readonly string[]])[] = [
      [
        "authentik-config/secret.yaml",
        "authentik",
        "authentik-credentials",
        ["secret-key", "bootstrap-password"],
      ],
      [
        "cloudflared/secret-cloudflared-tunnel-credentials.yaml",
        "cloudflared",
        "cloudflared-tunnel-credentials",
        ["token"],
      ],
      [
        "mcp-proxmox/secret.yaml",
        "mcp-proxmox",
        "mcp-proxmox-secrets",
        ["PROXMOX_URL", "PROXMOX_TOKEN_ID", "PROXMOX_TOKEN_SECRET"],
      ],
      ["stalwart/secret.yaml", "stalwart", "stalwart-secrets", ["admin-password", "resend-api-key"]],
      ["tailscale-operator/secret.yaml", "tailscale", "operator-oauth", ["client_id", "client_secret"]],
    ];
    for (const [path, namespace, name, keys] of patched) {
      it(`the patched Secret ${namespace}/${name}`, () => {
        const { metadata, stringData } = object(`k3s/manifests/${path}`, "Secret");
        assert.deepEqual(metadata, {
          name,
          namespace,
          annotations: { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" },
        });
        assert.deepEqual(stringData, Object.fromEntries(keys.map((key) => [key, "REPLACE_ME"])));
      });
    }

    it("no other Secret", () => {
      const paths = Object.keys(files).filter((path) => objects(path).some(({ kind }) => kind === "Secret"));
      assert.deepEqual(paths.sort(), patched.map(([path]) => `k3s/manifests/${path}`).sort());
    });

    it("stalwart, metallb and traefik", () => {
      const { spec } = object("k3s/manifests/stalwart/deployment.yaml", "Deployment");
      assert.match(JSON.stringify(spec), /"stalwartlabs\/stalwart:v0\.16\.17"/);
      for (const [file, kind] of [
        ["ipaddresspool", "IPAddressPool"],
        ["l2advertisement", "L2Advertisement"],
      ] as const) {
        const { apiVersion } = object(`k3s/manifests/metallb-config/${file}.yaml`, kind);
        assert.equal(apiVersion, "metallb.io/v1beta1");
      }
      const config = object("k3s/manifests/traefik-config/helmchartconfig.yaml", "HelmChartConfig");
      assert.equal(config.metadata.namespace, "kube-system");
    });
  });
});
