import { strict as assert } from "node:assert";
import { parse } from "yaml";
import type { App } from "../../manifests/app";
import { namespace } from "../../manifests/flux/objects";
import { fanOut, folderBeside } from "../../manifests/layouts/fan-out";
import type { Delivery, PlacedApp } from "../../manifests/layouts/layout";
import { secret } from "../../manifests/secrets/app-secret";
import { value } from "../../manifests/secrets/secret-text";

const STORE: Delivery = [{ from: "store" }];

function place(app: App, clusterPath = "k8s/flux-system", delivery = STORE): PlacedApp {
  const [placed] = fanOut({ clusterPath })([app], delivery);
  assert.ok(placed);
  return placed;
}

/** Entries in the root's kustomization.yaml. */
function entries({ edits }: PlacedApp): unknown {
  return Object.entries(edits).map(([path, list]) => [
    path,
    list.map((edit) => ("entry" in edit ? edit.entry : edit)),
  ]);
}

describe("fanOut", () => {
  const web: App = {
    name: "web",
    kustomizations: [
      {
        name: "web",
        manifests: { "namespace.yaml": namespace("web") },
        keep: { "namespace.yaml": [{ path: ["metadata", "labels", "name"] }] },
      },
    ],
  };

  it("puts a sync file beside Flux's, and plain manifests beside Flux's folder", () => {
    const placed = place(web);
    assert.deepEqual(Object.keys(placed.files), ["k8s/flux-system/web-sync.yaml", "k8s/web/namespace.yaml"]);
    assert.deepEqual(Object.keys(placed.keep), ["k8s/web/namespace.yaml"]);
    assert.deepEqual(entries(placed), [["k8s/flux-system/kustomization.yaml", ["web-sync.yaml"]]]);
    assert.deepEqual(parse(placed.files["k8s/flux-system/web-sync.yaml"] as string), {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: "web", namespace: "flux-system" },
      spec: {
        interval: "10m0s",
        path: "./k8s/web",
        prune: true,
        sourceRef: { kind: "GitRepository", name: "flux-system" },
      },
    });
  });

  it("gives each Kustomization of an app a file and a folder, durations as Go writes them", () => {
    const placed = place({
      name: "operator",
      kustomizations: [
        { name: "operator", interval: "1h", manifests: {} },
        { name: "operator-store", dependsOn: [{ name: "operator" }], manifests: {} },
      ],
    });
    assert.deepEqual(entries(placed), [
      ["k8s/flux-system/kustomization.yaml", ["operator-sync.yaml", "operator-store-sync.yaml"]],
    ]);
    assert.match(placed.files["k8s/flux-system/operator-sync.yaml"] as string, /interval: 1h0m0s\n/);
    assert.match(
      placed.files["k8s/flux-system/operator-store-sync.yaml"] as string,
      /dependsOn:\n {2}- name: operator\n/,
    );
    assert.deepEqual(
      placed.kustomizations.map(({ name, path }) => [name, path]),
      [
        ["operator", "./k8s/operator"],
        ["operator-store", "./k8s/operator-store"],
      ],
    );
  });

  it("lets what takes a Secret from the vault wait for the store", () => {
    const taking = secret("web", "web", { PASSWORD: value("web-password") });
    const placed = place({
      name: "web",
      kustomizations: [{ name: "web", manifests: { "secret.yaml": taking, "others.yaml": undefined } }],
    });
    assert.deepEqual(Object.keys(placed.files), [
      "k8s/flux-system/web-sync.yaml",
      "k8s/web/externalsecret.yaml",
    ]);
    assert.deepEqual(placed.kustomizations[0]?.dependsOn, [{ name: "external-secrets-store" }]);
  });

  it("lists an app's own objects of Flux too, with its name in front", () => {
    const placed = place({ ...web, objects: { "source.yaml": namespace("source") } });
    assert.deepEqual(entries(placed), [
      ["k8s/flux-system/kustomization.yaml", ["web-source.yaml", "web-sync.yaml"]],
    ]);
    assert.ok("k8s/flux-system/web-source.yaml" in placed.files);
  });

  it("leaves the entry of a parked app out, and its files where they are", () => {
    const placed = place({ ...web, parked: true });
    assert.deepEqual(placed.files, place(web).files);
    assert.deepEqual([placed.edits, placed.kustomizations], [{}, []]);
  });

  it("takes any folder of Flux's", () => {
    assert.deepEqual(Object.keys(place(web, "./flux/").files), ["flux/web-sync.yaml", "web/namespace.yaml"]);
    assert.equal(folderBeside("./clusters/prod/flux-system/", "web"), "clusters/prod/web");
  });

  it("refuses an app in the folder where Flux lives", () => {
    const flux: App = { name: "own", kustomizations: [{ name: "flux-system", manifests: {} }] };
    assert.throws(() => place(flux), {
      name: "InputError",
      message: "own can't lie in k8s/flux-system, where Flux lives.",
    });
  });
});
