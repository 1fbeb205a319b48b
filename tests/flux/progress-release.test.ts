import { strict as assert } from "node:assert";
import { type Condition, type FluxObject } from "../../provider/flux/follow/flux-object";
import type { ObjectProgress } from "../../provider/flux/follow/conditions";
import { type Expectation } from "../../provider/flux/follow/progress";
import {
  OURS,
  OLDER,
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
