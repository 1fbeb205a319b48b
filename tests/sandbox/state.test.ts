import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { asShell } from "../../tools/sandbox/environment";
import { withLock } from "../../tools/sandbox/lock";
import { port } from "../../tools/sandbox/ports";
import { withConfigFile } from "../../tools/sandbox/stack-config-file";
import { ownState } from "./own-state";

describe("sandbox state", () => {
  const state = ownState();

  it("remembers the port of a name, and gives each name its own", async () => {
    const [a, b] = await Promise.all([port("a", false), port("b", false)]);
    assert.notEqual(a, b);
    assert.equal(await port("a", false), a);
  });

  it("replaces a remembered port only when somebody else has it", async () => {
    const first = await port("web", false);
    const other = createServer();
    await new Promise<void>((done) => other.listen(first, "127.0.0.1", done));
    assert.equal(await port("web", true), first); // it is ourselves who listen
    assert.notEqual(await port("web", false), first);
    other.close();
  });

  it("lets one holder of a lock work at a time", async () => {
    const file = join(state(), "a.lock");
    const order: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      order.push(`${name} in`);
      await new Promise((done) => setTimeout(done, 30));
      order.push(`${name} out`);
    };
    const waiting: number[] = [];
    const wait = (pid: number): void => void waiting.push(pid);
    await Promise.all([withLock(file, wait, work("one")), withLock(file, wait, work("two"))]);
    assert.deepEqual(order, ["one in", "one out", "two in", "two out"]);
    assert.deepEqual(waiting, [process.pid]);
    assert.equal(existsSync(file), false);
  });

  it("takes over the lock of a process that has ended", async () => {
    const file = join(state(), "b.lock");
    mkdirSync(state(), { recursive: true });
    writeFileSync(file, JSON.stringify({ pid: 1, identity: "of an earlier boot" }));
    assert.equal(
      await withLock(
        file,
        () => undefined,
        () => Promise.resolve("done"),
      ),
      "done",
    );
  });

  it("prints an environment that a shell reads back", () => {
    const odd = `it's "odd" $HOME \`x\` \\ end`;
    const script = `${asShell({ ODD: odd })}printf %s "$ODD"`;
    assert.equal(spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout, odd);
  });

  it("keeps the stack configuration of a second sandbox in its state", () => {
    const file = join(state(), "Pulumi.sandbox.yaml");
    assert.deepEqual(withConfigFile(["preview", "--diff"]), ["preview", "--diff", "--config-file", file]);
    assert.deepEqual(withConfigFile(["stack", "export"]), ["stack", "export"]);
    assert.deepEqual(withConfigFile(["up", "--config-file=x"]), ["up", "--config-file=x"]);
  });
});
