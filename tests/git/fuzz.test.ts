import fc from "fast-check";
import { type Operation, operation } from "./fuzz-operations";
import { World } from "./fuzz-world";
import { slow } from "../slow";

/** One stack's entry is taken over by the other's; then the first wants it without its state. */
const TAKEN_OVER_SINCE: Operation[] = [
  { kind: "up", stack: "one", files: {}, entries: ["./common"], adopt: false },
  { kind: "up", stack: "two", files: {}, entries: ["./common"], adopt: false },
  { kind: "up", stack: "one", files: {}, entries: ["./one", "./common"], adopt: false },
  { kind: "up", stack: "two", files: {}, entries: [], adopt: false },
  { kind: "up", stack: "one", files: {}, entries: ["./one", "./common"], adopt: false },
];

/** A stack without its state changes what it wrote; somebody else's commit lies between. */
const CHANGED_WITHOUT_STATE: Operation[] = [
  { kind: "up", stack: "one", files: { "one/a.yaml": "v: 1\n" }, entries: [], adopt: false },
  { kind: "forget", stack: "one" },
  { kind: "up", stack: "one", files: { "one/a.yaml": "crlf\r\n" }, entries: [], adopt: false },
  { kind: "their file", path: "README.md", text: null },
  { kind: "up", stack: "one", files: {}, entries: [], adopt: false },
];

describe("any sequence of operations by two stacks and people", function () {
  this.timeout(600_000);

  async function fuzz(numRuns: number, maxLength: number): Promise<void> {
    const counts = { runs: 0, operations: 0, conflicts: 0, commits: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 2, maxLength }), async (operations) => {
        const world = new World();
        try {
          for (const operation of operations) await world.apply(operation);
          counts.runs++;
          counts.operations += operations.length;
          counts.conflicts += world.conflicts;
          counts.commits += world.remote.log().length;
        } finally {
          world.remote.dispose();
        }
      }),
      { numRuns, interruptAfterTimeLimit: 500_000, examples: [[TAKEN_OVER_SINCE], [CHANGED_WITHOUT_STATE]] },
    );
    console.log(
      `      ${counts.operations} operations in ${counts.runs} sequences: ${counts.commits} commits, ${counts.conflicts} stopped by a conflict`,
    );
  }

  it("never changes what isn't ours, and agrees with the state", async () => {
    await fuzz(2, 6);
  });
  slow("never changes what isn't ours, and agrees with the state, for long (slow)", async () => {
    await fuzz(40, 14);
  });
});
