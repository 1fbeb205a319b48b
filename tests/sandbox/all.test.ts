import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { documents, summary } from "../../tools/sandbox/all";

/** A program in the sandbox's place: says its system, and ends with the status that it is told. */
const PROGRAM = `
  const [verb, system, ...options] = process.argv.slice(1);
  process.stderr.write("ran " + [verb, system, ...options].join(" ") + "\\n");
  if (options.includes("--json") && system !== "two") process.stdout.write(JSON.stringify({ system }));
  process.exit({ two: Number(process.env.STATUS) }[system] ?? 0);
`;

function all(status: number, ...options: string[]) {
  const script = `
    require("tsx/cjs");
    const { forAll } = require(${JSON.stringify(join(__dirname, "../../tools/sandbox/all.ts"))});
    const program = ["-e", ${JSON.stringify(PROGRAM)}, "--"];
    forAll(["one", "two", "three"], program, ["start", ...${JSON.stringify(options)}]).then((found) => process.exit(found));
  `;
  const env = { ...process.env, STATUS: String(status) };
  return spawnSync(process.execPath, ["-e", script], {
    encoding: "utf8",
    env,
    cwd: join(__dirname, "../.."),
  });
}

const ran = (text: string): string[] => [...text.matchAll(/^ran (.*)$/gm)].map(([, line = ""]) => line);

describe("the sandbox of all systems", () => {
  it("runs one after the other, and ends with a line for each", () => {
    const { status, stdout, stderr } = all(0);
    assert.equal(status, 0, stderr);
    assert.deepEqual(ran(stderr), ["start one", "start two", "start three"]);
    assert.match(stdout, /All systems\n {2}one {4}[\d.]+ s {2}ok\n {2}two {4}.*ok\n {2}three {2}.*ok\n$/);
  });

  it("goes on after one that failed, and says which", () => {
    const { status, stdout, stderr } = all(1);
    assert.equal(status, 1);
    assert.deepEqual(ran(stderr).length, 3);
    assert.match(stdout, /two .*FAILED, see above\n {2}three .*ok\n$/);
  });

  it("ends at an interruption", () => {
    const { status, stdout, stderr } = all(130);
    assert.equal(status, 130);
    assert.deepEqual(ran(stderr), ["start one", "start two"]);
    assert.match(stdout, /two .*interrupted\n$/);
  });

  it("gives one document for all", () => {
    const { stdout, stderr } = all(1, "--json");
    assert.deepEqual(JSON.parse(stdout), { one: { system: "one" }, two: null, three: { system: "three" } });
    assert.match(stderr, /All systems/);
  });

  it("tells minutes, and nothing of a system that printed nothing", () => {
    const outcome = { system: "one", status: 0, seconds: 200, output: "" };
    assert.equal(summary([outcome]), "\nAll systems\n  one  3 min 20 s  ok\n");
    assert.deepEqual(documents([outcome]), { one: null });
  });
});
