import assert from "node:assert/strict";
import { stringify } from "yaml";
import { type AppliedFolders, appliedFolders } from "../../manifests/flux/applied-as";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

const FORCE = "kustomize.toolkit.fluxcd.io/force";
const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } };
const IMMUTABLE = "spec: Forbidden: updates to statefulset spec";

const set = (storage: string, more: object = {}, labels?: Record<string, string>): LiveObject => ({
  ...{ apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "db", namespace: "web", labels } },
  spec: { volumeClaimTemplates: [{ spec: { resources: { requests: { storage } } } }], ...more },
});
const claim = (storageClassName: string, annotations?: Record<string, string>): LiveObject => ({
  ...{
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "web", annotations },
  },
  spec: { storageClassName },
});

/** fluxcd/pkg ssa: by force, what the API server refuses to change is deleted and made again. */
describe("what a Kustomization applies by force", () => {
  const clusters: FakeCluster[] = [];
  afterEach(() => {
    for (const cluster of clusters.splice(0)) cluster.stop();
  });

  const told = async (
    before: LiveObject,
    after: LiveObject,
    { words = IMMUTABLE, force = true, forcedBefore = true, live = before, offline = false } = {},
  ): Promise<string> => {
    const cluster = await FakeCluster.start(namespace, live);
    clusters.push(cluster);
    cluster.refuse = ({ kind }) => (kind === after.kind ? [422, words] : undefined);
    const { kubeconfig } = cluster;
    if (offline) cluster.stop();
    const as = (force: boolean): readonly AppliedFolders[] =>
      appliedFolders([{ name: "web", path: "./web", ...(force && { force }) }], ["flux-system"]);
    const [old, now] = [stringify(before), stringify(after)];
    const ctx = testContext();
    const target = {
      kubeconfig,
      kustomizations: ["flux-system/web"],
      applied: as(force),
    };
    const changed = [
      { path: "web/app.yaml", before: old, after: now },
      { path: "clusters/web.yaml", before: "# 1\n", after: "# 2\n" },
    ];
    const proposal = {
      changed: changed.filter((one) => one.before !== one.after),
      files: { "web/app.yaml": now },
    };
    await examine(ctx, target, proposal, false, as(forcedBefore));
    return ctx.messages.join("\n");
  };
  const SAID =
    /Flux deletes these and makes them again, since they are forced: StatefulSet web\/db \(spec\.volumeClaimTemplates: its pods stop until then, its volumes stay\)/;

  it("is told with what that does, not refused", async () => {
    assert.match(await told(set("1Gi"), set("2Gi")), SAID);
  });

  it("is what its label says, too, and that of the cluster's object alone", async () => {
    const labels = { [FORCE]: "Enabled" };
    assert.match(await told(set("1Gi"), set("2Gi", {}, labels), { force: false, forcedBefore: false }), SAID);
    assert.match(
      await told(set("1Gi"), set("2Gi"), { force: false, forcedBefore: false, live: set("1Gi", {}, labels) }),
      SAID,
    );
  });

  it("is refused as ever without", async () => {
    await assert.rejects(
      told(set("1Gi"), set("2Gi"), { force: false, forcedBefore: false }),
      /Forbidden: updates to statefulset/,
    );
  });

  it("is looked at when the force is new, though it is written as before", async () => {
    const asked = told(set("2Gi"), set("2Gi"), { live: set("1Gi"), forcedBefore: false });
    assert.match(await asked, SAID);
  });

  it("is refused where it couldn't be made again", async () => {
    const words = "[spec.serviceName: Required value, spec: Forbidden: updates to statefulset spec]";
    await assert.rejects(told(set("1Gi"), set("2Gi"), { words }), /spec\.serviceName: Required value/);
  });

  const lost =
    /web\/app\.yaml\): spec\.\w+ can't be changed, and by force .* what it holds would be lost\n→ /;
  for (const offline of [false, true]) {
    it(`is refused where data would go, ${offline ? "told by the files" : "in the cluster"}`, async () => {
      const kept = { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } };
      const [said] = await Promise.all([
        // The word of the object itself is about it alone.
        told(claim("slow"), claim("fast", { [FORCE]: "enabled" }), { offline, force: false }),
        assert.rejects(told(claim("slow"), claim("fast"), { offline }), lost),
        assert.rejects(told(set("1Gi", kept), set("2Gi"), { offline }), lost),
      ]);
      if (!offline)
        assert.match(
          said,
          /PersistentVolumeClaim web\/data \(spec\.storageClassName: what it holds is lost\)/,
        );
    });
  }
});
