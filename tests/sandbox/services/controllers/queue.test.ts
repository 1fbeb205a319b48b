import { strict as assert } from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import { changedCondition, milliseconds } from "../../../../tools/sandbox/services/controllers/conditions";
import { Queue } from "../../../../tools/sandbox/services/controllers/queue";

describe("controllers' queue", () => {
  it("works on a key once at a time and again when it changed meanwhile", async () => {
    let running = 0;
    let most = 0;
    let times = 0;
    const queue = new Queue("test", async () => {
      most = Math.max(most, ++running);
      times += 1;
      await pause(20);
      running -= 1;
      return undefined;
    });
    for (let i = 0; i < 5; i++) queue.add("a");
    await pause(10);
    queue.add("a");
    queue.add("a");
    await pause(80);
    assert.deepEqual([most, times], [1, 2]);
    queue.stop();
  });

  it("holds up the others where it works on so many at once, in their order", async () => {
    const history: string[] = [];
    const queue = new Queue(
      "test",
      async (key) => {
        history.push(`${key} begins`);
        await pause(10);
        history.push(`${key} ends`);
        return undefined;
      },
      1,
    );
    for (const key of ["a", "b", "c"]) queue.add(key);
    await pause(100);
    assert.deepEqual(
      history,
      ["a", "b", "c"].flatMap((key) => [`${key} begins`, `${key} ends`]),
    );
    queue.stop();
  });

  it("comes back when the work asks for it", async () => {
    let times = 0;
    const queue = new Queue("test", () => Promise.resolve(++times < 3 ? 5 : undefined));
    queue.add("a");
    await pause(80);
    assert.equal(times, 3);
    queue.stop();
  });

  it("pauses after a failure, whoever asks", async () => {
    const logged: unknown[] = [];
    const { error } = console;
    console.error = (line: unknown) => logged.push(line);
    try {
      let times = 0;
      const queue = new Queue("test", async () => {
        times += 1;
        await pause(5);
        throw new Error("no");
      });
      queue.add("a");
      await pause(2);
      queue.add("a");
      await pause(100);
      assert.equal(times, 1);
      assert.deepEqual(logged, ["test a: no"]);
      queue.stop();
    } finally {
      console.error = error;
    }
  });
});

describe("controllers' conditions", () => {
  const ready = { type: "Ready", status: "True", reason: "Synced", message: "done" } as const;

  it("keep the time while the status stays", () => {
    const before = [{ ...ready, lastTransitionTime: "2026-01-01T00:00:00Z" }];
    assert.equal(changedCondition(before, ready), undefined);
    const reworded = changedCondition(before, { ...ready, message: "again" });
    assert.equal(reworded?.lastTransitionTime, "2026-01-01T00:00:00Z");
    const failed = changedCondition(before, { ...ready, status: "False" });
    assert.notEqual(failed?.lastTransitionTime, "2026-01-01T00:00:00Z");
  });

  it("read Go's durations", () => {
    assert.deepEqual(
      ["1h0m0s", "90s", "1.5h", "250ms", "0"].map(milliseconds),
      [3_600_000, 90_000, 5_400_000, 250, 0],
    );
    assert.throws(() => milliseconds("1 day"), /not a duration/);
  });
});
