import assert from "node:assert/strict";
import type { ObjectProgress, Status } from "../../provider/flux/follow/conditions";
import { FailingTime } from "../../provider/flux/follow/failing-time";

describe("the time that an object has been failing", () => {
  const key = "Kustomization flux-system/app";
  const object = (status: Status, message = "", waitsFor: string[] = []): ObjectProgress => ({
    key,
    status,
    message,
    waitsFor,
  });
  const failing = object("failing", "BuildFailed");
  /** What it is after looks in seconds; undefined: the cluster couldn't be asked. */
  const after = (...looks: (readonly [number, ObjectProgress | undefined])[]): number => {
    const time = new FailingTime();
    for (const [second, seen] of looks) {
      if (seen === undefined) time.resume(second * 1000);
      else time.look(seen.status === "ready" ? [] : [seen], second * 1000);
    }
    return time.of(key) / 1000;
  };

  const cases: readonly [string, number, number][] = [
    ["begins with its first failure", 0, after([5, failing])],
    [
      "isn't that of an object which hasn't failed",
      0,
      after([0, object("progressing")], [50, object("progressing")]),
    ],
    ["grows while it fails", 7, after([3, failing], [5, failing], [10, failing])],
    [
      "grows while it tries again",
      90,
      after([0, failing], [10, object("progressing", "Running")], [90, failing]),
    ],
    [
      "stands still in its controller's queue",
      12,
      after(
        [0, failing],
        [10, failing],
        [100, object("progressing", "waits for its controller")],
        [102, failing],
      ),
    ],
    ["ends when it is ready", 0, after([0, failing], [10, object("ready")], [20, failing])],
    [
      "ends when it waits for another",
      1,
      after([0, failing], [10, object("failing", "", ["x"])], [20, failing], [21, failing]),
    ],
    [
      "doesn't count while the cluster can't be asked",
      3,
      after([0, failing], [1, failing], [60, undefined], [62, failing]),
    ],
  ];
  for (const [name, seconds, found] of cases) {
    it(name, () => {
      assert.equal(found, seconds);
    });
  }
});
