import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { slow } from "../slow";
import { patiently } from "../../tools/text/patience";

describe("a command that waits", () => {
  it("says what for, and how long, until it has it", async () => {
    const said: string[] = [];
    const tell = (line: string): void => {
      said.push(line);
    };
    assert.equal(await patiently(sleep(70, "found"), () => "Still asking", tell, 20), "found");
    assert.ok(said.length >= 2 && said.every((line) => /^Still asking … \d+ s$/.test(line)), said.join());
    await assert.rejects(
      patiently(Promise.reject(new Error("no")), () => "", tell, 20),
      /no/,
    );
    const count = said.length;
    await sleep(50);
    assert.equal(said.length, count);
  });
});

describe("a command whose reader stops", () => {
  slow("ends without a word, as of a broken pipe", () => {
    const script = `require("tsx/cjs");
      const { runCommand } = require(${JSON.stringify(join(__dirname, "../../tools/command-line.ts"))});
      runCommand("", async () => { for (;;) { process.stdout.write("x".repeat(65536)); await new Promise(setImmediate); } });`;
    const { stderr, stdout } = spawnSync(
      "bash",
      ["-c", 'node -e "$SCRIPT" | head -c 10; echo " ${PIPESTATUS[0]}"'],
      { env: { ...process.env, SCRIPT: script }, encoding: "utf8", timeout: 60_000 },
    );
    assert.deepEqual({ stderr, stdout }, { stderr: "", stdout: "xxxxxxxxxx 141\n" });
  });
});
