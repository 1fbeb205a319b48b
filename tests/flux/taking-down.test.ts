import assert from "node:assert/strict";
import { takeDown } from "../../provider/flux/take-down";
import { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { testContext } from "../git/remote";
import { FakeCluster } from "./fake-cluster";

const FLUX = "flux-system";
const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: FLUX } };
const kustomization = (name: string, spec: LiveObject["spec"] = {}): LiveObject => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { name, namespace: FLUX },
  spec: { prune: true, ...spec },
});

describe("a destroy takes the apps down", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });

  /** What Kustomizations are when they are deleted, and what is said. */
  const take = async (...objects: readonly LiveObject[]) => {
    cluster = await FakeCluster.start(namespace, ...objects);
    const last = new Map<string, LiveObject["spec"]>();
    cluster.react = ({ metadata, spec }) => last.set(metadata?.name ?? "", spec);
    const apps = objects.flatMap(({ metadata: { name = "" } = {} }) => (name === FLUX ? [] : [name]));
    const ctx = testContext();
    await takeDown(
      ctx,
      await Cluster.connect({ kubeconfig: cluster.kubeconfig }),
      {
        kustomizations: apps.map((name) => ({ name, namespace: FLUX, dependsOn: [] })),
        helmReleases: [],
      },
      5,
    );
    const left = [...cluster.objects.values()].filter(({ kind }) => kind === "Kustomization");
    return {
      policies: Object.fromEntries(apps.map((name) => [name, last.get(name)?.deletionPolicy])),
      left: left.map(({ metadata }) => metadata?.name),
      told: ctx.messages.filter((text) => text.includes("stays")),
    };
  };

  it("with what they applied, but where a Kustomization is to leave it", async () => {
    const root = kustomization(FLUX);
    const policies = ["MirrorPrune", "Delete", "WaitForTermination", "Orphan"].map((deletionPolicy) =>
      kustomization(deletionPolicy.toLowerCase(), { deletionPolicy }),
    );
    const kept = kustomization("kept", { prune: false });
    const stopped = kustomization("stopped", { deletionPolicy: "Orphan", suspend: true });
    assert.deepEqual(await take(root, kustomization("plain"), ...policies, kept, stopped), {
      policies: {
        ...{ plain: "WaitForTermination", mirrorprune: "WaitForTermination", delete: "WaitForTermination" },
        ...{ waitfortermination: "WaitForTermination", orphan: "Orphan", kept: undefined, stopped: "Orphan" },
      },
      left: [FLUX],
      told: [
        ["kept", "prune: false"],
        ["orphan", "deletionPolicy: Orphan"],
        ["stopped", "deletionPolicy: Orphan"],
      ].map(
        ([name = "", why = ""]) =>
          `what Kustomization flux-system/${name} applied stays in the cluster, for you to delete: it has ${why}`,
      ),
    });
  });

  it("also when somebody removed the root before", async () => {
    const { left, policies } = await take(kustomization("web"));
    assert.deepEqual([left, policies], [[], { web: "WaitForTermination" }]);
  });
});
