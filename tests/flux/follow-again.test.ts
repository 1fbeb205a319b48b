import { strict as assert } from "node:assert";
import { fluxReadyHandler } from "../../provider/flux/ready-handler";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { testContext } from "../git/remote";
import { slow } from "../slow";
import {
  cluster,
  FLUX,
  namespace,
  OLDER,
  OURS,
  ready,
  root,
  source,
  start,
  stop,
  sync,
} from "./lost-cluster";

describe("FluxReady follows until the cluster runs the commit, and nothing older", () => {
  afterEach(stop);
  const followed = "2026-11-20T10:00:00.000Z";

  slow("takes no answer of a mirror that lags for a newer commit, and goes on asking", async () => {
    await start(namespace, source(OLDER), root(OLDER));
    const asked: string[] = [];
    cluster.react = ({ kind, metadata }) => {
      const at = metadata?.annotations?.["reconcile.fluxcd.io/requestedAt"];
      if (kind !== "GitRepository" || at === undefined) return;
      if (asked.at(-1) !== at) asked.push(at);
      const revision = asked.length < 2 ? OLDER : OURS;
      cluster.put(source(revision, { status: { lastHandledReconcileAt: at } }));
      if (revision === OURS) cluster.put(root(OURS));
    };
    const inputs = {
      ...{ kubeconfig: cluster.kubeconfig, sync, revisions: { [FLUX]: OURS } },
      ...{ kustomizations: [], helmReleases: [], timeoutSeconds: 10 },
    };
    const before = { ...inputs, revisions: { [FLUX]: OLDER } };
    const outputs = { followed, reconciled: { [`GitRepository ${FLUX}/${FLUX}`]: OLDER } };
    const after = await fluxReadyHandler.update(testContext(), FLUX, { inputs: before, outputs }, inputs);
    assert.equal(asked.length, 2);
    assert.deepEqual(Object.values(after.outputs.reconciled as object), [OURS, OURS]);
  });

  describe("and what fills in a ConfigMap that came after it", () => {
    const PUSHED = "2026-11-20T10:00:00Z";
    const key = "reconcile.fluxcd.io/requestedAt";
    const settings = (created: string, changed: string): LiveObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        ...{ name: "cluster", namespace: FLUX, creationTimestamp: created },
        managedFields: [{ manager: "kustomize-controller", time: changed }],
      },
    });
    const [BEFORE, AFTER] = ["2026-11-20T09:00:00Z", "2026-11-20T10:00:01Z"];
    const reads = { kind: "ConfigMap", name: "cluster" };
    const web = (from: object, status: LiveObject["status"] = {}): LiveObject =>
      root(OURS, { metadata: { name: "web" }, spec: { postBuild: { substituteFrom: [from] } }, status });
    const chart = (status: LiveObject["status"] = {}): LiveObject => ({
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "chart", namespace: FLUX, generation: 1 },
      spec: { valuesFrom: [reads] },
      status: { ...ready, ...status },
    });
    const asked = async (
      config: LiveObject,
      from: object = reads,
      deny?: typeof cluster.deny,
    ): Promise<string[]> => {
      const pushed = source(OURS, { status: { artifact: { revision: OURS, lastUpdateTime: PUSHED } } });
      await start(namespace, pushed, root(OURS), web(from), chart(), config);
      if (deny !== undefined) cluster.deny = deny;
      const names = new Set<string>();
      cluster.react = ({ kind = "", metadata: { name = "", annotations } = {} }) => {
        const lastHandledReconcileAt = annotations?.[key];
        if (lastHandledReconcileAt === undefined || kind === "GitRepository" || name === FLUX) return;
        names.add(`${kind} ${name}`);
        cluster.put(
          kind === "HelmRelease" ? chart({ lastHandledReconcileAt }) : web(from, { lastHandledReconcileAt }),
        );
      };
      const inputs = {
        ...{ kubeconfig: cluster.kubeconfig, sync, revisions: { [FLUX]: OURS }, timeoutSeconds: 30 },
        kustomizations: [{ name: "web", namespace: FLUX, dependsOn: [] }],
        helmReleases: [{ name: "chart", namespace: FLUX }],
      };
      await fluxReadyHandler.update(testContext(), FLUX, { inputs, outputs: { followed } }, inputs);
      return [...names].sort();
    };

    it("looks again, since it may have been faster", async () => {
      assert.deepEqual(await asked(settings(BEFORE, AFTER)), ["HelmRelease chart", "Kustomization web"]);
    });

    slow("looks again also when the cluster can't be asked for a moment", async () => {
      let denied = 0;
      const deny: typeof cluster.deny = (path) =>
        path.endsWith("/configmaps") && denied++ < 5 ? [503, "starting"] : undefined;
      assert.deepEqual(await asked(settings(BEFORE, AFTER), reads, deny), [
        "HelmRelease chart",
        "Kustomization web",
      ]);
      assert.ok(denied > 5);
    });

    it("needn't where that was there before, or was made and had to be waited for", async () => {
      assert.deepEqual(await asked(settings(BEFORE, BEFORE)), []);
      cluster.stop();
      assert.deepEqual(await asked(settings(AFTER, AFTER)), []);
      cluster.stop();
      assert.deepEqual(await asked(settings(AFTER, AFTER), { ...reads, optional: true }), [
        "Kustomization web",
      ]);
    });
  });
});
