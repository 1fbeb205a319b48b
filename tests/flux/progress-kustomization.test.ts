import { strict as assert } from "node:assert";
import { type Condition, type FluxObject } from "../../provider/flux/follow/flux-object";
import type { ObjectProgress } from "../../provider/flux/follow/conditions";
import {
  OURS,
  OLDER,
  NEWER,
  TOKEN,
  BEFORE,
  SOURCE,
  APP,
  RELEASE,
  type Status,
  ready,
  failed,
  source,
  ourSource,
  kustomization,
  look,
  only,
} from "./progress";

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

  it("whose health checks fail, or go on, waits for the HelmRelease that it applied", () => {
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
    const message = `Running health checks for revision ${OURS} with a timeout of 5m0s`;
    const running = at(OLDER, ready(message, { status: "Unknown" }), {}, { inventory: { entries } });
    const both = look([ourSource, release, running], { kustomizations: [APP], helmReleases: [RELEASE] });
    assert.deepEqual(only(both, APP).waitsFor, [RELEASE]);
    const built = at(OLDER, failed("BuildFailed", "no such file"), {}, { inventory: { entries } });
    const own = look([ourSource, release, built], { kustomizations: [APP], helmReleases: [RELEASE] });
    assert.equal(only(own, APP).waitsFor, undefined);
  });
});
