import { strict as assert } from "node:assert";
import { parseAllDocuments } from "yaml";
import type { App } from "../../manifests/app";
import { park } from "../../manifests/apps/park";
import { helmService, plainService } from "../../manifests/apps/service";
import { mergeFiles, type Files } from "../../manifests/files";
import { namespace } from "../../manifests/flux/objects";
import { bundle } from "../../manifests/layouts/bundle";
import type { Delivery, PlacedApp } from "../../manifests/layouts/layout";
import { secret } from "../../manifests/secrets/app-secret";
import { value } from "../../manifests/secrets/secret-text";
import { assertGolden } from "../golden";
import { join } from "node:path";

const PATCHED: Delivery = [{ from: "patched" }];
const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "config" } };
const chart = (name: string, repository = "charts") => ({
  name,
  version: "1.2.3",
  repository: { name: repository, url: `https://${repository}.example.com` },
});

/** The recipe of a new service in both forms, and what waits for what. */
const apps: readonly App[] = [
  helmService({ name: "operator", namespace: "operators", chart: chart("operator"), awaited: true }),
  plainService({
    name: "my-app",
    namespace: "my-app",
    after: ["operator"],
    manifests: {
      "secret.yaml": secret("my-secret", "my-app", { key: value("my-key") }),
      "config.yaml": config,
    },
  }),
  helmService({
    name: "my-chart",
    namespace: "my-chart",
    chart: { ...chart("my-chart", "my-repo"), values: { replicaCount: 1 } },
    after: ["operator"],
  }),
  plainService({ name: "system", namespace: "kube-system", manifests: { "config.yaml": config } }),
];

const place = (all: readonly App[]): readonly PlacedApp[] =>
  bundle({ clusterPath: "k3s/flux/clusters/k3s", othersNamespaces: ["kube-system"] })(all, PATCHED);

const filesOf = (parts: readonly PlacedApp[]): Files =>
  mergeFiles(...parts.map(({ files }) => files as Files));

/** Entries by file. */
const entriesOf = (parts: readonly PlacedApp[]): Record<string, unknown[]> => {
  const all: Record<string, unknown[]> = {};
  for (const [path, edits] of parts.flatMap(({ edits }) => Object.entries(edits))) {
    all[path] = [...(all[path] ?? []), ...edits.map((edit) => ("entry" in edit ? edit.entry : edit))];
  }
  return all;
};

const APPS = "k3s/flux/apps/kustomization.yaml";

describe("the layout of a bundle", () => {
  it("puts a file per service beside the bundle's own", () => {
    assertGolden(join(__dirname, "golden", "bundle"), filesOf(place(apps)));
  });

  it("lists the services that run in a file that others edit too, and makes none in the cluster's folder", () => {
    assert.deepEqual(entriesOf(place(apps)), {
      [APPS]: ["namespaces.yaml", "operator.yaml", "my-app.yaml", "my-chart.yaml", "system.yaml"],
    });
    assert.deepEqual(
      Object.keys(filesOf(place(apps))).filter((path) => path.startsWith("k3s/flux/clusters/")),
      ["k3s/flux/clusters/k3s/apps.yaml", "k3s/flux/clusters/k3s/sources.yaml"],
    );
  });

  for (const { name } of apps.slice(1)) {
    it(`parks ${name} by its entry alone`, () => {
      const parts = place(park(apps, [name]));
      assert.deepEqual(filesOf(parts), filesOf(place(apps)));
      const others = apps.filter((app) => app.name !== name).map((app) => `${app.name}.yaml`);
      assert.deepEqual(entriesOf(parts)[APPS], ["namespaces.yaml", ...others]);
      const followed = parts.flatMap(({ kustomizations }) => kustomizations.map((one) => one.name));
      assert.ok(!followed.includes(name));
    });
  }

  it("refuses two sources of one name, and takes one that services share", () => {
    const other = helmService({ name: "other", namespace: "other", chart: chart("other") });
    assert.equal(
      parseAllDocuments(filesOf(place([...apps, other]))["k3s/flux/clusters/k3s/sources.yaml"]!).length,
      2,
    );
    const moved = helmService({
      name: "other",
      namespace: "other",
      chart: { ...chart("other"), repository: { name: "charts", url: "https://elsewhere.example.com" } },
    });
    assert.throws(() => place([...apps, moved]), {
      message: "Two services name different sources HelmRepository charts.",
    });
  });

  it("makes a namespace once: not those of a service's own manifests, nor those of others", () => {
    const own = plainService({
      name: "own",
      namespace: "own",
      manifests: { "namespace.yaml": namespace("own"), "config.yaml": config },
    });
    const text = filesOf(place([...apps, own]))["k3s/flux/apps/namespaces.yaml"]!;
    assert.deepEqual(
      parseAllDocuments(text).map((document) => document.getIn(["metadata", "name"])),
      ["my-app"],
    );
  });

  it("has nothing but the bundle itself without services", () => {
    assert.deepEqual(Object.keys(filesOf(place([]))), ["k3s/flux/clusters/k3s/apps.yaml"]);
    assert.deepEqual(entriesOf(place([])), {});
  });
});

describe("parking", () => {
  it("is refused for a service that isn't there, and while others wait for it; all at once", () => {
    assert.throws(() => park(apps, ["my-ap", "operator"]), {
      message: [
        "There is no service my-ap to park; there are operator, my-app, my-chart, system.",
        "my-app waits for operator, which is parked: park my-app too, or neither of them.",
        "my-chart waits for operator, which is parked: park my-chart too, or neither of them.",
      ].join("\n"),
    });
  });

  it("takes a service with all that wait for it", () => {
    const parked = park(apps, ["operator", "my-app", "my-chart"]);
    assert.deepEqual(
      parked.filter((app) => app.parked === true).map(({ name }) => name),
      ["operator", "my-app", "my-chart"],
    );
  });
});
