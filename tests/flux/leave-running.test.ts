import assert from "node:assert/strict";
import { leaveRunning, madeHere, noteFoundRoot } from "../../provider/flux/leave-running";
import { fluxReadyHandler } from "../../provider/flux/ready-handler";
import { startSync } from "../../provider/flux/sync";
import { TAKEN_DOWN, takeDown } from "../../provider/flux/take-down";
import { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { toYaml, type Manifest } from "../../manifests/yaml";
import { testContext } from "../git/remote";
import { FakeCluster } from "./fake-cluster";

const FLUX = "flux-system";
const metadata = { name: FLUX, namespace: FLUX };
const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: FLUX } };
const controller: LiveObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "kustomize-controller", namespace: FLUX },
};
const source: LiveObject = {
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata,
  spec: { url: "ssh://git@example.com/org/flux.git", ref: { branch: "main" } },
};
const root: LiveObject = {
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata,
  spec: { path: "./clusters/a", sourceRef: { kind: "GitRepository", name: FLUX } },
};
const leading: LiveObject = {
  ...root,
  status: { inventory: { entries: [{ id: `${FLUX}_kustomize-controller_apps_Deployment`, v: "v1" }] } },
};

describe("a Flux that was there before us", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });
  const connect = async (...objects: readonly LiveObject[]): Promise<Cluster> => {
    cluster = await FakeCluster.start(namespace, controller, ...objects);
    return await Cluster.connect({ kubeconfig: cluster.kubeconfig });
  };
  const live = (kind: string): LiveObject | undefined =>
    [...cluster.objects.values()].find((object) => object.kind === kind);
  const suspended = (): unknown => live("Kustomization")?.spec?.suspend;
  const nothing = { kustomizations: [], helmReleases: [] };
  /** As source-controller answers a request: with what it fetched, or with a failure. */
  const fetches = (status: "True" | "False"): void => {
    cluster.react = (object) => {
      const lastHandledReconcileAt = object.metadata?.annotations?.["reconcile.fluxcd.io/requestedAt"];
      if (object.kind !== "GitRepository" || lastHandledReconcileAt === undefined) return;
      assert.equal(suspended(), true, "the root stands still until the source has what is left");
      cluster.put({ ...object, status: { lastHandledReconcileAt, conditions: [{ type: "Ready", status }] } });
    };
  };

  it("goes on with the apps whose files stay, while others of ours go", async () => {
    const app = (name: string): LiveObject => ({ ...root, metadata: { name, namespace: FLUX } });
    await connect(leading, app("ours"), app("found"));
    const kustomizations = ["ours", "found"].map((name) => ({ name, namespace: FLUX, dependsOn: [] }));
    const inputs = {
      ...{ kubeconfig: cluster.kubeconfig, kustomizations, helmReleases: [], timeoutSeconds: 5 },
      staying: [`${FLUX}/found`],
    };
    const ctx = testContext();
    await fluxReadyHandler.delete(ctx, FLUX, { inputs, outputs: {} });
    const left = [...cluster.objects.values()].filter(({ kind }) => kind === "Kustomization");
    assert.deepEqual(left.map(({ metadata }) => metadata?.name).sort(), [FLUX, "found"].sort());
    assert.match(ctx.messages.join("\n"), /run on, since their files stay: flux-system\/found/);
  });

  it("goes on with its root, which led Flux from git before, when the source has what is left", async () => {
    const client = await connect(source, leading);
    await noteFoundRoot(client);
    await takeDown(testContext(), client, nothing, 5);
    assert.equal(suspended(), true);
    fetches("True");
    const ctx = testContext();
    await leaveRunning(ctx, client);
    assert.equal(suspended(), false);
    assert.deepEqual(Object.keys(live("Kustomization")?.metadata?.annotations ?? {}), ["handoff.dev/origin"]);
    assert.match(ctx.messages[0] ?? "", /^Flux ran in the cluster before this stack came to it: it stays$/);
  });

  it("loses the root that was made here, while it is suspended, and nothing else", async () => {
    const client = await connect(source);
    await client.apply(madeHere(root));
    await noteFoundRoot(client);
    await takeDown(testContext(), client, nothing, 5);
    await leaveRunning(testContext(), client);
    assert.deepEqual([live("Kustomization"), live("GitRepository")], [undefined, undefined]);
    assert.notEqual(live("Deployment"), undefined);
    assert.ok(cluster.requests.every((request) => !request.startsWith("PATCH") || suspended() !== false));
  });

  const led = { ...leading, metadata: { ...metadata, annotations: { "handoff.dev/holder": "a/b 1" } } };
  const roots: readonly (readonly [string, LiveObject, "True" | "False"])[] = [
    ["a hand-off whose state was lost led it", led, "True"],
    ["nobody knows what it would prune", root, "True"],
    ["its source can't be fetched", leading, "False"],
  ];
  for (const [why, found, status] of roots) {
    it(`keeps its root suspended, and says so, when ${why}`, async () => {
      const client = await connect(source, found);
      await noteFoundRoot(client);
      await takeDown(testContext(), client, nothing, 5);
      fetches(status);
      const ctx = testContext();
      await leaveRunning(ctx, client);
      assert.equal(suspended(), true);
      assert.match(
        ctx.messages.at(-1) ?? "",
        /stays suspended: .*\n→ .*flux resume kustomization flux-system$/,
      );
    });
  }

  it("keeps as it is what a person suspended", async () => {
    const client = await connect(source, { ...leading, spec: { ...leading.spec, suspend: true } });
    await noteFoundRoot(client);
    await takeDown(testContext(), client, nothing, 5);
    await leaveRunning(testContext(), client);
    assert.deepEqual(
      [suspended(), live("Kustomization")?.metadata?.annotations?.[TAKEN_DOWN]],
      [true, undefined],
    );
  });

  it("resumes a root that was taken down only when the source has what was pushed", async () => {
    const client = await connect(source, root);
    await takeDown(testContext(), client, nothing, 5);
    const sync = [source, root].map((object) => `---\n${toYaml(object as Manifest)}`).join("");
    await startSync(testContext(), client, sync, () => {
      assert.equal(suspended(), true);
      return Promise.resolve();
    });
    assert.equal(suspended(), false);
  });
});
