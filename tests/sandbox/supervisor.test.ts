import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processIdentity } from "../../tools/sandbox/process-identity";
import {
  ensureProcess,
  knownProcesses,
  type ProcessSpec,
  runningProcess,
  stopProcess,
  stopStartedHere,
} from "../../tools/sandbox/supervisor";
import { ownState } from "./own-state";

const program = (code: string): Pick<ProcessSpec, "command" | "args"> => ({
  command: process.execPath,
  args: ["-e", code],
});
const forever = "setInterval(() => {}, 1000)";

describe("supervisor", () => {
  const state = ownState();
  const spec = (name: string, code = forever): ProcessSpec => ({
    name,
    ...program(code),
    ready: () => Promise.resolve(runningProcess(name) !== undefined),
  });
  afterEach(() => stopStartedHere());

  it("starts a process once and leaves it when it is asked for again", async () => {
    assert.equal(await ensureProcess(spec("one")), "started");
    const { pid } = runningProcess("one")!;
    assert.equal(await ensureProcess(spec("one")), "running");
    assert.equal(runningProcess("one")!.pid, pid);
    assert.deepEqual(knownProcesses(), ["one"]);
  });

  it("replaces a process that is to be started another way", async () => {
    await ensureProcess(spec("one"));
    const { pid } = runningProcess("one")!;
    assert.equal(await ensureProcess(spec("one", `${forever};1`)), "started");
    assert.equal(processIdentity(pid), undefined);
  });

  it("shows the last lines of the log of a process that ends at start", async () => {
    const dies: ProcessSpec = {
      ...spec("dies", `console.error("line one\\nno such flag"); process.exit(7)`),
      ready: () => Promise.resolve(false),
    };
    await assert.rejects(
      ensureProcess(dies),
      /dies ended at start \(exit status 7\)[^]*dies\.log:\n {2}line one\n {2}no such flag/,
    );
  });

  it("says that a command is missing", async () => {
    await assert.rejects(
      ensureProcess({ ...spec("absent"), command: join(state(), "nothing") }),
      /absent could not be started: .*nothing/,
    );
  });

  it("kills a process that ignores SIGTERM, with what it started", async () => {
    const file = join(state(), "child");
    const stubborn = `process.on("SIGTERM", () => {}); const c = require("child_process").spawn("sleep", ["60"]);
      require("fs").writeFileSync(${JSON.stringify(file)}, String(c.pid)); ${forever}`;
    await ensureProcess({ ...spec("stubborn", stubborn), ready: () => Promise.resolve(existsSync(file)) });
    assert.equal(await stopProcess("stubborn", 0.3), true);
    assert.equal(runningProcess("stubborn"), undefined);
    assert.equal(processIdentity(Number(readFileSync(file, "utf8"))), undefined);
  });

  it("never signals a process that merely has the number of an earlier one", async () => {
    mkdirSync(join(state(), "pids"), { recursive: true });
    const entry = { pid: process.pid, identity: "an earlier boot 12345", spec: "" };
    writeFileSync(join(state(), "pids", "old.json"), JSON.stringify(entry));
    assert.equal(runningProcess("old"), undefined);
    assert.equal(await stopProcess("old"), false); // this test would have ended here
    assert.deepEqual(knownProcesses(), []);
  });
});
