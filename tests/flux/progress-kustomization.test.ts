import { strict as assert } from "node:assert";
import { type FluxObject } from "../../provider/flux/follow/flux-object";
import type { ObjectProgress } from "../../provider/flux/follow/conditions";
import { appAt, progressOfApp, UNHEALTHY, OURS, OLDER, BEFORE, APP, ready, failed } from "./progress";

describe("progressOf a Kustomization", () => {
  const table: readonly [string, FluxObject | undefined, Omit<ObjectProgress, "key">][] = [
    [
      "isn't there",
      undefined,
      { status: "progressing", message: "isn't in the cluster yet", revision: undefined },
    ],
    [
      "applied our revision",
      appAt(OURS, ready("Applied")),
      { status: "ready", message: "Applied", revision: OURS },
    ],
    [
      "applied an older revision",
      appAt(OLDER, ready()),
      { status: "progressing", message: `has ${OLDER}, not yet ${OURS}`, revision: OLDER },
    ],
    [
      "applied nothing",
      appAt(undefined, ready()),
      { status: "progressing", message: `has nothing, not yet ${OURS}`, revision: undefined },
    ],
    [
      "has no status",
      { ...appAt(undefined), status: undefined },
      { status: "progressing", message: "waits for its controller", revision: undefined },
    ],
    [
      "has no condition",
      appAt(undefined),
      { status: "progressing", message: "waits for its controller", revision: undefined },
    ],
    [
      "works",
      appAt(OLDER, ready("Running health checks", { status: "Unknown", reason: "Progressing" })),
      { status: "progressing", message: "Progressing: Running health checks", revision: OLDER },
    ],
    [
      "is ready at an older generation",
      { ...appAt(OURS, ready()), metadata: { name: "calcom", namespace: "flux-system", generation: 2 } },
      { status: "progressing", message: "waits for its controller", revision: OURS },
    ],
    [
      "says ready before the status takes its generation over",
      appAt(OURS, ready("almost"), {}, { observedGeneration: -1 }),
      { status: "progressing", message: "Succeeded: almost", revision: OURS },
    ],
    [
      "fails",
      appAt(OLDER, failed("HealthCheckFailed", UNHEALTHY)),
      { status: "failing", message: `HealthCheckFailed: ${UNHEALTHY}`, revision: OLDER },
    ],
    [
      // kustomize-controller sets the status's generation only when it succeeds.
      "has never been ready and fails",
      appAt(undefined, failed("BuildFailed", "no such file"), {}, { observedGeneration: -1 }),
      { status: "failing", message: "BuildFailed: no such file", revision: undefined },
    ],
    [
      "failed at an older generation",
      {
        ...appAt(OLDER, failed("BuildFailed", "no such file")),
        metadata: { name: "calcom", namespace: "flux-system", generation: 2 },
      },
      { status: "progressing", message: "waits for its controller", revision: OLDER },
    ],
    [
      "is suspended",
      appAt(OURS, ready(), { suspend: true }),
      {
        status: "stopped",
        message:
          "is suspended, so Flux doesn't look at it. Resume it: flux resume kustomization calcom -n flux-system",
        revision: OURS,
      },
    ],
    [
      "stalls",
      appAt(
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
      appAt(
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
      appAt(undefined, failed("HealthCheckFailed", UNHEALTHY, BEFORE)),
      {
        status: "progressing",
        message: `HealthCheckFailed: ${UNHEALTHY}`,
        revision: undefined,
        nudge: true,
      },
    ],
    [
      "failed before the nudge, and again after it",
      appAt(
        undefined,
        failed("HealthCheckFailed", UNHEALTHY, BEFORE),
        {},
        { lastHandledReconcileAt: "2026-11-20T10:00:07.000Z" },
      ),
      { status: "failing", message: `HealthCheckFailed: ${UNHEALTHY}`, revision: undefined },
    ],
    [
      "says what it does in another condition",
      appAt(
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
      appAt(OLDER, failed("HealthCheckCanceled", "New reconciliation triggered by GitRepository/a/b")),
      {
        status: "progressing",
        message: "HealthCheckCanceled: New reconciliation triggered by GitRepository/a/b",
        revision: OLDER,
      },
    ],
    [
      "is being deleted",
      {
        ...appAt(OURS, ready()),
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
      appAt(OURS, undefined, {}, { conditions: [{ type: "Stalled", status: "False" }, ready()] }),
      { status: "ready", message: "done", revision: OURS },
    ],
  ];
  for (const [name, object, expected] of table) {
    it(`that ${name}: ${expected.status}`, () => {
      assert.deepEqual(progressOfApp(object), { key: APP, ...expected });
    });
  }
});
