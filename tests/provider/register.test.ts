import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";

describe("the program's loader", () => {
  const root = join(__dirname, "..", "..");
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(root, "node_modules", ".loader-"));
  });
  const cache = join(root, "node_modules", ".cache", "handoff");
  const ofProgram = (): string[] => readdirSync(cache).filter((name) => name.includes(basename(folder)));
  const made = (): string[] => ofProgram().filter((name) => !name.endsWith(".digest"));
  afterEach(() => {
    for (const name of ofProgram()) rmSync(join(cache, name));
    rmSync(folder, { recursive: true });
  });

  /** What a program that `run` loads prints, with the loader in front as Pulumi.yaml has it. */
  function run(program: string, run: string): string {
    writeFileSync(join(folder, "program.ts"), program);
    writeFileSync(join(folder, "run.js"), run);
    const args = ["--require", join(root, "provider", "register.js"), join(folder, "run.js")];
    const printed = execFileSync(process.execPath, args, { encoding: "utf8", timeout: 15_000 });
    return printed.replaceAll(/\x1b\[\d+m/g, "");
  }

  it("loads a program in TypeScript", () => {
    assert.equal(run("export const one: number = 1;", "console.log(require('./program.ts').one);"), "1\n");
  });

  it("loads a program that several runs load for the first time at once", async () => {
    writeFileSync(join(folder, "program.ts"), "export const one: number = 1;");
    writeFileSync(join(folder, "run.js"), "console.log(require('./program.ts').one);");
    const args = ["--require", join(root, "provider", "register.js"), join(folder, "run.js")];
    const runs = Array.from({ length: 6 }, () => promisify(execFile)(process.execPath, args));
    for (const { stdout } of await Promise.all(runs)) assert.equal(stdout, "1\n");
  });

  it("leaves a bundle of former sources while a run may still need it", () => {
    const load = "console.log(require('./program.ts').one);";
    run("export const one = 1;", load);
    const first = made();
    assert.equal(run("export const one = 2;", load), "2\n");
    assert.deepEqual(
      first.filter((name) => !made().includes(name)),
      [],
    );
    for (const name of first) utimesSync(join(cache, name), 0, 0);
    assert.equal(run("export const one = 3;", load), "3\n");
    assert.deepEqual(
      first.filter((name) => made().includes(name)),
      [],
    );
    assert.equal(made().length, 2 * first.length);
  });

  it("loads parts of Pulumi's SDK when something of them is asked for, and not before", () => {
    const parts = [
      ...["typescript", "@npmcli/arborist", "normalize-package-data", "fdir", "js-yaml"],
      ...["./automation/index.js", "./provider/index.js"],
      ...["@opentelemetry/resources", "@opentelemetry/instrumentation"],
      ...["@opentelemetry/sdk-trace-base", "@opentelemetry/sdk-trace-node"],
      ...["@opentelemetry/exporter-zipkin", "@opentelemetry/instrumentation-grpc"],
    ];
    // As the SDK's modules take others.
    const printed = run(
      "",
      `const sdk = require("module").createRequire(require.resolve("@pulumi/pulumi"));
       require("@pulumi/pulumi/cmd/run/tracing");
       require("@pulumi/pulumi");
       const star = ${String(importStar)};
       const parts = ${JSON.stringify(parts)}.map((name) => ({ name, deferred: sdk(name) }));
       const isLoaded = ({ name, deferred }) => require.cache[sdk.resolve(name)].exports !== deferred;
       const early = parts.filter(isLoaded);
       const wrong = parts.filter((part) => {
         const names = Object.keys(star(part.deferred)).filter((key) => key !== "default");
         const whole = sdk(part.name);
         return !isLoaded(part) || names.length === 0 || names.some((key) => part.deferred[key] !== whole[key]);
       });
       console.log(JSON.stringify([early, wrong].map((found) => found.map(({ name }) => name))));`,
    );
    assert.equal(printed, "[[],[]]\n");
  });

  it("serializes functions, for which the SDK then connects to V8's debugger", () => {
    const program = `import { runtime } from "@pulumi/pulumi";
      const factor = 3;
      export const text = runtime.serializeFunction((value: number) => value * factor);`;
    const printed = run(program, "require('./program.ts').text.then(({ text }) => console.log(text));");
    assert.match(printed, /value \* factor/);
    assert.match(printed, /factor: 3/);
  });

  it("loads what npm's packages are computed by, a function, when it is called", () => {
    const program = `import { runtime } from "@pulumi/pulumi";
      export const paths = runtime.computeCodePaths();`;
    const printed = run(
      program,
      "require('./program.ts').paths.then((paths) => console.log(paths.size > 0));",
    );
    assert.equal(printed, "true\n");
  });

  describe("has errors name the lines of their sources", () => {
    // As Pulumi's SDK begins, which prints every error of a program so.
    const begin = `require(require.resolve("source-map-support/register", { paths: [require.resolve("@pulumi/pulumi")] }));
      const print = (error) => console.log(require("util").inspect(error, { colors: true }));`;
    const program = [
      "// a line more than the bundle has",
      "interface Unused {}",
      "",
      "throw new Error('no');",
    ];

    it("of a program", () => {
      const printed = run(
        program.join("\n"),
        `${begin} try { require("./program.ts"); } catch (e) { print(e); }`,
      );
      assert.match(printed, /^Error: no\n/);
      assert.ok(printed.includes(`${join(folder, "program.ts")}:4:7`), printed);
    });

    it("of a resource that Pulumi's own files make, where Node 20 would print for ever", () => {
      const made = `import { ComponentResource } from "@pulumi/pulumi";
        try { new ComponentResource("a", ""); } catch (error) { throw new Error("no", { cause: error }); }`;
      const printed = run(made, `${begin} try { require("./program.ts"); } catch (e) { print(e); }`);
      assert.match(printed, /at new Resource .*@pulumi\/pulumi\/resource\.js:\d+/);
    });

    it("while others may ask for the frames themselves", () => {
      const ask = `const before = Error.prepareStackTrace;
        Error.prepareStackTrace = (_, frames) => frames;
        const frames = new Error().stack;
        Error.prepareStackTrace = before;
        console.log(Array.isArray(frames));`;
      assert.equal(run("export {};", `${begin} require("./program.ts"); ${ask}`), "true\n");
    });
  });
});

/** What TypeScript makes of `import * as`, for modules of CommonJS too. */
function importStar(mod: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key in mod) if (Object.hasOwn(mod, key)) result[key] = mod[key];
  return result;
}
