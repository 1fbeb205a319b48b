import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import type { Proposal } from "../../provider/live/as-built";
import { examine } from "../../provider/live/examine";
import { nameOf } from "../../provider/live/objects";
import { FakeCluster } from "../flux/fake-cluster";
import { Hand, testContext, TestRemote } from "../git/remote";

const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "calcom" } };
const config = (name: string, metadata: LiveObject["metadata"] = {}, data: object = {}): LiveObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "calcom", ...metadata },
  ...data,
});
const set = (storage: string): LiveObject => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "calcom-db", namespace: "calcom" },
  spec: {
    replicas: 2,
    serviceName: "calcom-db",
    volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { resources: { requests: { storage } } } }],
  },
});

let cluster: FakeCluster;
const stop = (): void => {
  cluster.stop();
};
const proposal = (after: readonly LiveObject[], before: readonly LiveObject[] = []): Proposal => {
  const text = (objects: readonly LiveObject[]): string => objects.map((it) => stringify(it)).join("---\n");
  const changed = [{ path: "app.yaml", before: text(before), after: text(after) }];
  return { changed, files: { "app.yaml": text(after) } };
};
const told = async (what: Proposal, takeOver: readonly string[] = [], foreseen = true): Promise<string> => {
  const ctx = testContext();
  const kustomizations = ["flux-system/calcom"];
  await examine(ctx, { kubeconfig: cluster.kubeconfig, kustomizations, takeOver }, what, foreseen);
  return ctx.messages.join("\n");
};

describe("objects that a commit brings and the cluster has", () => {
  afterEach(stop);
  const owned = (group: string, name: string) => ({
    labels: { [`${group}/name`]: name, [`${group}/namespace`]: "flux-system" },
  });
  const owners: readonly [string, LiveObject["metadata"], string | undefined][] = [
    ["our Kustomization", owned("kustomize.toolkit.fluxcd.io", "calcom"), undefined],
    [
      "another Kustomization",
      owned("kustomize.toolkit.fluxcd.io", "infra"),
      "Kustomization flux-system/infra",
    ],
    ["a HelmRelease", owned("helm.toolkit.fluxcd.io", "calcom"), "HelmRelease flux-system/calcom"],
    ["a ResourceSet", owned("resourceset.fluxcd.controlplane.io", "apps"), "ResourceSet flux-system/apps"],
    [
      "Helm itself",
      { annotations: { "meta.helm.sh/release-name": "cal", "meta.helm.sh/release-namespace": "x" } },
      "Helm release x/cal",
    ],
    ["Argo CD", { annotations: { "argocd.argoproj.io/tracking-id": "cal:a/b" } }, "Argo CD application cal"],
    ["another object", { ownerReferences: [{ kind: "Foo", name: "bar" }] }, "Foo bar"],
    [
      "a person",
      { managedFields: [{ manager: "kubectl-client-side-apply" }, { manager: "kube-controller-manager" }] },
      "whoever applied it with kubectl-client-side-apply",
    ],
    ["Flux, without labels", { managedFields: [{ manager: "kustomize-controller" }] }, undefined],
    ["nobody", {}, undefined],
  ];
  for (const [name, metadata, owner] of owners) {
    it(`of ${name}: ${owner ?? "ours"}`, async () => {
      cluster = await FakeCluster.start(namespace, config("settings", metadata));
      const what = proposal([config("settings")]);
      if (owner === undefined) {
        assert.match(await told(what), /Flux would change: ConfigMap calcom\/settings$/);
        return;
      }
      await assert.rejects(told(what), (error: Error) => {
        assert.ok(error.message.startsWith("nothing was committed:\n"), error.message);
        assert.ok(error.message.includes(`  ConfigMap calcom/settings: ${owner}\n`), error.message);
        assert.ok(error.message.includes('takeOver: ["ConfigMap calcom/settings"]'), error.message);
        return true;
      });
      const allowed = await told(what, ["ConfigMap calcom/settings"]);
      assert.ok(allowed.includes(`Flux would take over: ConfigMap calcom/settings (of ${owner})`), allowed);
    });
  }

  describe("that are in an inventory", () => {
    const id = "calcom_settings__ConfigMap";
    const applier = (name: string, ids: readonly string[], kind = "Kustomization"): LiveObject => ({
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind,
      metadata: { name, namespace: "flux-system" },
      status: { inventory: { entries: ids.map((one) => ({ id: one, v: "v1" })) } },
    });
    const ours = owned("kustomize.toolkit.fluxcd.io", "calcom");
    const role = (name: string, namespaced?: string): LiveObject => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name, ...(namespaced !== undefined && { namespace: namespaced }) },
    });
    const listed: readonly [string, LiveObject, readonly LiveObject[]][] = [
      ["without a label", config("settings"), [config("settings"), applier("infra", ["a_b_c_D", id])]],
      ["with our label", config("settings"), [config("settings", ours), applier("infra", [id])]],
      ["just deleted", config("settings"), [applier("infra", [id])]],
      [
        "of a role's name",
        role("app:view"),
        [applier("infra", ["_app__view_rbac.authorization.k8s.io_ClusterRole"])],
      ],
      [
        "cluster-wide, with a namespace in the file",
        role("view", "calcom"),
        [applier("infra", ["_view_rbac.authorization.k8s.io_ClusterRole"])],
      ],
    ];
    for (const [name, object, live] of listed) {
      it(`of another Kustomization: ${name}`, async () => {
        cluster = await FakeCluster.start(namespace, ...live);
        await assert.rejects(told(proposal([object])), (error: Error) => {
          const words = "Kustomization flux-system/infra has it in its inventory";
          assert.ok(error.message.includes(`: ${words}\n`), error.message);
          return true;
        });
        assert.ok((await told(proposal([object]), [nameOf(object)])).includes("Flux would take over"));
      });
    }

    it("of a Kustomization of ours, and of other objects, stand in nobody's way", async () => {
      const others = ["calcom_settings2__ConfigMap", "calcom_settings__Secret", "other_settings__ConfigMap"];
      const live = [applier("calcom", [id]), applier("infra", others)];
      cluster = await FakeCluster.start(namespace, config("settings", ours), ...live);
      assert.match(
        await told(proposal([config("settings")])),
        /Flux would change: ConfigMap calcom\/settings$/,
      );
    });
  });

  it("are told by what Flux would do to them, in a preview alone", async () => {
    const labels = {
      "kustomize.toolkit.fluxcd.io/name": "calcom",
      "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    };
    cluster = await FakeCluster.start(namespace, config("kept", { labels }), config("dropped", { labels }));
    const what = proposal(
      [config("kept", {}, { data: { a: "1" } }), config("new")],
      [config("kept"), config("dropped")],
    );
    assert.deepEqual((await told(what)).split("\n").slice(1), [
      "Flux would create: ConfigMap calcom/new",
      "Flux would change: ConfigMap calcom/kept",
      "Flux would prune: ConfigMap calcom/dropped",
    ]);
    assert.equal(await told(what, [], false), "asking the cluster about 1 changed file");
  });

  it("aren't looked for in a namespace that isn't there, and are listed when they are many", async () => {
    cluster = await FakeCluster.start(namespace);
    await told(proposal([config("new", { namespace: "later" })]));
    assert.ok(!cluster.requests.some((request) => request.includes("configmaps")));
    cluster.requests.length = 0;
    await told(proposal(Array.from({ length: 50 }, (_, index) => config(`c${String(index)}`))));
    assert.equal(cluster.requests.filter((request) => /GET .*configmaps/.test(request)).length, 1);
  });

  it("patches and encrypted texts among the files are none", async () => {
    cluster = await FakeCluster.start(namespace);
    cluster.refuse = () => [422, "refused"];
    const kustomization = stringify({
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      patches: [{ path: "./patch.yaml" }],
    });
    const encrypted = stringify({ ...config("secret"), sops: { mac: "x" } });
    const files = {
      "a/kustomization.yaml": kustomization,
      "a/patch.yaml": stringify(config("patched")),
      "a/secret.yaml": encrypted,
      "a/variable.yaml": stringify(config("v", {}, { data: { host: "${HOST}" } })),
      "a/notes.txt": "kind: ConfigMap",
    };
    const changed = Object.entries(files).map(([path, after]) => ({ path, after }));
    assert.match(
      await told({ changed, files }),
      /Flux would create: ConfigMap calcom\/secret, ConfigMap calcom\/v$/,
    );
  });
});

describe("what the API server would refuse", () => {
  afterEach(stop);
  const IMMUTABLE =
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden";

  it("isn't committed: the object, the file, the server's words, and how to grow a volume", async () => {
    cluster = await FakeCluster.start(namespace, set("5Gi"));
    cluster.refuse = ({ kind }) => (kind === "StatefulSet" ? [422, IMMUTABLE] : undefined);
    await assert.rejects(told(proposal([set("10Gi")])), (error: Error) => {
      assert.equal(
        error.message,
        [
          "nothing was committed:",
          `StatefulSet calcom/calcom-db (app.yaml): ${IMMUTABLE}`,
          "→ Grow the volumes first, where their StorageClass has `allowVolumeExpansion`; the pods go on running, and Flux makes the StatefulSet again around them:",
          `    kubectl patch pvc data-calcom-db-0 -n calcom -p '{"spec":{"resources":{"requests":{"storage":"10Gi"}}}}'`,
          `    kubectl patch pvc data-calcom-db-1 -n calcom -p '{"spec":{"resources":{"requests":{"storage":"10Gi"}}}}'`,
          "    kubectl delete statefulset calcom-db -n calcom --cascade=orphan && pulumi up",
        ].join("\n"),
      );
      return true;
    });
  });

  const verdicts: readonly [number, string, boolean][] = [
    [422, 'Deployment.apps "x" is invalid: spec.replicas: Invalid value: -1', true],
    [400, 'admission webhook "policy.example.com" denied the request: no latest tag', true],
    [403, "exceeded quota: calcom", true],
    [400, 'admission webhook "w" does not support dry run', false],
    [403, 'configmaps "x" is forbidden: User "ci" cannot patch resource', false],
    [403, "unable to create new content in namespace calcom because it is being terminated", false],
    [404, 'namespaces "later" not found', false],
  ];
  for (const [status, words, counts] of verdicts) {
    it(`${counts ? "counts" : "doesn't count"}: ${String(status)} ${words}`, async () => {
      cluster = await FakeCluster.start(namespace);
      cluster.refuse = () => [status, words];
      const asked = told(proposal([config("settings")]));
      if (counts)
        await assert.rejects(asked, (error: Error) => error.message.includes(`(app.yaml): ${words}\n`));
      else assert.match(await asked, /Flux would create/);
    });
  }

  it("is known without the cluster, as far as fields can't be changed", async () => {
    cluster = await FakeCluster.start();
    const { kubeconfig } = cluster;
    cluster.stop();
    const ctx = testContext();
    const offline = (what: Proposal) => examine(ctx, { kubeconfig, kustomizations: [] }, what, false);
    const grown = offline(proposal([set("10Gi")], [set("5Gi")]));
    await Promise.all([
      assert.rejects(grown, /spec\.volumeClaimTemplates can't be changed\n→ Grow the volumes first/),
      offline(proposal([set("5Gi")], [set("5Gi")])),
    ]);
    assert.match(ctx.messages.join("\n"), /the cluster couldn't be asked about the commit/);
    cluster = await FakeCluster.start();
  });
});

describe("GitCommit with a cluster", () => {
  afterEach(stop);
  let remote: TestRemote;
  beforeEach(() => {
    remote = new TestRemote();
  });
  afterEach(() => {
    remote.dispose();
  });

  it("commits nothing that takes another's object, in a preview and in `up`, and what is allowed", async () => {
    const labels = {
      "kustomize.toolkit.fluxcd.io/name": "theirs",
      "kustomize.toolkit.fluxcd.io/namespace": "a",
    };
    cluster = await FakeCluster.start(namespace, config("settings", { labels }));
    const target = { kubeconfig: cluster.kubeconfig, kustomizations: ["flux-system/calcom"] };
    const inputs = { files: { "app.yaml": stringify(config("settings")) } };
    const hand = new Hand(remote.url, testContext(), { cluster: target });
    await assert.rejects(hand.preview(inputs), /ConfigMap calcom\/settings: Kustomization a\/theirs/);
    await assert.rejects(hand.up(inputs), /ConfigMap calcom\/settings: Kustomization a\/theirs/);
    assert.equal(remote.log().length, 1);
    const takeOver = ["ConfigMap calcom/settings"];
    await new Hand(remote.url, testContext(), { cluster: { ...target, takeOver } }).up(inputs);
    assert.equal(remote.log().length, 2);
  });

  it("takes what a Kustomization of ours applied under its former name", async () => {
    const labels = {
      "kustomize.toolkit.fluxcd.io/name": "old",
      "kustomize.toolkit.fluxcd.io/namespace": "a",
    };
    cluster = await FakeCluster.start(namespace, config("settings", { labels }));
    const target = { kubeconfig: cluster.kubeconfig };
    const hand = new Hand(remote.url, testContext());
    const files = (value: string) => ({ "app.yaml": stringify(config("settings", {}, { data: { value } })) });
    await hand.up({ files: files("1"), cluster: { ...target, kustomizations: ["a/old"] } });
    await hand.up({ files: files("2"), cluster: { ...target, kustomizations: ["a/new"] } });
    assert.equal(remote.log().length, 3);
  });
});
