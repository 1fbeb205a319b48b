import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

describe("the program's loader", () => {
  const root = join(__dirname, "..", "..");
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(root, "node_modules", ".loader-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** What a program that `run` loads prints, with the loader in front as Pulumi.yaml has it. */
  function run(program: string, run: string): string {
    writeFileSync(join(folder, "program.ts"), program);
    writeFileSync(join(folder, "run.js"), run);
    const args = ["--require", join(root, "provider", "register.js"), join(folder, "run.js")];
    return execFileSync(process.execPath, args, { encoding: "utf8", timeout: 15_000 });
  }

  it("loads a program in TypeScript", () => {
    assert.equal(run("export const one: number = 1;", "console.log(require('./program.ts').one);"), "1\n");
  });

  it("loads the TypeScript compiler when it is asked for, and not before", () => {
    const printed = run(
      "",
      `const ts = require("typescript");
       const loaded = () => require.cache[require.resolve("typescript")].exports === ts;
       console.log(loaded(), ts.version === require("typescript/package.json").version, loaded());`,
    );
    assert.equal(printed, "true true false\n");
  });

  describe("lets errors whose stack goes through Pulumi's own files be printed", () => {
    // As source-map-support does.
    const prepare = `Error.prepareStackTrace = (error) =>
      error + "\\n    at Stack.init (/x/node_modules/@pulumi/resource.ts:1:2)";`;
    const print = `const print = (error) => console.log(require("util").inspect(error, { colors: true }));`;
    const isPrinted = (printed: string): void => {
      assert.match(
        printed.replaceAll(/\x1b\[\d+m/g, ""),
        /^Error: no\n +at Stack\.init .*@pulumi\/pulumi\/resource\.ts:1:2\)\n$/,
      );
    };

    it("thrown by the program", () => {
      const load = "try { require('./program.ts'); } catch (error) { print(error); }";
      isPrinted(run("throw new Error('no');", [prepare, print, load].join("\n")));
    });

    it("thrown before the program is loaded, as when the engine is gone", () => {
      isPrinted(run("", [prepare, print, "print(new Error('no'));"].join("\n")));
    });

    it("after somebody asked for the frames themselves", () => {
      const ask = `const before = Error.prepareStackTrace;
        Error.prepareStackTrace = (_, frames) => frames;
        if (!Array.isArray(new Error().stack)) console.log("no frames");
        Error.prepareStackTrace = before;`;
      isPrinted(run("", [prepare, print, ask, "print(new Error('no'));"].join("\n")));
    });
  });
});
