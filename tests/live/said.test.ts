import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { LiveObject, Metadata } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { isKept } from "../../provider/live/forecast";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

const GROUP = "kustomize.toolkit.fluxcd.io";
const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } };
const config = (metadata: Metadata = {}): LiveObject => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "web", ...metadata } },
});
const told = (word: string, value: string, where: "labels" | "annotations" = "annotations"): Metadata => ({
  [where]: { [`${GROUP}/${word}`]: value },
});
const THEIRS: Metadata = { managedFields: [{ manager: "kubectl" }] };

/** fluxcd/pkg ssa: `shouldSkipApply`, `Delete` and `AnyInMetadata`. */
describe("what an object tells kustomize-controller", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });

  /** Looks at the object where the API server refuses it, and it is somebody else's when it is there. */
  const look = async (object: LiveObject, live?: LiveObject): Promise<void> => {
    cluster = await FakeCluster.start(namespace, ...(live === undefined ? [] : [live]));
    cluster.refuse = ({ kind }) => (kind === "ConfigMap" ? [422, "data: Invalid value"] : undefined);
    const after = stringify(object);
    await examine(
      testContext(),
      { kubeconfig: cluster.kubeconfig, kustomizations: [] },
      { changed: [{ path: "a.yaml", after }], files: { "a.yaml": after } },
      false,
    );
  };
  const theirs = config(THEIRS);

  const applied: readonly [string, LiveObject, LiveObject | undefined][] = [
    ["ssa: Merge", config(told("ssa", "Merge")), undefined],
    ["ssa: Override", config(told("ssa", "Override")), undefined],
    ["ssa: IfNotPresent, where there is none", config(told("ssa", "IfNotPresent")), undefined],
    ["ssa: Merge, of somebody else's", config(told("ssa", "Merge")), theirs],
  ];
  for (const [what, object, live] of applied) {
    it(`is looked at as what is applied: ${what}`, async () => {
      await assert.rejects(
        look(object, live),
        live === undefined ? /data: Invalid value/ : /belong to others/,
      );
    });
  }

  const leftAlone: readonly [string, LiveObject, LiveObject | undefined][] = [
    ["ssa: ignore", config(told("ssa", "ignore")), theirs],
    ["ssa: IfNotPresent, where there is one", config(told("ssa", "IfNotPresent")), theirs],
    ["reconcile: Disabled, by a label", config(told("reconcile", "Disabled", "labels")), theirs],
    ["by the cluster's object", config(), config({ ...THEIRS, ...told("ssa", "Ignore") })],
  ];
  for (const [what, object, live] of leftAlone) {
    it(`is left alone as Flux leaves it: ${what}`, async () => {
      await look(object, live);
    });
  }

  it("is kept in any case of the word", async () => {
    cluster = await FakeCluster.start();
    const words = ["disabled", "Disabled", "DISABLED", "enabled"];
    for (const where of ["labels", "annotations"] as const) {
      const kept = words.map((value) => isKept(config(told("prune", value, where))));
      assert.deepEqual(kept, [true, true, true, false]);
    }
  });
});
