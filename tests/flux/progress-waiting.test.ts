import { strict as assert } from "node:assert";
import { type FluxObject } from "../../provider/flux/follow/flux-object";
import { OURS, OLDER, APP, ready, failed, ourSource, kustomization, look, only } from "./progress";

describe("that waits for others", () => {
  const waiting = failed("DependencyNotReady", "dependency 'flux-system/store' is not ready", {
    observedGeneration: 1,
  });
  const dependsOn = [{ name: "store" }, { name: "ns", namespace: "infra" }];
  const dependent = kustomization("calcom", OLDER, waiting, { dependsOn }, { observedGeneration: -1 });
  const store = (revision: string) => kustomization("store", revision, ready());
  const ns: FluxObject = {
    ...kustomization("ns", OURS, ready(), {
      sourceRef: { kind: "GitRepository", name: "flux-system", namespace: "flux-system" },
    }),
    metadata: { name: "ns", namespace: "infra", generation: 1 },
  };
  const [storeKey, nsKey] = ["Kustomization flux-system/store", "Kustomization infra/ns"];

  it("fails when one of them isn't in the cluster and isn't to come", () => {
    assert.deepEqual(
      only(look([ourSource, dependent, store(OURS)], { kustomizations: [APP, storeKey] }), APP),
      {
        key: APP,
        status: "failing",
        message: `depends on ${nsKey}, which isn't in the cluster`,
        revision: OLDER,
      },
    );
  });

  it("takes one that others keep as its condition says", () => {
    const others = look([ourSource, dependent, store(OURS), ns], { kustomizations: [APP, storeKey] });
    assert.equal(only(others, APP).message, "its dependencies are ready");
    const broken = { ...ns, status: { ...ns.status, conditions: [failed("BuildFailed", "x")] } };
    const open = look([ourSource, dependent, store(OURS), broken], { kustomizations: [APP, storeKey] });
    assert.equal(only(open, APP).message, `waits for ${nsKey}`);
  });

  it("says what its controller says where it asks more of one than to be ready", () => {
    const asks = { ...dependsOn[0]!, readyExpr: "dep.metadata.generation > 1" };
    const message = "dependency 'flux-system/store' is not ready according to readyExpr eval";
    const condition = { ...waiting, message };
    const object = kustomization(
      "calcom",
      OLDER,
      condition,
      { dependsOn: [asks] },
      { observedGeneration: -1 },
    );
    const told = only(look([ourSource, object, store(OURS)], { kustomizations: [APP, storeKey] }), APP);
    assert.deepEqual([told.status, told.message], ["progressing", message]);
  });

  // In whichever order they are expected.
  for (const kustomizations of [
    [APP, storeKey, nsKey],
    [nsKey, storeKey, APP],
  ]) {
    it(`names those that aren't ready, then asks for a nudge (${kustomizations.join(", ")})`, () => {
      assert.deepEqual(only(look([ourSource, dependent, store(OLDER), ns], { kustomizations }), APP), {
        key: APP,
        status: "progressing",
        message: `waits for ${storeKey}`,
        revision: OLDER,
        waitsFor: [storeKey],
      });
      assert.equal(
        only(look([ourSource, dependent], { kustomizations }), APP).message,
        `waits for ${storeKey}, ${nsKey}`,
      );
      assert.deepEqual(only(look([ourSource, dependent, store(OURS), ns], { kustomizations }), APP), {
        key: APP,
        status: "progressing",
        message: "its dependencies are ready",
        revision: OLDER,
        nudge: true,
      });
    });
  }
});
