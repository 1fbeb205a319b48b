import { strict as assert } from "node:assert";
import { type FluxObject } from "../../provider/flux/follow/flux-object";
import {
  appAt,
  progressOfApp,
  UNHEALTHY,
  OURS,
  OLDER,
  NEWER,
  TOKEN,
  SOURCE,
  APP,
  RELEASE,
  ready,
  failed,
  source,
  ourSource,
  kustomization,
  look,
  only,
} from "./progress";

describe("progressOf a Kustomization among others", () => {
  it("follows its source to somebody's newer revision, and not to an older one", () => {
    const newer = source(NEWER, ready(), { lastHandledReconcileAt: TOKEN });
    assert.equal(progressOfApp(appAt(NEWER, ready()), newer).status, "ready");
    assert.equal(progressOfApp(appAt(OURS, ready()), newer).message, `has ${OURS}, not yet ${NEWER}`);
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
      assert.deepEqual(progressOfApp(appAt(OLDER, condition), source(OLDER, ready())), expected);
    }
    const suspended = appAt(OLDER, ready(), { suspend: true });
    assert.equal(progressOfApp(suspended, source(OLDER, ready())).status, "stopped");
  });

  it("takes a source that nothing was pushed to as it is", () => {
    const sourceRef = { kind: "OCIRepository", name: "charts", namespace: "infra" };
    const charts: FluxObject = {
      kind: "OCIRepository",
      metadata: { name: "charts", namespace: "infra", generation: 1 },
      status: { observedGeneration: 1, conditions: [ready()], artifact: { revision: "v1@sha256:1" } },
    };
    const of = (revision: string) =>
      only(look([charts, appAt(revision, ready(), { sourceRef })], { kustomizations: [APP] }), APP);
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
    const app = appAt(undefined, failed("ArtifactFailed", "Source artifact not found"), { sourceRef });
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
    const app = appAt(OLDER, failed("HealthCheckFailed", UNHEALTHY), {}, { inventory: { entries } });
    const progress = look([ourSource, release, app], { kustomizations: [APP], helmReleases: [RELEASE] });
    assert.deepEqual(only(progress, APP).waitsFor, [RELEASE]);
    const message = `Running health checks for revision ${OURS} with a timeout of 5m0s`;
    const running = appAt(OLDER, ready(message, { status: "Unknown" }), {}, { inventory: { entries } });
    const both = look([ourSource, release, running], { kustomizations: [APP], helmReleases: [RELEASE] });
    assert.deepEqual([only(both, APP).waitsFor, only(both, APP).healthy], [[RELEASE], false]);
    const done = { ...release, status: { observedGeneration: 1, conditions: [ready()] } };
    for (const helmReleases of [[RELEASE], []]) {
      const passed = only(look([ourSource, done, running], { kustomizations: [APP], helmReleases }), APP);
      assert.deepEqual([passed.status, passed.waitsFor, passed.healthy], ["progressing", undefined, true]);
    }
    const built = appAt(OLDER, failed("BuildFailed", "no such file"), {}, { inventory: { entries } });
    const own = look([ourSource, release, built], { kustomizations: [APP], helmReleases: [RELEASE] });
    assert.equal(only(own, APP).waitsFor, undefined);
  });
});
