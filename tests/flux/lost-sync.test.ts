import { strict as assert } from "node:assert";
import { fluxReadyHandler } from "../../provider/flux/ready-handler";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import type { Props } from "../../provider/plugin/handler";
import { testContext } from "../git/remote";
import {
  FLUX,
  OURS,
  OLDER,
  sync,
  namespace,
  ready,
  source,
  root,
  cluster,
  stop,
  start,
} from "./lost-cluster";

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
      /the source of Flux's sync isn't in the cluster/,
      /^---\n[^]*kind: Kustomization/,
    ],
    [
      "another branch",
      () => [source(OURS, { spec: { ref: { branch: "dev" } } }), root(OURS)],
      /points elsewhere/,
      /branch: dev/,
    ],
    [
      "a source that somebody holds to a tag",
      () => [source(OURS, { spec: { ref: { branch: "main", tag: "v1" } } }), root(OURS)],
      /points elsewhere/,
      /ref:\n {4}branch: main\n {4}tag: v1/,
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
    });
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
