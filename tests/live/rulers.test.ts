import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { rulerOf } from "../../provider/live/rulers";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

describe("a refusal of the API server", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });
  const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "calcom" } };
  const told = async (after: readonly LiveObject[], before: readonly LiveObject[], foreseen = true) => {
    const [old, now] = [before, after].map((objects) => objects.map((one) => stringify(one)).join("---\n"));
    const ctx = testContext();
    const changed = [{ path: "app.yaml", before: old, after: now }];
    const files = { "app.yaml": now ?? "" };
    await examine(ctx, { kubeconfig: cluster.kubeconfig, kustomizations: [] }, { changed, files }, foreseen);
    return ctx.messages.join("\n");
  };

  const object = (
    apiVersion: string,
    kind: string,
    name: string,
    spec: LiveObject["spec"] = {},
  ): LiveObject => ({
    ...{ apiVersion, kind, metadata: { name, namespace: "calcom" }, spec },
  });
  const quota = (cpu: string, name = "q"): LiveObject =>
    object("v1", "ResourceQuota", name, { hard: { cpu } });
  const policy = object("kyverno.io/v1", "Policy", "no-latest");
  const definition: LiveObject = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "configs.example.com" },
    spec: { group: "example.com", names: { kind: "Config" } },
  };
  const exceeded = "exceeded quota: q, requested: cpu=2, limited: cpu=1";
  const denied = 'admission webhook "validate.kyverno.svc" denied the request: no latest tag';
  const invalid = "Config.example.com is invalid: spec.mode: Unsupported value";
  type Sides = readonly [before: readonly LiveObject[], after: readonly LiveObject[]];
  const ruled: readonly [string, string, Sides, string | undefined][] = [
    ["a quota that is raised", exceeded, [[quota("1")], [quota("4")]], "ResourceQuota calcom/q"],
    ["a quota that goes", exceeded, [[quota("1")], []], "ResourceQuota calcom/q"],
    ["a quota that stays", exceeded, [[quota("1")], [quota("1")]], undefined],
    ["a policy that goes", denied, [[policy], []], "Policy calcom/no-latest"],
    ["a quota, of a webhook's words", denied, [[quota("1")], [quota("4")]], undefined],
    ["the definition of another kind", invalid, [[], [definition]], undefined],
  ];
  for (const [what, words, [before, after], ruler] of ruled) {
    it(`${ruler === undefined ? "counts" : "doesn't count"} beside ${what}`, async () => {
      cluster = await FakeCluster.start(namespace);
      cluster.refuse = ({ kind }) => (kind === "ConfigMap" ? [403, words] : undefined);
      const asked = told([object("v1", "ConfigMap", "settings"), ...after], before);
      if (ruler === undefined) await assert.rejects(asked, (error: Error) => error.message.includes(words));
      else assert.ok((await asked).includes(`(${ruler} of the same commit may change that: ${words})`));
    });
  }

  it("doesn't count beside the definition of its kind", async () => {
    cluster = await FakeCluster.start();
    const own = object("example.com/v1", "Config", "x");
    assert.equal(rulerOf(invalid, own, [definition]), definition);
    assert.equal(rulerOf(invalid, object("example.org/v1", "Config", "x"), [definition]), undefined);
  });

  it("of a version that objects are stored in has the way to store them anew", async () => {
    cluster = await FakeCluster.start(namespace);
    const words = 'status.storedVersions[0]: Invalid value: "v1beta1": missing from spec.versions';
    cluster.refuse = () => [422, words];
    await assert.rejects(told([definition], []), (error: Error) =>
      error.message.includes(`(app.yaml): ${words}\n→ Objects are still stored in a version`),
    );
  });

  it("is made again where it is forced, and that is said in `up`, too", async () => {
    const set = (storage: string): LiveObject =>
      object("apps/v1", "StatefulSet", "calcom-db", {
        volumeClaimTemplates: [
          { metadata: { name: "data" }, spec: { resources: { requests: { storage } } } },
        ],
      });
    cluster = await FakeCluster.start(namespace, set("5Gi"));
    cluster.refuse = ({ kind }) =>
      kind === "StatefulSet" ? [422, "spec: Forbidden: updates to statefulset spec"] : undefined;
    const annotations = { "kustomize.toolkit.fluxcd.io/force": "enabled" };
    const forced = { ...set("10Gi"), metadata: { ...set("10Gi").metadata, annotations } };
    assert.match(
      await told([forced], [set("5Gi")], false),
      /Flux deletes these and makes them again, since they are forced: StatefulSet calcom\/calcom-db \(spec\.volumeClaimTemplates: its pods stop until then, its volumes stay\)/,
    );
  });
});
