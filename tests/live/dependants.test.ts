import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

const KUSTOMIZE = "kustomize.toolkit.fluxcd.io";
const flux = (kind: string, name: string, spec: object = {}, by?: string): LiveObject => ({
  apiVersion:
    kind === "Kustomization"
      ? `${KUSTOMIZE}/v1`
      : kind === "HelmRelease"
        ? "helm.toolkit.fluxcd.io/v2"
        : "source.toolkit.fluxcd.io/v1",
  kind,
  metadata: {
    ...{ name, namespace: "flux-system" },
    ...(by !== undefined && {
      labels: { [`${KUSTOMIZE}/name`]: by, [`${KUSTOMIZE}/namespace`]: "flux-system" },
    }),
  },
  spec: { ...spec },
});
const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } };

describe("others that name what a commit takes away", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });

  /** What is warned of when the app and its source go, or are renamed. */
  const warned = async (
    after: readonly LiveObject[],
    others: readonly LiveObject[],
    denied = "",
  ): Promise<string> => {
    const own = [flux("Kustomization", "app"), flux("GitRepository", "app"), flux("HelmRepository", "app")];
    cluster = await FakeCluster.start(namespace, ...own, ...others);
    cluster.deny = (path) => (path.endsWith(`/${denied}`) ? [403, "forbidden"] : undefined);
    const text = (objects: readonly LiveObject[]): string =>
      objects.map((one) => stringify(one)).join("---\n");
    const files = { "app.yaml": text(after) };
    const changed = [{ path: "app.yaml", before: text(own), after: files["app.yaml"] }];
    const target = {
      kubeconfig: cluster.kubeconfig,
      kustomizations: ["flux-system/app", "flux-system/ours"],
    };
    const ctx = testContext();
    await examine(ctx, target, { changed, files }, false);
    return ctx.messages.filter((line) => line.startsWith("others name")).join("\n");
  };
  const source = (kind: string) => ({ sourceRef: { kind, name: "app" } });
  const dependent = flux("Kustomization", "theirs", { dependsOn: [{ name: "app" }] });

  it("are told, by the field", async () => {
    const text = await warned(
      [],
      [
        dependent,
        flux("Kustomization", "reader", source("GitRepository")),
        flux("HelmRelease", "release", { chart: { spec: source("HelmRepository") } }),
        flux("Kustomization", "optional", {
          postBuild: { substituteFrom: [{ kind: "ConfigMap", name: "app", optional: true }] },
        }),
        flux("Kustomization", "other", { dependsOn: [{ name: "app", namespace: "other" }] }),
      ],
    );
    assert.equal(
      text,
      "others name what goes; what they run stays, and Flux changes nothing of it any more: " +
        "Kustomization flux-system/theirs (its `dependsOn` names Kustomization flux-system/app), " +
        "Kustomization flux-system/reader (its `sourceRef` names GitRepository flux-system/app), " +
        "HelmRelease flux-system/release (its `sourceRef` names HelmRepository flux-system/app)",
    );
  });

  it("are told when it is renamed, and not where it stays", async () => {
    const kept = [flux("GitRepository", "app"), flux("HelmRepository", "app")];
    assert.match(await warned([flux("Kustomization", "app2"), ...kept], [dependent]), /theirs/);
    cluster.stop();
    const same = [flux("Kustomization", "app", { path: "./x" }), ...kept];
    assert.equal(await warned(same, [dependent]), "");
  });

  it("are told as far as the user may see them", async () => {
    assert.match(await warned([], [dependent], "helmreleases"), /theirs/);
  });

  it("aren't those that go with it, nor ours", async () => {
    const child = flux("Kustomization", "child", source("GitRepository"), "app");
    const grandchild = flux(
      "HelmRelease",
      "grandchild",
      { chart: { spec: source("HelmRepository") } },
      "child",
    );
    const ours = flux("Kustomization", "ours", { dependsOn: [{ name: "app" }] });
    assert.equal(await warned([], [child, grandchild, ours]), "");
  });
});

describe("what goes from the files and stays in the cluster", () => {
  it("is told where its Kustomization doesn't prune, and nothing of it goes along", async () => {
    const app = flux("Kustomization", "app", { prune: true });
    const id = (name: string): string => `flux-system_${name}_kustomize.toolkit.fluxcd.io_Kustomization`;
    const applied = (name: string) => ({ status: { inventory: { entries: [{ id: id(name), v: "v1" }] } } });
    const files = { "app.yaml": "" };
    const changed = [{ path: "app.yaml", before: stringify(app), after: "" }];
    const name = "Kustomization flux-system/app";
    for (const prune of [false, true]) {
      const root = { ...flux("Kustomization", "flux-system", { prune }), ...applied("app") };
      const waiting = flux("Kustomization", "theirs", { dependsOn: [{ name: "app" }] });
      const cluster = await FakeCluster.start(namespace, root, waiting, { ...app, ...applied("child") });
      try {
        const ctx = testContext();
        const target = { kubeconfig: cluster.kubeconfig, kustomizations: ["flux-system/flux-system"] };
        const told = await examine(ctx, target, { changed, files }, true);
        const text = ctx.messages.slice(1).join("\n");
        const stays = `Flux would leave in the cluster, for you to delete: ${name} (Kustomization flux-system/flux-system has prune: false)`;
        if (prune)
          assert.match(text, /^others name what goes.*\nFlux would prune: Kustomization flux-system\/app\n/);
        else assert.equal(text, stays);
        assert.deepEqual([told.prune, Object.keys(told.withIt)], prune ? [[name], [name]] : [[], []]);
      } finally {
        cluster.stop();
      }
    }
  });
});
