import { strict as assert } from "node:assert";
import { storeBlob } from "../../cache/blobs";
import { fluxInstallHandler } from "../../provider/flux/install-handler";
import { fluxReadyHandler } from "../../provider/flux/ready-handler";
import type { LiveObject } from "../../provider/kubernetes/cluster";
import type { Props, State } from "../../provider/plugin/handler";
import { preflightHandler } from "../../provider/preflight-handler";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import { testContext } from "../git/remote";
import { FakeCluster } from "./fake-cluster";

const FLUX = "flux-system";
const OURS = "main@sha1:0000000000000000000000000000000000000002";
const OLDER = "main@sha1:0000000000000000000000000000000000000001";
const sync = syncManifest({ url: "ssh://git@example.com/org/flux.git", branch: "main", path: "clusters/a" });

const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: FLUX } };
const definition: LiveObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "kustomizations.kustomize.toolkit.fluxcd.io" },
};
const deployment = (name: string): LiveObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: FLUX },
  spec: { replicas: 1 },
});
const running = ({ kind, ...object }: LiveObject): LiveObject => ({
  ...object,
  kind,
  status: {
    conditions: [{ type: kind === "Deployment" ? "Available" : "Established", status: "True" }],
  },
});
const controllers = ["source-controller", "kustomize-controller"].map(deployment);
const components = storeBlob(
  [namespace, definition, ...controllers].map((object) => JSON.stringify(object)).join("\n---\n"),
);

const ready = { conditions: [{ type: "Ready", status: "True" }], observedGeneration: 1 };
const source = (revision: string, more: LiveObject = {}): LiveObject => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata: { name: FLUX, namespace: FLUX, generation: 1 },
  spec: {
    url: "ssh://git@example.com/org/flux.git",
    ref: { branch: "main" },
    secretRef: { name: FLUX },
    ...more.spec,
  },
  status: { ...ready, artifact: { revision }, ...more.status },
});
const root = (revision: string, more: LiveObject = {}): LiveObject => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { name: FLUX, namespace: FLUX, generation: 1, ...more.metadata },
  spec: { path: "./clusters/a", sourceRef: { kind: "GitRepository", name: FLUX }, ...more.spec },
  status: { ...ready, lastAppliedRevision: revision, ...more.status },
});

let cluster: FakeCluster;
const stop = (): void => {
  cluster.stop();
};
const start = async (...objects: readonly LiveObject[]): Promise<void> => {
  cluster = await FakeCluster.start(...objects);
  cluster.react = (object) => {
    if (object.status === undefined) cluster.put(running(object));
  };
};
const alive = [namespace, definition, ...controllers].map(running);
describe("FluxInstall looks at what is real", () => {
  afterEach(stop);
  const inputs = (): Props => ({
    kubeconfig: cluster.kubeconfig,
    version: "v9.9.9",
    components,
    sync,
    timeoutSeconds: 5,
  });
  const created = async (): Promise<State> => ({
    inputs: inputs(),
    outputs: (await fluxInstallHandler.create(testContext(), inputs())).outputs,
  });
  const detailed = async (state: State, ctx = testContext()): Promise<object | undefined> =>
    (await fluxInstallHandler.diff(ctx, FLUX, state, inputs())).detailed;

  it("has nothing to do where Flux runs, in two requests beside discovery", async () => {
    await start();
    const state = await created();
    cluster.requests.length = 0;
    assert.deepEqual(await detailed(state), {});
    assert.deepEqual(cluster.requests.sort(), [
      "GET /api/v1",
      "GET /api/v1/namespaces/flux-system",
      "GET /apis/apps/v1",
      "GET /apis/apps/v1/namespaces/flux-system/deployments",
    ]);
  });

  it("makes a wiped cluster's Flux again, under a namespace that what was in it follows", async () => {
    await start();
    const state = await created();
    cluster.objects.clear();
    assert.deepEqual(await detailed(state), { components: "update" });
    // A preview doesn't know the next namespace, so that it shows the Secrets as replaced.
    const foreseen = await fluxInstallHandler.preview?.(testContext(), inputs(), state);
    assert.equal(foreseen?.namespace, undefined);
    const { outputs } = await fluxInstallHandler.update(testContext(), FLUX, state, inputs());
    assert.notEqual(outputs.namespace, state.outputs.namespace);
    assert.deepEqual([outputs.applied, outputs.found], [true, false]);
    assert.deepEqual(await detailed({ inputs: inputs(), outputs }), {});
  });

  it("notices another cluster in which Flux runs", async () => {
    await start(...alive);
    const ctx = testContext();
    const state = { inputs: inputs(), outputs: { namespace: "uid-of-another" } };
    assert.deepEqual(await detailed(state, ctx), { namespace: "update" });
    assert.match(ctx.messages.join(), /the namespace flux-system isn't the one of the last `up`/);
  });

  it("is gone for `refresh` with its namespace, and while that is being deleted", async () => {
    await start();
    const state = await created();
    const read = () => fluxInstallHandler.read(testContext(), FLUX, state);
    assert.equal((await read())?.outputs.namespace, state.outputs.namespace);
    cluster.put({ ...namespace, metadata: { name: FLUX, deletionTimestamp: "2026-01-01T00:00:00Z" } });
    assert.equal(await read(), undefined);
    cluster.objects.clear();
    assert.equal(await read(), undefined);
  });

  describe("and at the Secrets beside it", () => {
    const secret = (name: string): LiveObject => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: FLUX },
    });
    const pullSecret = secret("pull");
    const withSecrets = (): Props => ({ ...inputs(), pullSecret, secrets: ["flux-system", "sops-age"] });
    const look = async (state: State, ctx = testContext()) => {
      const { detailed } = await fluxInstallHandler.diff(ctx, FLUX, state, withSecrets());
      return [detailed, ctx.messages.join()];
    };
    const made = async (): Promise<State> => {
      await start(...alive);
      const { outputs } = await fluxInstallHandler.create(testContext(), withSecrets());
      for (const name of ["flux-system", "sops-age"]) cluster.put(secret(name));
      return { inputs: withSecrets(), outputs };
    };
    const updated = async (state: State): Promise<State> => {
      const { outputs } = await fluxInstallHandler.update(testContext(), FLUX, state, withSecrets());
      return { inputs: withSecrets(), outputs };
    };

    it("has nothing to do where they are there, and asks for their names in one request", async () => {
      const state = await made();
      cluster.requests.length = 0;
      assert.deepEqual(await look(state), [{}, ""]);
      assert.deepEqual(
        cluster.requests.filter((request) => request.includes("secrets")),
        ["GET /api/v1/namespaces/flux-system/secrets"],
      );
    });

    it("counts one that somebody deleted, in the preview as in `up`, and no other", async () => {
      const state = await made();
      cluster.delete(secret("sops-age"));
      assert.deepEqual(await look(state), [
        { secrets: "update" },
        "the Secret flux-system/sops-age is gone: `up` makes it again",
      ]);
      const foreseen = await fluxInstallHandler.preview?.(testContext(), withSecrets(), state);
      assert.deepEqual(foreseen?.lost, { "sops-age": 1 });
      const again = await updated(state);
      assert.deepEqual(
        [again.outputs.lost, again.outputs.namespace],
        [{ "sops-age": 1 }, state.outputs.namespace],
      );
      cluster.put(secret("sops-age"));
      assert.deepEqual(await look(again), [{}, ""]);
      cluster.delete(secret("sops-age"));
      cluster.delete(secret("flux-system"));
      assert.deepEqual((await updated(again)).outputs.lost, { "sops-age": 2, "flux-system": 1 });
    });

    it("makes the one that it brings itself again", async () => {
      const state = await made();
      cluster.delete(pullSecret);
      assert.deepEqual((await look(state))[0], { secrets: "update" });
      const again = await updated(state);
      assert.deepEqual(await look(again), [{}, ""]);
    });

    it("leaves those alone that the stack is about to make, and those of a lost namespace", async () => {
      const state = await made();
      cluster.delete(secret("sops-age"));
      const before = { ...state, inputs: { ...withSecrets(), secrets: ["flux-system"] } };
      assert.deepEqual(await look(before), [{}, ""]);
      cluster.objects.clear();
      assert.deepEqual((await updated(state)).outputs.lost, {});
    });
  });

  it("says that it can't ask a cluster, and goes on", async () => {
    await start();
    const state = await created();
    cluster.stop();
    const ctx = testContext();
    const { changes } = await fluxInstallHandler.diff(ctx, FLUX, state, state.inputs);
    assert.equal(changes, false);
    assert.match(ctx.messages.join(), /can't tell whether Flux runs: the cluster at .* can't be reached/);
    await start();
  });

  it("keeps a Flux on destroy that was there before, and not one that it installed in a run without a state", async () => {
    await start(...alive);
    const there = await created();
    assert.equal(there.outputs.found, true);
    const ctx = testContext();
    const before = [...cluster.objects.keys()];
    await fluxInstallHandler.delete(ctx, FLUX, there);
    assert.deepEqual([...cluster.objects.keys()], before);
    assert.deepEqual(ctx.messages, ["Flux ran in the cluster before this stack came to it: it stays"]);
    cluster.objects.clear();
    await created();
    assert.equal((await created()).outputs.found, false);
  });

  it("knows as its own what a run installed that was killed before its controllers ran", async () => {
    await start();
    cluster.react = (object) => {
      if (object.kind === "CustomResourceDefinition") cluster.put(running(object));
    };
    await assert.rejects(
      fluxInstallHandler.create(testContext(), { ...inputs(), timeoutSeconds: 0 }),
      /timed out waiting/,
    );
    assert.ok([...cluster.objects.values()].some(({ kind }) => kind === "Deployment"));
    for (const object of controllers) cluster.put(running(object));
    assert.equal((await created()).outputs.found, false);
  });

  it("waits for a Flux that is being uninstalled", async () => {
    const leaving = { deletionTimestamp: "2026-01-01T00:00:00Z" };
    await start(
      ...[namespace, definition].map((it) => running({ ...it, metadata: { ...it.metadata, ...leaving } })),
    );
    setTimeout(() => {
      cluster.objects.clear();
    }, 700);
    const ctx = testContext();
    const { outputs } = await fluxInstallHandler.create(ctx, inputs());
    assert.deepEqual([outputs.applied, outputs.found], [true, false]);
    assert.ok(ctx.messages.includes("waiting until the Flux that is being deleted is gone"));
    assert.ok(
      [...cluster.objects.values()].every(({ metadata }) => metadata?.deletionTimestamp === undefined),
    );
  });

  it("says what holds up a namespace that stays, before it applies anything", async () => {
    const conditions = [
      { type: "NamespaceContentRemaining", status: "True", message: "2 gitrepositories remain" },
    ];
    const metadata = { name: FLUX, deletionTimestamp: "2026-01-01T00:00:00Z" };
    await start({ ...namespace, metadata, status: { conditions } });
    await assert.rejects(
      fluxInstallHandler.create(testContext(), { ...inputs(), timeoutSeconds: 0 }),
      /timed out waiting until the Flux that was there is gone.*:\n {2}2 gitrepositories remain/,
    );
    assert.equal(cluster.objects.size, 1);
  });

  const managers: readonly [string, LiveObject["metadata"], RegExp][] = [
    [
      "the Flux Operator",
      { labels: { "app.kubernetes.io/managed-by": "flux-operator" } },
      /the Flux Operator/,
    ],
    [
      "a FluxInstance",
      { labels: { "fluxcd.controlplane.io/name": "mine", "fluxcd.controlplane.io/namespace": "ops" } },
      /FluxInstance ops\/mine/,
    ],
    [
      "Helm",
      {
        labels: { "app.kubernetes.io/managed-by": "Helm" },
        annotations: { "meta.helm.sh/release-name": "flux2", "meta.helm.sh/release-namespace": "flux" },
      },
      /Helm \(release flux\/flux2\)/,
    ],
    ["Argo CD", { annotations: { "argocd.argoproj.io/tracking-id": "infra:x/y:z" } }, /Argo CD \(infra\)/],
  ];
  for (const [name, metadata, words] of managers) {
    it(`refuses a Flux of ${name}, in the preflight too`, async () => {
      await start(...alive, running({ ...definition, metadata: { ...definition.metadata, ...metadata } }));
      const before = JSON.stringify([...cluster.objects]);
      await assert.rejects(created(), words);
      const connection = { kubeconfig: cluster.kubeconfig, sync };
      const { faults } = await preflightHandler(
        { stack: "p/s", repositories: [], cluster: connection },
        testContext(),
      );
      assert.match((faults as string[])[0] ?? "", words);
      assert.equal(JSON.stringify([...cluster.objects]), before);
    });
  }
});

describe("FluxReady looks at what is real", () => {
  afterEach(stop);
  const followed = "2026-11-20T10:00:00.000Z";
  const handled = { status: { lastHandledReconcileAt: followed } };
  const look = async (more: Props = {}, outputs: Props = { followed }) => {
    const inputs = {
      ...{ kubeconfig: cluster.kubeconfig, sync, revisions: { [FLUX]: OURS } },
      ...{ kustomizations: [], helmReleases: [], timeoutSeconds: 5, ...more },
    };
    const ctx = testContext();
    const state = { inputs, outputs };
    const { changes } = await fluxReadyHandler.diff(ctx, FLUX, state, inputs);
    const read = await fluxReadyHandler.read(ctx, FLUX, state);
    return { changes, told: ctx.messages.join("\n"), sync: read?.inputs.sync as string | undefined };
  };

  it("has nothing to do where Flux follows, in two requests beside discovery", async () => {
    await start(source(OURS), root(OURS));
    assert.deepEqual(await look(), { changes: false, told: "", sync });
    assert.equal(cluster.requests.filter((request) => request.includes("/namespaces/")).length, 4);
  });

  it("has nothing to do where Flux follows somebody's newer commit", async () => {
    const newer = OLDER.replace("1", "9");
    await start(source(newer, handled), root(newer));
    assert.deepEqual(await look(), { changes: false, told: "", sync });
  });

  const faults: readonly [string, () => readonly LiveObject[], RegExp, RegExp | undefined][] = [
    ["an empty cluster", () => [], /Flux's sync isn't in the cluster/, undefined],
    ["a root that is gone", () => [source(OURS)], /Flux's sync isn't in the cluster/, undefined],
    [
      "a root that is being deleted",
      () => [source(OURS), root(OURS, { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } })],
      /Flux's sync isn't in the cluster/,
      undefined,
    ],
    [
      "a source that is gone",
      () => [root(OURS)],
      /Flux's sync isn't in the cluster/,
      /^---\n[^]*kind: Kustomization/,
    ],
    [
      "another branch",
      () => [source(OURS, { spec: { ref: { branch: "dev" } } }), root(OURS)],
      /points elsewhere/,
      /branch: dev/,
    ],
    [
      "another folder",
      () => [source(OURS), root(OURS, { spec: { path: "./clusters/b" } })],
      /points elsewhere/,
      /path: \.\/clusters\/b/,
    ],
    [
      "a suspended root",
      () => [source(OURS), root(OURS, { spec: { suspend: true } })],
      /Kustomization flux-system\/flux-system is suspended/,
      /suspend: true/,
    ],
    [
      "a suspended source",
      () => [source(OURS, { spec: { suspend: true } }), root(OURS)],
      /GitRepository flux-system\/flux-system is suspended/,
      /suspend: true/,
    ],
    [
      "a source that fails",
      () => [
        source(OURS, { status: { conditions: [{ type: "Ready", status: "False", message: "no Secret" }] } }),
        root(OURS),
      ],
      /GitRepository flux-system\/flux-system fails: no Secret/,
      /^# This/,
    ],
    [
      "a cluster that was restored from an older backup",
      () => [source(OLDER, { status: { lastHandledReconcileAt: "2026-11-20T09:59:59.000Z" } }), root(OLDER)],
      /has main@sha1:0*1, from before the last `up`/,
      /^# This/,
    ],
    [
      "a root that is behind its source",
      () => [source(OURS), root(OLDER)],
      /has applied main@sha1:0*1, not yet main@sha1:0*2/,
      /^# This/,
    ],
  ];
  for (const [name, objects, words, refreshed] of faults) {
    it(`sees ${name}`, async () => {
      await start(...objects());
      const found = await look();
      assert.equal(found.changes, true);
      assert.match(found.told, words);
      if (refreshed === undefined) assert.equal(found.sync, undefined);
      else assert.match(found.sync ?? "", refreshed);
    });
  }

  it("misses the source of another repository", async () => {
    await start(source(OURS), root(OURS));
    const { told } = await look({ revisions: { [FLUX]: OURS, calcom: OURS } });
    assert.match(told, /GitRepository flux-system\/calcom isn't in the cluster/);
  });

  it("lets be suspended what the user allows, visibly", async () => {
    await start(source(OURS), root(OURS, { spec: { suspend: true } }));
    const allowSuspended = ["Kustomization flux-system/flux-system"];
    const { changes, told } = await look({ allowSuspended });
    assert.deepEqual([changes, told], [false, "may be suspended: Kustomization flux-system/flux-system"]);
  });

  describe("and at the apps", () => {
    const app = (name: string, more: LiveObject = {}): LiveObject => ({
      ...root(OURS, more),
      metadata: { name, namespace: FLUX, generation: 1, ...more.metadata },
    });
    const release = (more: LiveObject = {}): LiveObject => ({
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "cert-manager", namespace: "cert-manager", generation: 1, ...more.metadata },
      spec: { ...more.spec },
      status: ready,
    });
    const expected = {
      kustomizations: ["one", "two"].map((name) => ({ name, namespace: FLUX, dependsOn: [] })),
      helmReleases: [{ name: "cert-manager", namespace: "cert-manager" }],
    };
    const condition = (status: string, reason: string, message: string): LiveObject => ({
      status: { conditions: [{ type: "Ready", status, reason, message }] },
    });
    const all = (...others: readonly LiveObject[]): readonly LiveObject[] => [
      source(OURS),
      root(OURS),
      ...others,
    ];
    const deletionTimestamp = "2026-01-01T00:00:00Z";

    it("has nothing to do where all run, in one request a kind", async () => {
      await start(...all(app("one"), app("two"), release()));
      cluster.requests.length = 0;
      const inputs = {
        ...{ kubeconfig: cluster.kubeconfig, sync, revisions: { [FLUX]: OURS } },
        ...expected,
      };
      const ctx = testContext();
      const { changes } = await fluxReadyHandler.diff(ctx, FLUX, { inputs, outputs: { followed } }, inputs);
      assert.deepEqual([changes, ctx.messages], [false, []]);
      assert.deepEqual(cluster.requests.filter((request) => /s$/.test(request)).sort(), [
        "GET /apis/helm.toolkit.fluxcd.io/v2/namespaces/cert-manager/helmreleases",
        "GET /apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations",
        "GET /apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories",
      ]);
    });

    const kinds: readonly [string, readonly LiveObject[], RegExp | undefined][] = [
      [
        "two that are gone",
        all(release()),
        /^Kustomization flux-system\/one, Kustomization flux-system\/two aren't in the cluster: `up` sees to it$/,
      ],
      [
        "one that is being deleted",
        all(app("one"), app("two", { metadata: { deletionTimestamp } }), release()),
        /^Kustomization flux-system\/two isn't in the cluster/,
      ],
      [
        "a HelmRelease that is gone",
        all(app("one"), app("two")),
        /^HelmRelease cert-manager\/cert-manager isn't in the cluster/,
      ],
      [
        "one that somebody suspended",
        all(app("one", { spec: { suspend: true } }), app("two"), release()),
        /^Kustomization flux-system\/one is suspended/,
      ],
      [
        "a suspended HelmRelease",
        all(app("one"), app("two"), release({ spec: { suspend: true } })),
        /^HelmRelease cert-manager\/cert-manager is suspended/,
      ],
      [
        "one that fails",
        all(app("one"), app("two", condition("False", "BuildFailed", "no such file")), release()),
        /^Kustomization flux-system\/two fails: no such file/,
      ],
      [
        "one that is behind its source",
        all(app("one"), app("two", { status: { lastAppliedRevision: OLDER } }), release()),
        /^Kustomization flux-system\/two has applied main@sha1:0*1, not yet what its source has/,
      ],
      [
        "none that is at work just now",
        all(
          app("one", condition("Unknown", "Progressing", "x")),
          app("two", condition("False", "HealthCheckCanceled", "x")),
          release(),
        ),
        undefined,
      ],
    ];
    for (const [name, objects, words] of kinds) {
      it(`sees ${name}`, async () => {
        await start(...objects);
        const found = await look(expected);
        assert.equal(found.changes, words !== undefined, found.told);
        if (words !== undefined) assert.match(found.told, words);
      });
    }

    it("sees that one which may be suspended is so now, or isn't any more", async () => {
      const allowSuspended = ["Kustomization flux-system/one"];
      const suspended = (...keys: readonly string[]) =>
        look({ ...expected, allowSuspended }, { followed, suspended: keys });
      await start(...all(app("one", { spec: { suspend: true } }), app("two"), release()));
      assert.equal((await suspended(...allowSuspended)).changes, false);
      assert.match(
        (await suspended()).told,
        /Kustomization flux-system\/one is suspended now, as `allowSuspended` allows/,
      );
      cluster.put(app("one", { spec: { suspend: false } }));
      assert.equal((await suspended()).changes, false);
      assert.match(
        (await suspended(...allowSuspended)).told,
        /Kustomization flux-system\/one isn't suspended any more/,
      );
    });

    it("has one made again that somebody deleted, by what applied it", async () => {
      const inventory = {
        entries: [{ id: "flux-system_two_kustomize.toolkit.fluxcd.io_Kustomization", v: "v1" }],
      };
      await start(namespace, ...all(app("one", { status: { inventory } }), release()));
      const answered = (name: string): boolean =>
        [...cluster.objects.values()].some(
          ({ kind, metadata }) =>
            kind === "Kustomization" &&
            metadata?.name === name &&
            metadata.annotations?.["reconcile.fluxcd.io/requestedAt"] !== undefined,
        );
      cluster.react = (object) => {
        if (object.kind === "Kustomization" && answered("one")) cluster.put(app("two"));
      };
      const inputs = {
        ...{ kubeconfig: cluster.kubeconfig, sync, revisions: { [FLUX]: OURS } },
        ...expected,
        timeoutSeconds: 10,
      };
      const { outputs } = await fluxReadyHandler.update(
        testContext(),
        FLUX,
        { inputs, outputs: { followed } },
        inputs,
      );
      assert.equal(outputs.ready, true);
      assert.ok(!answered(FLUX));
    }).timeout(15_000);
  });

  it("says that it can't ask a cluster, and goes on", async () => {
    await start();
    const inputs = {
      ...{ kubeconfig: cluster.kubeconfig, sync, revisions: {} },
      kustomizations: [],
      helmReleases: [],
    };
    cluster.stop();
    const ctx = testContext();
    const { changes } = await fluxReadyHandler.diff(ctx, FLUX, { inputs, outputs: {} }, inputs);
    assert.equal(changes, false);
    assert.match(ctx.messages.join(), /can't tell whether Flux follows: the cluster at .* can't be reached/);
    await start();
  });
});
