import { strict as assert } from "node:assert";
import { join } from "node:path";
import fc from "fast-check";
import type { FluxObject } from "../../provider/flux/follow/flux-object";
import type { StatusNode } from "../../tools/status/arrange";
import { statusOf, type StatusArgs } from "../../tools/status/status";
import { statusText } from "../../tools/status/text";
import { type Paint, plainly } from "../../tools/text/mark";
import { assertGolden } from "../golden";
import { ledOtherwise, PUSHED } from "./led-otherwise";
import { broken, failing, fluxObject, healthy, NOW, OUTPUTS, stateOf, THEIRS, warning } from "./objects";

const args = (flux: StatusArgs["flux"], more: Partial<StatusArgs> = {}): StatusArgs => ({
  ...{ stack: "prod", cluster: "https://cluster.example.com:6443", outputs: OUTPUTS, flux },
  ...more,
});

const sick = broken(
  fluxObject("GitRepository", "calcom-app", {
    spec: { url: "ssh://git@git.example.com/your-org/calcom.git" },
    status: { artifact: { revision: THEIRS } },
  }),
  fluxObject("HelmRelease", "cert-manager", {
    namespace: "cert-manager",
    by: "cert-manager",
    status: { conditions: failing("timed out waiting for the condition", "InstallFailed"), history: [] },
  }),
  fluxObject("Kustomization", "cert-manager", {
    status: { conditions: failing("health check failed", "HealthCheckFailed") },
  }),
  fluxObject("Kustomization", "issuer", {
    spec: { dependsOn: [{ name: "cert-manager" }] },
    status: {
      conditions: failing("dependency 'flux-system/cert-manager' is not ready", "DependencyNotReady"),
    },
  }),
  fluxObject("Kustomization", "secrets", { spec: { suspend: true } }),
).filter(({ kind, metadata }) => kind !== "Kustomization" || metadata?.name !== "calcom");

const warnings = [
  warning("Kustomization", "cert-manager", "Deployment cert-manager/cert-manager: 0 of 1 pods available"),
  // From before it became ready.
  warning("GitRepository", "flux-system", "failed to checkout", "2026-03-01T10:00:00Z"),
];

const DISABLED = { "source.extensions.fluxcd.io/reconcile": "disabled" };

const led = (...options: Parameters<typeof ledOtherwise>) =>
  statusOf(args(stateOf(ledOtherwise(...options)), { outputs: { revisions: { "flux-system": PUSHED } } }));

describe("npm run status", () => {
  it("shows what is well, and what isn't, as text and as JSON", () => {
    const well = statusOf(args(stateOf(healthy())));
    const ill = statusOf(args(stateOf(sick, warnings)));
    const allowed = ["Kustomization flux-system/secrets"];
    const suspended = broken(fluxObject("Kustomization", "secrets", { spec: { suspend: true } }));
    assertGolden(join(__dirname, "golden"), {
      "healthy.txt": statusText(well, NOW, plainly),
      "sick.txt": statusText(ill, NOW, plainly),
      "sick-narrow.txt": statusText(ill, NOW, plainly, 60),
      "sick.json": `${JSON.stringify(ill, null, 2)}\n`,
      "suspended.txt": statusText(
        statusOf(args(stateOf(suspended), { allowSuspended: allowed })),
        NOW,
        plainly,
      ),
      "idle.txt": statusText(
        statusOf(args({ ...stateOf(healthy()), idle: ["flux-system/helm-controller is scaled to 0"] })),
        NOW,
        plainly,
      ),
      "nothing.txt": statusText(statusOf(args(stateOf([]), { outputs: {} })), NOW, plainly),
      "led-otherwise.txt": statusText(led(), NOW, plainly),
      "disabled.txt": statusText(led({ annotations: DISABLED, observed: "of-before" }), NOW, plainly),
      "of-no-stack.txt": statusText(statusOf(args(stateOf(healthy()), { outputs: {} })), NOW, plainly),
    });
  });

  it("counts where a commit runs through the artifacts that are cut from it, once they are", () => {
    assert.deepEqual(led().commits[0], {
      ...{ source: "GitRepository flux-system/flux-system", url: undefined },
      ...{ pushed: PUSHED, fetched: PUSHED, applied: 2, of: 2 },
    });
    assert.equal(led({ observed: "of-before" }).commits[0]?.applied, 1);
  });

  it("is ready only when everything is, or is suspended as is allowed", () => {
    const ready = (objects: readonly FluxObject[], more?: Partial<StatusArgs>): boolean =>
      statusOf(args(stateOf(objects), more)).ready;
    const suspended = broken(fluxObject("Kustomization", "calcom", { spec: { suspend: true } }));
    assert(ready(healthy()));
    assert(!ready([], { outputs: {} }));
    assert(!ready(suspended));
    assert(ready(suspended, { allowSuspended: ["Kustomization flux-system/calcom"] }));
    assert(!ready(healthy().slice(0, -1)), "one of ours isn't there");
    for (const status of [
      { conditions: failing("no") },
      { conditions: [{ type: "Ready", status: "Unknown" }] },
      { conditions: [] },
      { observedGeneration: 1 },
      { lastAppliedRevision: THEIRS },
    ]) {
      assert(!ready(broken(fluxObject("Kustomization", "secrets", { status }))), JSON.stringify(status));
    }
  });

  it("doesn't say of one that was changed what its controller said before", () => {
    const status = { observedGeneration: 1 };
    const text = statusText(
      statusOf(args(stateOf(broken(fluxObject("Kustomization", "secrets", { status }))))),
      NOW,
      plainly,
    );
    assert.match(text, /… Kustomization flux-system\/secrets .* waits for its controller/);
    assert.doesNotMatch(text, /Applied$/m);
  });

  it("keeps the columns, whatever colours there are", () => {
    const shouting: Paint = (_style, text) => `\u001b[31m${text}\u001b[39m`;
    const status = statusOf(args(stateOf(sick, warnings)));
    const stripped = statusText(status, NOW, shouting).replaceAll(/\u001b\[\d+m/g, "");
    assert.equal(stripped, statusText(status, NOW, plainly));
  });

  it("takes waves of many for no longer than there are objects", () => {
    const wave = (round: number): string[] =>
      Array.from({ length: 20 }, (_, at) => `${String(round)}-${String(at)}`);
    const objects = Array.from({ length: 100 }, (_, round) =>
      wave(round).map((name) =>
        fluxObject("Kustomization", name, {
          spec: { dependsOn: round === 0 ? [] : wave(round - 1).map((other) => ({ name: other })) },
        }),
      ),
    ).flat();
    const status = statusOf(args(stateOf(objects), { outputs: {} }));
    assert(status.ready);
    assert.equal(statusText(status, NOW, plainly).match(/✔ Kustomization/g)?.length, 2000);
  });

  it("doesn't call missing, nor ready, what it can't see", () => {
    const seen = healthy().filter(({ kind }) => kind !== "HelmRelease");
    const unseen = [{ kind: "HelmRelease", why: "helmreleases is forbidden", forbidden: true }];
    const status = statusOf(args({ ...stateOf(seen), unseen }));
    assert(!status.ready);
    const text = statusText(status, NOW, plainly);
    assert.match(text, /⚠ HelmRelease: helmreleases is forbidden/);
    assert.match(text, /‖ HelmRelease cert-manager\/cert-manager .*can't be looked at/);
    assert.doesNotMatch(text, /isn't in the cluster/);
    const nothing = statusText(statusOf(args({ ...stateOf([]), unseen }, { outputs: {} })), NOW, plainly);
    assert.match(nothing, /nothing of Flux can be seen/);
  });

  it("shows each object once, whatever depends on what", () => {
    const names = ["a", "b", "c", "d", "e"];
    const edge = fc.record({ of: fc.constantFrom(...names), on: fc.constantFrom(...names, "gone") });
    fc.assert(
      fc.property(
        fc.array(edge),
        fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...names)),
        (edges, by) => {
          const objects = names.map((name) =>
            fluxObject("Kustomization", name, {
              by: by[name],
              spec: { dependsOn: edges.filter(({ of }) => of === name).map(({ on }) => ({ name: on })) },
            }),
          );
          const { applied } = statusOf(args(stateOf(objects), { outputs: {} }));
          const shown = (nodes: readonly StatusNode[]): string[] =>
            nodes.flatMap(({ key, below }) => [key, ...shown(below)]);
          assert.deepEqual(
            shown(applied).sort(),
            names.map((name) => `Kustomization flux-system/${name}`),
          );
        },
      ),
    );
  });
});
