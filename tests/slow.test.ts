import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A worker of mocha's has more than one file: each takes the marks of tests/slow.ts from the same module. */
describe("slow tests", () => {
  const files = ["a", "b", "c"];
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "handoff-slow-"));
    const marks = JSON.stringify(join(__dirname, "slow"));
    for (const name of files) {
      writeFileSync(
        join(folder, `${name}.test.ts`),
        `const { slow, slowly } = require(${marks});
describe("${name}", () => { it("fast", () => {}); slow("long", () => {}); slowly("many", () => { it("one", () => {}); }); });\n`,
      );
    }
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function counts(environment: object): unknown[] {
    const mocha = join(__dirname, "../node_modules/mocha/bin/mocha.js");
    const args = ["--no-config", "--require", "tsx/cjs", "--parallel", "--jobs", "2", "--reporter", "json"];
    const { CI, SLOW, ...env } = process.env;
    const output = execFileSync(process.execPath, [mocha, ...args, join(folder, "*.test.ts")], {
      encoding: "utf8",
      env: { ...env, ...environment },
    });
    const { stats } = JSON.parse(output) as { stats: { passes: number; pending: number } };
    return [stats.passes, stats.pending];
  }

  it("are left out of every file", () => {
    assert.deepEqual(counts({}), [3, 6]);
  });

  it("run in CI, and where they are asked for", () => {
    assert.deepEqual(counts({ CI: "true" }), [9, 0]);
    assert.deepEqual(counts({ SLOW: "1" }), [9, 0]);
  });
});
