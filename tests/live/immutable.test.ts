import { strict as assert } from "node:assert";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { immutableChanges, quantity } from "../../provider/live/immutable";
import { wayThrough } from "../../provider/live/ways-through";

const object = (kind: string, more: object): LiveObject => ({
  apiVersion: "x/v1",
  kind,
  metadata: { name: "app", namespace: "ns" },
  ...more,
});
const selector = (app: string) => ({ spec: { selector: { matchLabels: { app } } } });
const claim = (storage: string) => ({ spec: { resources: { requests: { storage } } } });
const template = (...storages: string[]) => ({
  spec: {
    volumeClaimTemplates: storages.map((size, index) => ({
      metadata: { name: `v${String(index)}` },
      ...claim(size),
    })),
  },
});

describe("fields that can't be changed", () => {
  const table: readonly [string, object, object, readonly string[], RegExp?][] = [
    [
      "StatefulSet",
      template("5Gi"),
      template("10Gi"),
      ["spec.volumeClaimTemplates"],
      /kubectl patch pvc v0-app-0 -n ns/,
    ],
    [
      "StatefulSet",
      template("5Gi"),
      template("1Gi"),
      ["spec.volumeClaimTemplates"],
      /--cascade=orphan && pulumi up$/,
    ],
    ["StatefulSet", template("5Gi"), template("5Gi", "1Gi"), ["spec.volumeClaimTemplates"]],
    ["StatefulSet", template("5Gi"), template("5120Mi"), []],
    ["StatefulSet", { spec: { serviceName: "a" } }, { spec: { serviceName: "b" } }, ["spec.serviceName"]],
    [
      "StatefulSet",
      selector("a"),
      selector("b"),
      ["spec.selector"],
      /its pods stop until then, its volumes stay/,
    ],
    ["StatefulSet", { spec: { replicas: 1 } }, { spec: { replicas: 3 } }, []],
    ["Deployment", selector("a"), selector("b"), ["spec.selector"], /its pods stop until then/],
    ["Deployment", selector("a"), selector("a"), []],
    [
      "Job",
      { spec: { template: { a: 1 } } },
      { spec: { template: { a: 2 } } },
      ["spec.template"],
      /runs once more/,
    ],
    ["Service", { spec: { clusterIP: "10.0.0.1" } }, { spec: { clusterIP: "None" } }, ["spec.clusterIP"]],
    ["Service", { spec: { clusterIP: "10.0.0.1" } }, { spec: {} }, []],
    ["PersistentVolumeClaim", claim("5Gi"), claim("10Gi"), []],
    [
      "PersistentVolumeClaim",
      claim("5Gi"),
      claim("4Gi"),
      ["spec.resources.requests.storage"],
      /another name/,
    ],
    ["Secret", { type: "Opaque" }, { type: "kubernetes.io/tls" }, ["type"]],
    ["Secret", { immutable: true, data: { a: "1" } }, { immutable: true, data: { a: "2" } }, ["data"]],
    ["ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, []],
    ["ConfigMap", { immutable: true, data: {} }, { data: {} }, ["immutable"]],
    ["RoleBinding", { roleRef: { name: "a" } }, { roleRef: { name: "b" } }, ["roleRef"]],
    ["Widget", { spec: { a: 1 } }, { spec: { a: 2 } }, []],
  ];
  for (const [kind, before, after, fields, advice] of table) {
    it(`of a ${kind}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`, () => {
      const changes = immutableChanges(object(kind, before), object(kind, after));
      assert.deepEqual(
        changes.map(({ field }) => field),
        fields,
      );
      if (advice !== undefined) assert.match(wayThrough(object(kind, after), changes), advice);
    });
  }

  it("reads quantities", () => {
    const values = ["1", "1k", "1Ki", "1.5Gi", "100m", "2G"].map(quantity);
    assert.deepEqual(values, [1, 1000, 1024, 1.5 * 1024 ** 3, 0.1, 2e9]);
    assert.ok(Number.isNaN(quantity("much")) && Number.isNaN(quantity(undefined)));
  });
});
