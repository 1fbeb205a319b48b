import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import type { App } from "../../manifests/app";
import type { KustomizationOptions } from "../../manifests/flux/objects";
import { appWaves } from "../../manifests/layouts/wave-groups";
import { waves, type WavesOptions } from "../../manifests/layouts/waves";

const node = (name: string, ...needs: string[]): KustomizationOptions => ({
  name,
  path: `./${name}`,
  dependsOn: needs.map((need) => ({ name: need })),
});

const names = (running: readonly KustomizationOptions[], together?: readonly (readonly string[])[]) =>
  appWaves(running, together).map(({ members }) => members.map(({ name }) => name));

describe("waves of Kustomizations", () => {
  it("follow from what they depend on", () => {
    const running = [node("c", "b"), node("a"), node("b", "a"), node("d", "a")];
    assert.deepEqual(names(running), [["a"], ["b", "d"], ["c"]]);
    assert.deepEqual(
      appWaves(running).map(({ title }) => title),
      ["Wave 1", "Wave 2: after a", "Wave 3: after b"],
    );
  });

  it("hold a group in the wave of its last one, each after what it waits for", () => {
    const running = [
      node("reader", "store", "base"),
      node("store", "base"),
      node("base"),
      node("later", "store"),
    ];
    assert.deepEqual(names(running, [["reader", "store"]]), [["base"], ["store", "reader"], ["later"]]);
  });

  it("refuse a group with something between its members", () => {
    const running = [node("first"), node("between", "first"), node("last", "between")];
    assert.throws(() => appWaves(running, [["first", "last"]]), {
      message: "Something has to start between two Kustomizations that are one wave: first, last.",
    });
  });

  it("start each one after all that it depends on", () => {
    // Each depends on some of those before it.
    const graph = fc
      .array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 20 })
      .map((needs) =>
        needs.map((of, index) =>
          node(`n${String(index)}`, ...(index === 0 ? [] : of.map((need) => `n${String(need % index)}`))),
        ),
      );
    fc.assert(
      fc.property(graph, (running) => {
        const found = names(running);
        const round = (name: string) => found.findIndex((wave) => wave.includes(name));
        assert.deepEqual(found.flat().sort(), running.map(({ name }) => name).sort());
        for (const { name, dependsOn = [] } of running) {
          for (const need of dependsOn) assert.ok(round(need.name) < round(name), `${need.name} < ${name}`);
        }
      }),
    );
  });
});

const configMap = (name: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "web" },
});

const web: App = {
  name: "web",
  kustomizations: [
    {
      name: "web",
      dependsOn: [{ name: "database" }],
      manifests: { "configmap.yaml": configMap("web") },
      files: { "terraform/sso/web/main.tf": "# HCL\n" },
      patches: [{ target: { kind: "ConfigMap" }, patch: "- {op: add, path: /data, value: {a: b}}\n" }],
    },
  ],
};
const database: App = {
  name: "database",
  kustomizations: [{ name: "database", manifests: { "configmap.yaml": configMap("database") } }],
};

const place = (apps: readonly App[], more: Partial<WavesOptions> = {}) => {
  const cluster = { name: "one", domain: "example.com" };
  const placed = waves({ clusterPath: "flux-clusters/one", cluster, ...more })(apps, [{ from: "store" }]);
  return {
    placed,
    files: Object.assign({}, ...placed.map(({ files }) => files)) as Readonly<Record<string, string>>,
  };
};

describe("the layout of waves", () => {
  it("puts each app's manifests into a base, and a thin wrapper with the cluster's patches over it", () => {
    const { files, placed } = place([web, database]);
    assert.deepEqual(Object.keys(files).sort(), [
      "flux-apps/database/configmap.yaml",
      "flux-apps/database/kustomization.yaml",
      "flux-apps/web/configmap.yaml",
      "flux-apps/web/kustomization.yaml",
      "flux-apps/web/terraform/sso/web/main.tf",
      "flux-clusters/one/apps/apps.yaml",
      "flux-clusters/one/apps/database/kustomization.yaml",
      "flux-clusters/one/apps/web/kustomization.yaml",
      "flux-clusters/one/cluster.yaml",
    ]);
    assert.equal(
      files["flux-clusters/one/apps/web/kustomization.yaml"],
      `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- ../../../../flux-apps/web
patches:
- target:
    kind: ConfigMap
  patch: |
    - {op: add, path: /data, value: {a: b}}
`,
    );
    const entries = placed.flatMap(({ edits }) => edits["flux-clusters/one/kustomization.yaml"] ?? []);
    assert.deepEqual(
      entries.map((entry) => ("list" in entry ? [entry.list, entry.entry] : [])),
      [
        [["resources"], "./cluster.yaml"],
        [["resources"], "./apps/apps.yaml"],
      ],
    );
  });

  it("names every Kustomization in apps.yaml by its wave, with the cluster's texts", () => {
    const { files } = place([web, database]);
    const text = files["flux-clusters/one/apps/apps.yaml"] ?? "";
    assert.deepEqual(text.match(/^# .*$/gm), ["# Wave 1", "# Wave 2: after database"]);
    const [first, second] = parseAllDocuments(text).map((document) => document.toJS() as { spec: object });
    assert.deepEqual(first?.spec, {
      interval: "10m",
      prune: true,
      sourceRef: { kind: "GitRepository", name: "flux-system", namespace: "flux-system" },
      path: "./flux-clusters/one/apps/database",
      postBuild: { substituteFrom: [{ kind: "ConfigMap", name: "cluster" }] },
    });
    assert.deepEqual((second?.spec as { dependsOn: unknown }).dependsOn, [{ name: "database" }]);
  });

  it("writes the cluster's folder alone over bases that another stack keeps", () => {
    const { files } = place([web, database], { sharedBases: true });
    assert.deepEqual(
      Object.keys(files).filter((path) => !path.startsWith("flux-clusters/one/")),
      [],
    );
    assert.deepEqual(
      files["flux-clusters/one/apps/apps.yaml"],
      place([web, database]).files["flux-clusters/one/apps/apps.yaml"],
    );
  });

  it("makes bases that are the same for every cluster", () => {
    const bases = (clusterPath: string) => {
      const { files } = place([web, database], {
        clusterPath,
        cluster: { name: clusterPath, domain: "x.org" },
      });
      return Object.entries(files).filter(([path]) => path.startsWith("flux-apps/"));
    };
    assert.deepEqual(bases("flux-clusters/one"), bases("flux-clusters/deeper/two"));
  });

  it("finds the bases from a folder at any depth", () => {
    const { files } = place([web, database], { clusterPath: "clusters/eu/one" });
    assert.match(
      files["clusters/eu/one/apps/web/kustomization.yaml"] ?? "",
      /^- \.\.\/\.\.\/\.\.\/\.\.\/\.\.\/flux-apps\/web$/m,
    );
  });

  it("keeps what differs by cluster beside the cluster's own files", () => {
    const own: App = {
      name: "own",
      kustomizations: [{ name: "own", perCluster: true, manifests: { "configmap.yaml": configMap("own") } }],
    };
    const { files } = place([own]);
    assert.deepEqual(
      Object.keys(files).filter((path) => path.includes("own")),
      ["flux-clusters/one/apps/own/kustomization.yaml", "flux-clusters/one/apps/own/configmap.yaml"],
    );
  });

  it("takes a parked app out of apps.yaml and leaves its files", () => {
    const { files, placed } = place([{ ...web, parked: true }, database]);
    assert.doesNotMatch(files["flux-clusters/one/apps/apps.yaml"] ?? "", /name: web/);
    assert.ok("flux-apps/web/configmap.yaml" in files);
    assert.deepEqual(
      placed.flatMap(({ kustomizations }) => kustomizations.map(({ name }) => name)),
      ["database"],
    );
  });
});
