import assert from "node:assert/strict";
import { takeBackKept } from "../../provider/flux/kept-for-others";
import { takeDown } from "../../provider/flux/take-down";
import { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject, Metadata } from "../../provider/kubernetes/live-object";
import { testContext } from "../git/remote";
import { FakeCluster } from "./fake-cluster";

const FLUX = "flux-system";
const GROUP = "kustomize.toolkit.fluxcd.io";
const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: FLUX } };
const kustomization = (name: string, spec: LiveObject["spec"] = {}): LiveObject => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { name, namespace: FLUX },
  spec: { prune: true, ...spec },
});

const applied = (name: string, metadata: Metadata = {}): LiveObject => ({
  ...namespace,
  metadata: { name, labels: { [`${GROUP}/name`]: "web", [`${GROUP}/namespace`]: FLUX }, ...metadata },
});

describe("a destroy takes the apps down", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });

  /** As kustomize-controller: what is labelled, and may be pruned. */
  const prunes = (): void => {
    for (const object of [...cluster.objects.values()]) {
      const { labels, annotations, finalizers } = object.metadata ?? {};
      if (labels?.[`${GROUP}/name`] === undefined || annotations?.[`${GROUP}/prune`] === "disabled") continue;
      if (finalizers === undefined) cluster.delete(object);
    }
  };

  /** What Kustomizations are when they are deleted, and what is said. */
  const last = new Map<string, LiveObject["spec"]>();
  const take = async (...objects: readonly LiveObject[]) => {
    last.clear();
    cluster = await FakeCluster.start(namespace, ...objects);
    cluster.react = ({ kind, metadata, spec }) => {
      last.set(metadata?.name ?? "", spec);
      if (kind === "Kustomization" && spec?.deletionPolicy === "WaitForTermination") prunes();
    };
    const apps = objects.flatMap(({ kind, metadata: { name = "" } = {} }) =>
      name === FLUX || kind !== "Kustomization" ? [] : [name],
    );
    const ctx = testContext();
    await takeDown(
      ctx,
      await Cluster.connect({ kubeconfig: cluster.kubeconfig }),
      {
        kustomizations: apps.map((name) => ({ name, namespace: FLUX, dependsOn: [] })),
        helmReleases: [],
      },
      0.1,
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

  it("without a wait for the health of what doesn't become well", async () => {
    const healthChecks = [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "web" }];
    await take(kustomization("web", { wait: true, timeout: "10m" }), kustomization("one", { healthChecks }));
    for (const name of ["web", "one"]) {
      const { wait, healthChecks: checks } = last.get(name) ?? {};
      assert.deepEqual([wait, checks], [false, undefined], name);
    }
  });

  it("but for a namespace in which others have something", async () => {
    const entries = ["_web__Namespace", "_shop__Namespace"].map((id) => ({ id, v: "v1" }));
    const web = { ...kustomization("web"), status: { inventory: { entries } } };
    const theirs: LiveObject = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: "theirs",
        namespace: "shop",
        managedFields: [{ manager: "kubectl-client-side-apply" }],
      },
    };
    const namespaces = ["web", "shop"].map((name) => applied(name));
    const { left, told } = await take(kustomization(FLUX), web, theirs, ...namespaces);
    assert.deepEqual(left, [FLUX]);
    assert.deepEqual(told, [
      "Namespace shop stays, since others have in it: Deployment shop/theirs (whoever applied it with kubectl-client-side-apply)",
    ]);
    const annotations = [...cluster.objects.values()].flatMap((one) =>
      one.metadata?.annotations?.["kustomize.toolkit.fluxcd.io/prune"] === "disabled"
        ? [one.metadata.name]
        : [],
    );
    assert.deepEqual(annotations, ["shop"]);

    // What is applied again goes again; what a person keeps stays kept, and what isn't ours.
    const live = await Cluster.connect({ kubeconfig: cluster.kubeconfig });
    const mine = { annotations: { [`${GROUP}/prune`]: "disabled" } };
    cluster.put(applied("persons", mine));
    const again = async (name: string): Promise<unknown> => {
      const ctx = testContext();
      await takeBackKept(ctx, live, [{ name, namespace: FLUX, dependsOn: [] }]);
      const kept = [...cluster.objects.values()].flatMap(({ metadata }) =>
        metadata?.annotations?.[`${GROUP}/prune`] === "disabled" ? [metadata.name] : [],
      );
      return [kept.sort(), ctx.messages];
    };
    assert.deepEqual(await again("another"), [["persons", "shop"], []]);
    const said =
      "Namespace shop goes with Kustomization flux-system/web again: a destroy had kept it, for what others have in it";
    assert.deepEqual(await again("web"), [["persons"], [said]]);
    assert.deepEqual(await again("web"), [["persons"], []]);
  });

  it("and says what holds a namespace that doesn't go, though its Kustomization has gone", async () => {
    const web = {
      ...kustomization("web"),
      status: { inventory: { entries: [{ id: "_web__Namespace", v: "v1" }] } },
    };
    const message =
      "Some content in the namespace has finalizers remaining: example.com/lock in 1 resource instances";
    const held = applied("web", { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["kubernetes"] });
    const conditions = [{ type: "NamespaceFinalizersRemaining", status: "True", message }];
    await assert.rejects(
      take(kustomization(FLUX), web, { ...held, status: { conditions } }),
      (error: Error) => {
        assert.deepEqual(error.message.split("\n"), [
          "timed out taking down Namespace web",
          "  Namespace web: is being deleted since 2026-01-01T00:00:00Z, held by kubernetes",
          `    ${message}`,
          "→ Have the controllers answer whose finalizers hold it, or look whether Flux runs with `flux check`; then run `pulumi destroy` again.",
        ]);
        return true;
      },
    );
  });

  it("also when somebody removed the root before", async () => {
    const { left, policies } = await take(kustomization("web"));
    assert.deepEqual([left, policies], [[], { web: "WaitForTermination" }]);
  });
});
