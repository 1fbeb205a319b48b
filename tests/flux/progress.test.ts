import { strict as assert } from "node:assert";
import { keyOf, type Condition, type FluxObject } from "../../provider/flux/follow/flux-object";
import type { ObjectProgress } from "../../provider/flux/follow/conditions";
import { progressOf, type Expectation } from "../../provider/flux/follow/progress";

const OURS = "main@sha1:0000000000000000000000000000000000000002";
const OLDER = "main@sha1:0000000000000000000000000000000000000001";
const NEWER = "main@sha1:0000000000000000000000000000000000000003";
const TOKEN = "2026-11-20T10:00:00.123Z";
/** Times of the API server, which have no fractions: before the nudge, and after it within the same second. */
const BEFORE = { lastTransitionTime: "2026-11-20T09:59:59Z" };
const AFTER = { lastTransitionTime: "2026-11-20T10:00:00Z" };

const SOURCE = "GitRepository flux-system/flux-system";
const APP = "Kustomization flux-system/calcom";
const RELEASE = "HelmRelease cert-manager/cert-manager";

type Status = NonNullable<FluxObject["status"]>;

const ready = (message = "done", more: Partial<Condition> = {}): Condition => ({
  type: "Ready",
  status: "True",
  reason: "Succeeded",
  message,
  observedGeneration: 1,
  ...AFTER,
  ...more,
});
const failed = (reason: string, message: string, more: Partial<Condition> = {}): Condition =>
  ready(message, { status: "False", reason, ...more });

const source = (
  revision: string | undefined,
  condition: Condition,
  more: Status = {},
  spec = {},
): FluxObject => ({
  kind: "GitRepository",
  metadata: { name: "flux-system", namespace: "flux-system", generation: 1 },
  spec,
  status: { observedGeneration: 1, conditions: [condition], artifact: { revision }, ...more },
});
const ourSource = source(OURS, ready());

const kustomization = (
  name: string,
  revision: string | undefined,
  condition: Condition | undefined,
  spec: FluxObject["spec"] = {},
  status: Status = {},
): FluxObject => ({
  kind: "Kustomization",
  metadata: { name, namespace: "flux-system", generation: 1 },
  spec: { sourceRef: { kind: "GitRepository", name: "flux-system" }, ...spec },
  status: {
    observedGeneration: 1,
    lastAppliedRevision: revision,
    conditions: condition === undefined ? [] : [condition],
    ...status,
  },
});

/** What is told of the objects that are expected, when `objects` are in the cluster. */
function look(objects: readonly FluxObject[], more: Partial<Expectation> = {}): readonly ObjectProgress[] {
  const live = objects.map(
    (object) =>
      [keyOf(object.kind ?? "", object.metadata?.name ?? "", object.metadata?.namespace), object] as const,
  );
  const none = { generators: [], kustomizations: [], helmReleases: [] };
  return progressOf(new Map(live), { sources: { [SOURCE]: OURS }, token: TOKEN, ...none, ...more });
}

const only = (progress: readonly ObjectProgress[], key: string): ObjectProgress => {
  const found = progress.filter((entry) => entry.key === key);
  assert.equal(found.length, 1);
  return found[0]!;
};

describe("progressOf a source", () => {
  const handled: Status = { lastHandledReconcileAt: TOKEN };
  const refused = failed("GitOperationFailed", "unable to clone: authentication required", BEFORE);
  const words = "GitOperationFailed: unable to clone: authentication required";
  const table: readonly [string, FluxObject | undefined, Omit<ObjectProgress, "key">][] = [
    [
      "isn't there",
      undefined,
      { status: "progressing", message: "isn't in the cluster yet", revision: undefined },
    ],
    ["has our revision", ourSource, { status: "ready", message: "done", revision: OURS }],
    [
      "has an older revision",
      source(OLDER, ready()),
      { status: "progressing", message: `has ${OLDER}, not yet ${OURS}`, revision: OLDER },
    ],
    [
      "has no revision",
      source(undefined, ready()),
      { status: "progressing", message: `has nothing, not yet ${OURS}`, revision: undefined },
    ],
    [
      "has another revision, from before the nudge",
      source(NEWER, ready(), { lastHandledReconcileAt: "2026-11-20T09:00:00.000Z" }),
      { status: "progressing", message: `has ${NEWER}, not yet ${OURS}`, revision: NEWER },
    ],
    [
      "has somebody's newer revision, after the nudge",
      source(NEWER, ready(), handled),
      { status: "ready", message: "done", revision: NEWER },
    ],
    [
      "failed before the nudge",
      source(OLDER, refused),
      { status: "progressing", message: words, revision: OLDER, nudge: true },
    ],
    [
      "failed after the nudge",
      source(OLDER, refused, handled),
      { status: "failing", message: words, revision: OLDER },
    ],
    [
      "failed after a later nudge, by somebody in another time zone",
      source(OLDER, refused, { lastHandledReconcileAt: "2026-11-20T12:00:03.123456789+02:00" }),
      { status: "failing", message: words, revision: OLDER },
    ],
    [
      "failed before the nudge with our revision",
      source(OURS, refused),
      { status: "progressing", message: words, revision: OURS, nudge: true },
    ],
    [
      "began to fail since the nudge",
      source(OLDER, { ...refused, ...AFTER }),
      { status: "failing", message: words, revision: OLDER },
    ],
    [
      "is suspended",
      source(OURS, ready(), {}, { suspend: true }),
      {
        status: "stopped",
        message:
          "is suspended, so Flux doesn't look at it. Resume it: flux resume source git flux-system -n flux-system",
        revision: OURS,
      },
    ],
    [
      "stalls",
      source(OLDER, failed("URLInvalid", "bad"), {
        conditions: [
          failed("URLInvalid", "bad"),
          { type: "Stalled", status: "True", reason: "URLInvalid", message: "bad scheme" },
        ],
      }),
      { status: "stopped", message: "URLInvalid: bad scheme", revision: OLDER },
    ],
    [
      "is ready at an older generation",
      { ...ourSource, metadata: { ...ourSource.metadata, generation: 2 } },
      { status: "progressing", message: "waits for its controller", revision: OURS },
    ],
  ];
  for (const [name, object, expected] of table) {
    it(`that ${name}: ${expected.status}`, () => {
      assert.deepEqual(look(object === undefined ? [] : [object]), [{ key: SOURCE, ...expected }]);
    });
  }
});

describe("progressOf a Kustomization", () => {
  const app = (object: FluxObject | undefined, from: FluxObject | undefined = ourSource): ObjectProgress =>
    only(
      look(
        [from, object].filter((entry) => entry !== undefined),
        { kustomizations: [APP] },
      ),
      APP,
    );
  const at = (
    revision: string | undefined,
    condition?: Condition,
    spec?: FluxObject["spec"],
    status?: Status,
  ) => kustomization("calcom", revision, condition, spec, status);
  const unhealthy = "health check failed after 1m0s: timeout waiting for [Deployment/calcom/calcom]";

  const table: readonly [string, FluxObject | undefined, Omit<ObjectProgress, "key">][] = [
    [
      "isn't there",
      undefined,
      { status: "progressing", message: "isn't in the cluster yet", revision: undefined },
    ],
    [
      "applied our revision",
      at(OURS, ready("Applied")),
      { status: "ready", message: "Applied", revision: OURS },
    ],
    [
      "applied an older revision",
      at(OLDER, ready()),
      { status: "progressing", message: `has ${OLDER}, not yet ${OURS}`, revision: OLDER },
    ],
    [
      "applied nothing",
      at(undefined, ready()),
      { status: "progressing", message: `has nothing, not yet ${OURS}`, revision: undefined },
    ],
    [
      "has no status",
      { ...at(undefined), status: undefined },
      { status: "progressing", message: "waits for its controller", revision: undefined },
    ],
    [
      "has no condition",
      at(undefined),
      { status: "progressing", message: "waits for its controller", revision: undefined },
    ],
    [
      "works",
      at(OLDER, ready("Running health checks", { status: "Unknown", reason: "Progressing" })),
      { status: "progressing", message: "Progressing: Running health checks", revision: OLDER },
    ],
    [
      "is ready at an older generation",
      { ...at(OURS, ready()), metadata: { name: "calcom", namespace: "flux-system", generation: 2 } },
      { status: "progressing", message: "waits for its controller", revision: OURS },
    ],
    [
      "says ready before the status takes its generation over",
      at(OURS, ready("almost"), {}, { observedGeneration: -1 }),
      { status: "progressing", message: "Succeeded: almost", revision: OURS },
    ],
    [
      "fails",
      at(OLDER, failed("HealthCheckFailed", unhealthy)),
      { status: "failing", message: `HealthCheckFailed: ${unhealthy}`, revision: OLDER },
    ],
    [
      // kustomize-controller sets the status's generation only when it succeeds.
      "has never been ready and fails",
      at(undefined, failed("BuildFailed", "no such file"), {}, { observedGeneration: -1 }),
      { status: "failing", message: "BuildFailed: no such file", revision: undefined },
    ],
    [
      "failed at an older generation",
      {
        ...at(OLDER, failed("BuildFailed", "no such file")),
        metadata: { name: "calcom", namespace: "flux-system", generation: 2 },
      },
      { status: "progressing", message: "waits for its controller", revision: OLDER },
    ],
    [
      "is suspended",
      at(OURS, ready(), { suspend: true }),
      {
        status: "stopped",
        message:
          "is suspended, so Flux doesn't look at it. Resume it: flux resume kustomization calcom -n flux-system",
        revision: OURS,
      },
    ],
    [
      "stalls",
      at(
        OLDER,
        undefined,
        {},
        {
          conditions: [
            failed("Invalid", "x"),
            { type: "Stalled", status: "True", reason: "Invalid", message: "x" },
          ],
        },
      ),
      { status: "stopped", message: "Invalid: x", revision: OLDER },
    ],
    [
      "has stalled since before the nudge",
      at(
        OLDER,
        undefined,
        {},
        {
          conditions: [
            failed("Invalid", "x", BEFORE),
            { type: "Stalled", status: "True", reason: "Invalid", message: "x" },
          ],
        },
      ),
      { status: "progressing", message: "Invalid: x", revision: OLDER, nudge: true },
    ],
    [
      "failed before the nudge, at our revision",
      at(undefined, failed("HealthCheckFailed", unhealthy, BEFORE)),
      {
        status: "progressing",
        message: `HealthCheckFailed: ${unhealthy}`,
        revision: undefined,
        nudge: true,
      },
    ],
    [
      "failed before the nudge, and again after it",
      at(
        undefined,
        failed("HealthCheckFailed", unhealthy, BEFORE),
        {},
        { lastHandledReconcileAt: "2026-11-20T10:00:07.000Z" },
      ),
      { status: "failing", message: `HealthCheckFailed: ${unhealthy}`, revision: undefined },
    ],
    [
      "says what it does in another condition",
      at(
        OLDER,
        undefined,
        {},
        {
          conditions: [
            ready("Reconciliation in progress", { status: "Unknown", reason: "Progressing" }),
            {
              type: "Reconciling",
              status: "True",
              reason: "Progressing",
              message: `Running health checks for revision ${OURS} with a timeout of 10m0s`,
            },
          ],
        },
      ),
      {
        status: "progressing",
        message: `Running health checks for revision ${OURS} with a timeout of 10m0s`,
        revision: OLDER,
      },
    ],
    [
      "stopped its health checks for a newer revision",
      at(OLDER, failed("HealthCheckCanceled", "New reconciliation triggered by GitRepository/a/b")),
      {
        status: "progressing",
        message: "HealthCheckCanceled: New reconciliation triggered by GitRepository/a/b",
        revision: OLDER,
      },
    ],
    [
      "is being deleted",
      {
        ...at(OURS, ready()),
        metadata: { name: "calcom", namespace: "flux-system", generation: 1, deletionTimestamp: "12:00" },
      },
      {
        status: "progressing",
        message: "is being deleted since 12:00; Flux makes it again when it is gone",
        revision: OURS,
      },
    ],
    [
      "stalled once",
      at(OURS, undefined, {}, { conditions: [{ type: "Stalled", status: "False" }, ready()] }),
      { status: "ready", message: "done", revision: OURS },
    ],
  ];
  for (const [name, object, expected] of table) {
    it(`that ${name}: ${expected.status}`, () => {
      assert.deepEqual(app(object), { key: APP, ...expected });
    });
  }

  it("follows its source to somebody's newer revision, and not to an older one", () => {
    const newer = source(NEWER, ready(), { lastHandledReconcileAt: TOKEN });
    assert.equal(app(at(NEWER, ready()), newer).status, "ready");
    assert.equal(app(at(OURS, ready()), newer).message, `has ${OURS}, not yet ${NEWER}`);
  });

  it("waits for a source that isn't ready, whatever it says itself", () => {
    const expected = {
      key: APP,
      status: "progressing",
      message: `waits for ${SOURCE}`,
      revision: OLDER,
      waitsFor: [SOURCE],
    };
    for (const condition of [ready(), failed("ArtifactFailed", "x")]) {
      assert.deepEqual(app(at(OLDER, condition), source(OLDER, ready())), expected);
    }
    const suspended = at(OLDER, ready(), { suspend: true });
    assert.equal(app(suspended, source(OLDER, ready())).status, "stopped");
  });

  it("takes a source that nothing was pushed to as it is", () => {
    const sourceRef = { kind: "OCIRepository", name: "charts", namespace: "infra" };
    const charts: FluxObject = {
      kind: "OCIRepository",
      metadata: { name: "charts", namespace: "infra", generation: 1 },
      status: { observedGeneration: 1, conditions: [ready()], artifact: { revision: "v1@sha256:1" } },
    };
    const of = (revision: string) =>
      only(look([charts, at(revision, ready(), { sourceRef })], { kustomizations: [APP] }), APP);
    assert.equal(of("v1@sha256:1").status, "ready");
    assert.equal(of("v0@sha256:0").message, "has v0@sha256:0, not yet v1@sha256:1");
  });

  it("waits for a source that nothing was pushed to and that fails, which is told as the cause", () => {
    const sourceRef = { kind: "GitRepository", name: "crds" };
    const key = "GitRepository flux-system/crds";
    const crds: FluxObject = {
      kind: "GitRepository",
      metadata: { name: "crds", namespace: "flux-system", generation: 1 },
      status: { observedGeneration: 1, conditions: [failed("GitOperationFailed", "unable to clone")] },
    };
    const app = at(undefined, failed("ArtifactFailed", "Source artifact not found"), { sourceRef });
    const progress = look([ourSource, crds, app], { kustomizations: [APP] });
    assert.deepEqual(only(progress, APP), {
      key: APP,
      status: "progressing",
      message: `waits for ${key}`,
      revision: undefined,
      waitsFor: [key],
    });
    assert.deepEqual(only(progress, key), {
      key,
      status: "failing",
      message: "GitOperationFailed: unable to clone",
    });
  });

  it("fails to come when the root has applied all it has", () => {
    const root = "Kustomization flux-system/flux-system";
    const kustomizations = [root, APP];
    const rootAt = (revision: string): FluxObject => kustomization("flux-system", revision, ready());
    assert.deepEqual(only(look([ourSource, rootAt(OLDER)], { kustomizations }), APP), {
      key: APP,
      status: "progressing",
      message: "isn't in the cluster yet",
      revision: undefined,
      waitsFor: [root],
    });
    assert.deepEqual(only(look([ourSource, rootAt(OURS)], { kustomizations }), APP), {
      key: APP,
      status: "failing",
      message: `isn't in the cluster, though ${root} has applied ${OURS}`,
      revision: undefined,
      appliedBy: root,
    });
  });

  it("that somebody deleted is to be applied again by what applied it, and so is a HelmRelease", () => {
    const root = "Kustomization flux-system/flux-system";
    const bundle = "Kustomization flux-system/bundle";
    const inventory = {
      entries: [
        { id: "flux-system_calcom_kustomize.toolkit.fluxcd.io_Kustomization", v: "v1" },
        { id: "cert-manager_cert-manager_helm.toolkit.fluxcd.io_HelmRelease", v: "v2" },
      ],
    };
    const objects = [
      ourSource,
      kustomization("flux-system", OURS, ready()),
      kustomization("bundle", OURS, ready(), {}, { inventory }),
    ];
    const progress = look(objects, { kustomizations: [root, bundle, APP], helmReleases: [RELEASE] });
    assert.deepEqual([only(progress, APP).appliedBy, only(progress, RELEASE).appliedBy], [bundle, bundle]);
  });

  it("whose health checks fail waits for the HelmRelease that it applied", () => {
    const entries = [
      { id: "calcom__v1_Namespace", v: "v1" },
      { id: "cert-manager_cert-manager_helm.toolkit.fluxcd.io_HelmRelease", v: "v2" },
    ];
    const release: FluxObject = {
      kind: "HelmRelease",
      metadata: { name: "cert-manager", namespace: "cert-manager", generation: 1 },
      status: { observedGeneration: 1, conditions: [failed("InstallFailed", "timed out")] },
    };
    const app = at(OLDER, failed("HealthCheckFailed", unhealthy), {}, { inventory: { entries } });
    const progress = look([ourSource, release, app], { kustomizations: [APP], helmReleases: [RELEASE] });
    assert.deepEqual(only(progress, APP).waitsFor, [RELEASE]);
    const built = at(OLDER, failed("BuildFailed", "no such file"), {}, { inventory: { entries } });
    const own = look([ourSource, release, built], { kustomizations: [APP], helmReleases: [RELEASE] });
    assert.equal(only(own, APP).waitsFor, undefined);
  });

  describe("that waits for others", () => {
    const waiting = failed("DependencyNotReady", "dependency 'flux-system/store' is not ready", {
      observedGeneration: 1,
    });
    const dependsOn = [{ name: "store" }, { name: "ns", namespace: "infra" }];
    const dependent = kustomization("calcom", OLDER, waiting, { dependsOn }, { observedGeneration: -1 });
    const store = (revision: string) => kustomization("store", revision, ready());
    const ns: FluxObject = {
      ...kustomization("ns", OURS, ready(), {
        sourceRef: { kind: "GitRepository", name: "flux-system", namespace: "flux-system" },
      }),
      metadata: { name: "ns", namespace: "infra", generation: 1 },
    };
    const [storeKey, nsKey] = ["Kustomization flux-system/store", "Kustomization infra/ns"];

    it("fails when one of them isn't in the cluster and isn't to come", () => {
      assert.deepEqual(
        only(look([ourSource, dependent, store(OURS)], { kustomizations: [APP, storeKey] }), APP),
        {
          key: APP,
          status: "failing",
          message: `depends on ${nsKey}, which isn't in the cluster`,
          revision: OLDER,
        },
      );
    });

    it("takes one that others keep as its condition says", () => {
      const others = look([ourSource, dependent, store(OURS), ns], { kustomizations: [APP, storeKey] });
      assert.equal(only(others, APP).message, "its dependencies are ready");
      const broken = { ...ns, status: { ...ns.status, conditions: [failed("BuildFailed", "x")] } };
      const open = look([ourSource, dependent, store(OURS), broken], { kustomizations: [APP, storeKey] });
      assert.equal(only(open, APP).message, `waits for ${nsKey}`);
    });

    // In whichever order they are expected.
    for (const kustomizations of [
      [APP, storeKey, nsKey],
      [nsKey, storeKey, APP],
    ]) {
      it(`names those that aren't ready, then asks for a nudge (${kustomizations.join(", ")})`, () => {
        assert.deepEqual(only(look([ourSource, dependent, store(OLDER), ns], { kustomizations }), APP), {
          key: APP,
          status: "progressing",
          message: `waits for ${storeKey}`,
          revision: OLDER,
          waitsFor: [storeKey],
        });
        assert.equal(
          only(look([ourSource, dependent], { kustomizations }), APP).message,
          `waits for ${storeKey}, ${nsKey}`,
        );
        assert.deepEqual(only(look([ourSource, dependent, store(OURS), ns], { kustomizations }), APP), {
          key: APP,
          status: "progressing",
          message: "its dependencies are ready",
          revision: OLDER,
          nudge: true,
        });
      });
    }
  });
});

describe("progressOf an ArtifactGenerator and what applies its artifacts", () => {
  const GENERATOR = "ArtifactGenerator flux-system/apps";
  // The sources and digest of source-watcher's own TestHashObservedSources.
  const two: readonly FluxObject[] = [
    {
      kind: "GitRepository",
      metadata: { name: "flux-system", namespace: "flux-system", generation: 1 },
      status: {
        observedGeneration: 1,
        conditions: [ready()],
        artifact: {
          digest: "sha256:1b1452058f747245f79b4d45d589ad5693c516987e678d13231ddfdf26979208",
          revision: "main@sha1:28deef923f4da39062d2902cb640011a36d52e19",
          url: "https://example.com/repo1.git",
        },
      },
    },
    {
      kind: "GitRepository",
      metadata: { name: "values", namespace: "infra", generation: 1 },
      status: {
        artifact: {
          digest: "sha256:966a0b26898be9448d927312d81f9221edac224e383f131a6451f22b918bd66d",
          revision: "main@sha1:4b94f17f5ceb13341bdfe15d4d9249bb0a3a011e",
          url: "https://example.com/repo2.git",
        },
      },
    },
  ];
  const HASH = "sha256:0dd16ff06ef2efe7bbc5b6a356eb9f3b59467d76617969eb7bb34e094abbd58e";
  const generator = (
    condition: Condition,
    observedSourcesDigest = HASH,
    annotations: Readonly<Record<string, string>> = {},
  ): FluxObject => ({
    kind: "ArtifactGenerator",
    metadata: { name: "apps", namespace: "flux-system", generation: 1, annotations },
    spec: {
      sources: [
        { alias: "source2", kind: "GitRepository", name: "values", namespace: "infra" },
        { alias: "source1", kind: "GitRepository", name: "flux-system" },
      ],
      artifacts: [{ name: "calcom" }],
    },
    status: { observedSourcesDigest, conditions: [condition] },
  });
  const artifact: FluxObject = {
    kind: "ExternalArtifact",
    metadata: { name: "calcom", namespace: "flux-system", generation: 1 },
    status: { artifact: { revision: "latest@sha256:1" } },
  };
  const app = (revision: string): FluxObject =>
    kustomization("calcom", revision, ready("Applied"), {
      sourceRef: { kind: "ExternalArtifact", name: "calcom" },
    });
  const pushed = "main@sha1:28deef923f4da39062d2902cb640011a36d52e19";
  const see = (...objects: readonly FluxObject[]) =>
    look(objects, { sources: { [SOURCE]: pushed }, generators: [GENERATOR], kustomizations: [APP] });

  const table: readonly [string, FluxObject, Omit<ObjectProgress, "key">][] = [
    ["cut what its sources have", generator(ready()), { status: "ready", message: "done" }],
    [
      "cut an older revision",
      generator(ready(), "sha256:0"),
      { status: "progressing", message: "cuts the new revision into artifacts" },
    ],
    [
      "works",
      generator(ready("Reconciliation in progress", { status: "Unknown", reason: "Progressing" })),
      { status: "progressing", message: "Progressing: Reconciliation in progress" },
    ],
    [
      "is ready at an older generation",
      generator(ready("done", { observedGeneration: 0 })),
      { status: "progressing", message: "waits for its controller" },
    ],
    [
      "fails",
      generator(failed("BuildFailed", "calcom build failed: no such directory"), "sha256:0"),
      { status: "failing", message: "BuildFailed: calcom build failed: no such directory" },
    ],
    [
      "is disabled",
      generator(ready(), HASH, { "source.extensions.fluxcd.io/reconcile": "disabled" }),
      {
        status: "stopped",
        message:
          "is disabled, so Flux doesn't look at it. Remove its annotation source.extensions.fluxcd.io/reconcile",
      },
    ],
  ];
  for (const [name, object, expected] of table) {
    it(`that ${name}: ${expected.status}`, () => {
      assert.deepEqual(only(see(...two, object), GENERATOR), { key: GENERATOR, ...expected });
    });
  }

  it("waits for the source that was pushed to", () => {
    assert.deepEqual(only(look([...two, generator(ready())], { generators: [GENERATOR] }), GENERATOR), {
      key: GENERATOR,
      status: "progressing",
      message: `waits for ${SOURCE}`,
      waitsFor: [SOURCE],
    });
  });

  it("a Kustomization is ready with the artifact's revision, which needn't be new", () => {
    const [ahead, behind] = [app("latest@sha256:1"), app("latest@sha256:0")];
    assert.deepEqual(only(see(...two, generator(ready()), artifact, ahead), APP), {
      key: APP,
      status: "ready",
      message: "Applied",
      revision: "latest@sha256:1",
    });
    assert.equal(
      only(see(...two, generator(ready()), artifact, behind), APP).message,
      "has latest@sha256:0, not yet latest@sha256:1",
    );
  });

  it("a Kustomization waits for the generator, also while its artifact isn't there", () => {
    const failing = kustomization("calcom", undefined, failed("ArtifactFailed", "not found"), {
      sourceRef: { kind: "ExternalArtifact", name: "calcom" },
    });
    for (const objects of [[artifact, app("latest@sha256:1")], [failing]]) {
      const { status, message } = only(see(...two, generator(ready(), "sha256:0"), ...objects), APP);
      assert.deepEqual({ status, message }, { status: "progressing", message: `waits for ${GENERATOR}` });
    }
  });

  it("a Kustomization waits for the artifact that the generator says it has made", () => {
    const made = generator(ready());
    const status = {
      ...made.status,
      inventory: [{ name: "calcom", digest: "sha256:2" }],
    } as unknown as Status;
    const { status: seen, message } = only(
      see(...two, { ...made, status }, artifact, app("latest@sha256:1")),
      APP,
    );
    assert.deepEqual([seen, message], ["progressing", "waits for ExternalArtifact flux-system/calcom"]);
  });

  it("waits for the generator whose artifact it cuts further, in whatever order they are named", () => {
    const PART = "ArtifactGenerator flux-system/calcom";
    const part: FluxObject = {
      ...generator(ready()),
      metadata: { name: "calcom", namespace: "flux-system", generation: 1 },
      spec: {
        sources: [{ alias: "repository", kind: "ExternalArtifact", name: "calcom" }],
        artifacts: [{ name: "calcom-web" }],
      },
    };
    for (const generators of [
      [GENERATOR, PART],
      [PART, GENERATOR],
    ]) {
      const objects = [...two, generator(ready(), "sha256:0"), part, artifact];
      const seen = only(look(objects, { sources: { [SOURCE]: pushed }, generators }), PART);
      assert.deepEqual([seen.status, seen.waitsFor], ["progressing", [GENERATOR]]);
    }
  });

  it("a Kustomization whose source isn't in the cluster waits while the root applies", () => {
    const ROOT = "Kustomization flux-system/flux-system";
    const failing = kustomization("calcom", undefined, failed("ArtifactFailed", "not found"), {
      sourceRef: { kind: "ExternalArtifact", name: "calcom" },
    });
    const told = (root: Condition) => {
      const objects = [ourSource, kustomization("flux-system", OURS, root), failing];
      const { status, waitsFor } = only(look(objects, { kustomizations: [ROOT, APP] }), APP);
      return [status, waitsFor];
    };
    assert.deepEqual(told(ready("", { status: "Unknown" })), ["progressing", [ROOT]]);
    assert.deepEqual(told(ready()), ["failing", undefined]);
  });

  it("a Kustomization that failed before its artifact was there waits for its controller", () => {
    const told = (text: string) => {
      const object = kustomization("calcom", undefined, failed("ArtifactFailed", text), {
        sourceRef: { kind: "ExternalArtifact", name: "calcom" },
      });
      const { status, message } = only(see(...two, generator(ready()), artifact, object), APP);
      return { status, message };
    };
    const waits = { status: "progressing", message: "waits for its controller" };
    assert.deepEqual(told('ExternalArtifact.source.toolkit.fluxcd.io "calcom" not found'), waits);
    assert.deepEqual(told("Source artifact not found, retrying in 30s"), waits);
    assert.equal(told("failed to download archive: HTTP 500").status, "failing");
  });
});

describe("progressOf a HelmRelease", () => {
  const release = (condition: Condition, spec = {}): FluxObject => ({
    kind: "HelmRelease",
    metadata: { name: "cert-manager", namespace: "cert-manager", generation: 1 },
    spec,
    status: { observedGeneration: 1, conditions: [condition] },
  });
  const table: readonly [FluxObject, Omit<ObjectProgress, "key">][] = [
    [release(ready("Helm install succeeded")), { status: "ready", message: "Helm install succeeded" }],
    [
      release(ready("Fulfilling prerequisites", { status: "Unknown", reason: "Progressing" })),
      { status: "progressing", message: "Progressing: Fulfilling prerequisites" },
    ],
    [
      release(failed("DependencyNotReady", "dependency 'a/b' is not ready")),
      { status: "progressing", message: "DependencyNotReady: dependency 'a/b' is not ready" },
    ],
    [
      release(failed("InstallFailed", "context deadline exceeded")),
      { status: "failing", message: "InstallFailed: context deadline exceeded" },
    ],
    [
      release(ready(), { suspend: true }),
      {
        status: "stopped",
        message:
          "is suspended, so Flux doesn't look at it. Resume it: flux resume helmrelease cert-manager -n cert-manager",
      },
    ],
  ];
  for (const [object, expected] of table) {
    it(`${expected.status}: ${expected.message}`, () => {
      assert.deepEqual(look([object], { sources: {}, helmReleases: [RELEASE] }), [
        { key: RELEASE, ...expected },
      ]);
    });
  }
});

describe("progressOf what was left from before", () => {
  const release = (labels: Record<string, string> | undefined): FluxObject => ({
    kind: "HelmRelease",
    metadata: { name: "cert-manager", namespace: "cert-manager", generation: 1, labels },
    status: { observedGeneration: 1, conditions: [failed("UpgradeFailed", "no such chart version")] },
  });
  const labels = {
    "kustomize.toolkit.fluxcd.io/name": "calcom",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
  };
  const attempted = (lastAttemptedRevision: string, condition: Condition): FluxObject =>
    kustomization("calcom", OLDER, condition, {}, { lastAttemptedRevision });
  const health = failed("HealthCheckFailed", "timeout waiting for HelmRelease");

  it("takes no failure for ours while its Kustomization is at work on the revision before", () => {
    const objects = [ourSource, attempted(OLDER, health), release(labels)];
    const progress = look(objects, { kustomizations: [APP], helmReleases: [RELEASE] });
    const message = "is still at work on the revision before";
    assert.deepEqual(only(progress, APP), { key: APP, status: "progressing", message, revision: OLDER });
    assert.deepEqual(only(progress, RELEASE).waitsFor, [APP]);
    assert.equal(only(progress, RELEASE).status, "progressing");
  });

  it("takes a failure for ours when what was pushed is tried, or nobody says whose it is", () => {
    for (const [lastAttempted, by] of [[OURS, labels] as const, [OLDER, undefined] as const]) {
      const objects = [ourSource, attempted(lastAttempted, health), release(by)];
      const progress = look(objects, { kustomizations: [APP], helmReleases: [RELEASE] });
      assert.equal(only(progress, RELEASE).status, "failing");
    }
  });

  it("ends at once for a folder that the source hasn't got, when the controller has looked since it has it", () => {
    const words = "kustomization path not found: stat /tmp/k/k8s: no such file or directory";
    const fetched = (lastUpdateTime: string): FluxObject =>
      source(OURS, ready(), { artifact: { revision: OURS, lastUpdateTime } });
    const looked = failed("ArtifactFailed", words, { lastTransitionTime: "2026-11-20T10:00:05Z" });
    const status = (lastUpdateTime: string) => {
      const objects = [fetched(lastUpdateTime), attempted(OLDER, looked)];
      const { status: found, nudge } = only(look(objects, { kustomizations: [APP] }), APP);
      return [found, nudge];
    };
    assert.deepEqual(status("2026-11-20T10:00:03Z"), ["stopped", undefined]);
    // In the same second, or before it, it may have looked at the artifact before.
    assert.deepEqual(status("2026-11-20T10:00:05Z"), ["progressing", true]);
    assert.deepEqual(status("2026-11-20T10:00:07Z"), ["progressing", true]);
  });

  it("lets be suspended what the user allows, of every kind", () => {
    const suspend = { suspend: true };
    const objects = [
      source(OLDER, ready(), {}, suspend),
      kustomization("calcom", OLDER, ready(), suspend),
      { ...release(undefined), spec: suspend },
    ];
    const expected = { kustomizations: [APP], helmReleases: [RELEASE] };
    const allowSuspended = [SOURCE, APP, RELEASE];
    const states = (more: Partial<Expectation>) =>
      look(objects, { ...expected, ...more }).map((entry) => entry.status);
    assert.deepEqual(states({ allowSuspended }), ["ready", "ready", "ready"]);
    assert.deepEqual(states({}), ["stopped", "stopped", "stopped"]);
  });
});
