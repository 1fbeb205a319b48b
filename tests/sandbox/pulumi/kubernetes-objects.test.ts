import { strict as assert } from "node:assert";
import type { KubernetesObject } from "../../../tools/sandbox/pulumi/kubernetes-client";
import {
  diffObjects,
  liveInputs,
  outputsOf,
  timeoutSeconds,
  typeOf,
  waitingFor,
  wireObject,
  withName,
} from "../../../tools/sandbox/pulumi/kubernetes-objects";
import { resources } from "../../../tools/sandbox/pulumi/kubernetes";

const secret = (fields: object): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "db", namespace: "calcom" },
  ...fields,
});
const fixed = { configMaps: false, secrets: false };
const mutable = { configMaps: true, secrets: true };

describe("kubernetes objects", () => {
  it("reads type tokens", () => {
    assert.deepEqual(typeOf("kubernetes:core/v1:Secret"), { apiVersion: "v1", kind: "Secret" });
    assert.deepEqual(typeOf("kubernetes:apps/v1:Deployment"), { apiVersion: "apps/v1", kind: "Deployment" });
    const flux = "kustomize.toolkit.fluxcd.io/v1";
    assert.deepEqual(typeOf(`kubernetes:${flux}:Kustomization`), { apiVersion: flux, kind: "Kustomization" });
    for (const token of ["kubernetes:helm.sh/v3:Release", "kubernetes:core/v1:SecretPatch"]) {
      assert.throws(() => resources(token), /it knows objects of the API server/);
    }
  });

  it("names what has no name, and keeps that name", () => {
    const first = withName({ kind: "ConfigMap", data: {} }, undefined, "Settings");
    assert.match(first.metadata.name ?? "", /^Settings-[0-9a-f]{8}$/);
    const again = withName({ kind: "ConfigMap", data: { a: "1" } }, first, "Settings");
    assert.equal(again.metadata.name, first.metadata.name);
    assert.equal(withName({ metadata: { name: "mine" } }, first, "Settings").metadata.name, "mine");
  });

  it("replaces on another name, place, type or data, and updates the rest", () => {
    const olds = secret({ type: "Opaque", stringData: { a: "1" } });
    const labelled = { ...olds, metadata: { ...olds.metadata, labels: { a: "b" } } };
    assert.deepEqual(diffObjects(olds, labelled, fixed), {
      changes: true,
      replaces: [],
      deleteBeforeReplace: false,
    });
    const changed = secret({ type: "Opaque", stringData: { a: "2" } });
    assert.deepEqual(diffObjects(olds, changed, fixed).replaces, ["stringData"]);
    assert.equal(diffObjects(olds, changed, fixed).deleteBeforeReplace, true);
    assert.deepEqual(diffObjects(olds, changed, mutable).replaces, []);
    assert.deepEqual(diffObjects({ ...olds, immutable: true }, changed, mutable).replaces, ["stringData"]);
    assert.deepEqual(diffObjects(olds, { ...olds, type: "x/y" }, mutable).replaces, ["type"]);
    const moved = diffObjects(olds, { ...olds, metadata: { name: "other", namespace: "calcom" } }, fixed);
    assert.deepEqual([moved.replaces, moved.deleteBeforeReplace], [["metadata"], false]);
  });

  it("sends stringData as data", () => {
    assert.deepEqual(
      wireObject(secret({ data: { b: "Qg==" }, stringData: { a: "ä" } })),
      secret({
        data: { b: "Qg==", a: "w6Q=" },
      }),
    );
  });

  it("shows drift in the words of the inputs", () => {
    const inputs = secret({ stringData: { a: "1", gone: "2" }, data: { b: "Qg==" } });
    const live = secret({ data: { a: "SEFDSw==", b: "Qw==", others: "RA==" }, type: "Opaque" });
    assert.deepEqual(liveInputs(inputs, live), secret({ stringData: { a: "HACK" }, data: { b: "Qw==" } }));
  });

  it("keeps the API server's bookkeeping out of the state", () => {
    const live = secret({ data: {}, metadata: { name: "db", uid: "1", managedFields: [{}] } });
    assert.deepEqual(outputsOf(live, { stringData: { a: "1" } }), {
      ...secret({ data: {}, stringData: { a: "1" } }),
      metadata: { name: "db", uid: "1" },
    });
  });

  it("waits for what has to come", () => {
    const object = (
      apiVersion: string,
      kind: string,
      status: unknown,
      annotations = {},
    ): KubernetesObject => ({
      ...{ apiVersion, kind, status },
      metadata: { name: "x", generation: 2, annotations },
    });
    const available = [{ type: "Available", status: "True" }];
    const apps = (status: unknown, annotations = {}) => object("apps/v1", "Deployment", status, annotations);
    assert.equal(waitingFor(apps({ observedGeneration: 2, conditions: available })), undefined);
    assert.match(waitingFor(apps({ observedGeneration: 1, conditions: available })) ?? "", /its controller/);
    const starting = [{ type: "Available", status: "False", reason: "MinimumReplicasUnavailable" }];
    assert.equal(
      waitingFor(apps({ conditions: starting })),
      "condition Available: MinimumReplicasUnavailable",
    );
    assert.equal(waitingFor(apps({}, { "pulumi.com/skipAwait": "true" })), undefined);
    assert.equal(waitingFor(object("v1", "Namespace", { phase: "Terminating" })), "phase Active");
    assert.equal(waitingFor(object("v1", "ConfigMap", undefined)), undefined);
    assert.equal(timeoutSeconds(apps({}, { "pulumi.com/timeoutSeconds": "30" })), 30);
    assert.equal(timeoutSeconds(apps({})), 600);
  });
});
