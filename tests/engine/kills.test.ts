/**
 * `pulumi up` killed with everything that belongs to it, at five points; what is left over is finished by the next `up`, without a
 * second commit.
 */
import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assertNothingOfOurs } from "./life/removal";
import { killGroup } from "./commands";
import { isReady } from "./observed";
import type { RepositoryName } from "./repositories";
import { processesOf } from "./processes";
import { type Sandbox, useSandbox } from "./sandbox";

/** Kills `pulumi up` as soon as its output matches. */
async function killedAt(sandbox: Sandbox, point: RegExp): Promise<void> {
  const { status, output } = await sandbox.tryUp({
    onOutput: (text, child) => {
      if (point.test(text)) killGroup(child);
    },
  });
  assert.equal(status, 137, `it wasn't killed:\n${output}`);
  assert.match(output, point);
}

/** Kills `pulumi up` by a hook of the git host: exactly before or after the branch moves. */
async function killedByHook(
  sandbox: Sandbox,
  repository: RepositoryName,
  hook: "pre-receive" | "post-receive",
): Promise<void> {
  const file = path.join(sandbox.bare(repository), "hooks", hook);
  let killed = false;
  try {
    const { status, output } = await sandbox.tryUp({
      onOutput: (_text, child) => {
        if (killed) return;
        // Written when the process is known, long before its push.
        killed = true;
        fs.writeFileSync(file, `#!/bin/sh\nkill -KILL -${String(child.pid)}\nsleep 2\n`, { mode: 0o755 });
      },
    });
    assert.equal(status, 137, `it wasn't killed:\n${output}`);
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** What a user does after a crash, and that it is enough. */
async function finish(sandbox: Sandbox): Promise<void> {
  const first = await sandbox.tryUp();
  if (first.status !== 0) {
    assert.match(first.output, /the stack is currently locked/);
    const cancel = await sandbox.pulumi(["cancel", "--yes"]);
    assert.equal(cancel.status, 0, cancel.output);
    await sandbox.up();
  }
  for (const object of await sandbox.get("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system")) {
    assert.ok(isReady(object), object.metadata.name);
  }
  const [app, flux] = sandbox.heads();
  const revision = async (name: string): Promise<string | undefined> =>
    (await sandbox.object("kustomization.kustomize", "flux-system", name)).status?.lastAppliedRevision;
  assert.equal(await revision("calcom-app"), `main@sha1:${app ?? ""}`);
  assert.equal(await revision("flux-system"), `main@sha1:${flux ?? ""}`);
  const { tunnels } = await sandbox.cloudflare();
  assert.equal(tunnels.filter(({ deleted_at }) => deleted_at === null).length, 1);
  const preview = await sandbox.pulumi(["preview", "--expect-no-changes"]);
  assert.equal(preview.status, 0, preview.output);
}

describe("pulumi up, killed", () => {
  const sandbox = useSandbox();
  let made: readonly [number, number] = [0, 0];

  /** Commits of the program since the last look: one per repository, however often `up` was killed meanwhile. */
  const assertOneCommitEach = (): void => {
    const [app, flux] = sandbox.programCommits();
    assert.deepEqual([app - made[0], flux - made[1]], [1, 1]);
    made = [app, flux];
  };
  /** A change of a file in each repository. */
  const changeBoth = (version: number): void => {
    sandbox.configure(
      [["handoff:calcom", "images", "calcom"], `calcom/cal.com:v6.2.${version}`],
      [["handoff:flux", "interval"], `${version + 1}m`],
    );
  };

  before(() => sandbox.start());

  it("while Flux is applied", async () => {
    await killedAt(sandbox, /applying Flux v2\.9\.4: 20 objects|waiting for Flux's controllers/);
    assert.deepEqual(sandbox.programCommits(), [0, 0]);
    await finish(sandbox);
    assertOneCommitEach();
  });

  it("while the app repository is pushed", async () => {
    changeBoth(1);
    await killedByHook(sandbox, "your-org/calcom", "pre-receive");
    await finish(sandbox);
    assertOneCommitEach();
  });

  it("after the app's commit, before Flux's", async () => {
    changeBoth(2);
    await killedByHook(sandbox, "your-org/calcom", "post-receive");
    assert.deepEqual(sandbox.programCommits(), [made[0] + 1, made[1]]);
    await finish(sandbox);
    assertOneCommitEach();
  });

  it("while it follows Flux", async () => {
    changeBoth(3);
    await killedAt(sandbox, /handoff-ready updating.*\d+ of \d+ ready/);
    await finish(sandbox);
    assertOneCommitEach();
  });

  it("takes the program along, though the engine alone was killed", async function () {
    if (!fs.existsSync("/proc/self/environ")) this.skip();
    const { status } = await sandbox.tryUp({
      onOutput: () => {
        if (processesOf(sandbox.state, "program").length === 0) return;
        for (const pid of processesOf(sandbox.state, "engine")) process.kill(pid, "SIGKILL");
      },
    });
    assert.notEqual(status, 0);
    for (let waited = 0; processesOf(sandbox.state, "program").length > 0; waited++) {
      assert.ok(waited < 200, "the program still runs after 20 s");
      await sleep(100);
    }
    await finish(sandbox);
  });

  it("leaves nothing behind that `destroy` wouldn't find", async () => {
    const { status, output } = await sandbox.command(["run", "--", "destroy"]);
    assert.equal(status, 0, output);
    await assertNothingOfOurs(sandbox);
    made = sandbox.programCommits();
  });

  it("right after the first push to Flux's repository", async () => {
    sandbox.configure();
    await killedByHook(sandbox, "your-org/flux-config", "post-receive");
    await finish(sandbox);
    assertOneCommitEach();
  });

  it("knows what the killed run pushed as its own, and takes it away", async () => {
    const { status, output } = await sandbox.command(["run", "--", "destroy"]);
    assert.equal(status, 0, output);
    await assertNothingOfOurs(sandbox);
  });
});
