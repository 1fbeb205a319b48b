import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { State } from "../../provider/plugin/handler";
import { Killing, type Moment, type Victim } from "./killing";
import { Hand, testContext, TestRemote } from "./remote";
import { slow, slowly } from "../slow";

const AGGREGATOR = "# ours and theirs\nresources:\n- ./apps # theirs\n";
const entry = (name: string) => ({ "kustomization.yaml": [{ list: ["resources"], entry: name }] });
const auth = { basic: { username: "git", password: "canary" } };
const FIRST = { auth, files: { "old.yaml": "o: 1\n", "a.yaml": "a: 1\n" }, edits: entry("./a") };
const SECOND = { auth, files: { "a.yaml": "a: 2\n", "b/c.yaml": "c: 1\n" }, edits: entry("./b") };
const VICTIMS = ["handler", "everything"] as const;

/** A repository in which a hand-off is about to happen: the first one, or a change. */
class Scene {
  readonly remote = new TestRemote({ "README.md": "# Repo\n", "kustomization.yaml": AGGREGATOR });
  private state: State | undefined;

  private constructor(private readonly changes: boolean) {}

  static async of(kind: "create" | "update"): Promise<Scene> {
    const scene = new Scene(kind === "update");
    if (scene.changes) {
      const hand = new Hand(scene.remote.url);
      await hand.up(FIRST);
      scene.state = hand.state;
    }
    return scene;
  }

  get job() {
    return { url: this.remote.url, stack: "prod", state: this.state, inputs: this.changes ? SECOND : FIRST };
  }

  /** Runs the same inputs again, as the next `pulumi up` does: the killed run's result is in no state. */
  async again(): Promise<void> {
    const hand = new Hand(this.remote.url, testContext());
    hand.state = this.state;
    await hand.up(this.job.inputs);
    this.state = hand.state;
  }

  /** What the branch must be, whatever happened: one commit of each hand-off, everything of others. */
  check(theirs: number): void {
    const { remote } = this;
    const ours = this.changes ? 2 : 1;
    const log = remote.log();
    assert.deepEqual(log.filter((subject) => subject === "Hand off").length, ours, log.join("\n"));
    assert.equal(log.length, 1 + ours + theirs, log.join("\n"));
    const files = this.changes ? ["a.yaml", "b/c.yaml"] : ["a.yaml", "old.yaml"];
    const others = theirs > 0 ? ["theirs.yaml"] : [];
    assert.deepEqual(remote.files(), ["README.md", ...files, "kustomization.yaml", ...others].sort());
    assert.equal(remote.read("a.yaml"), this.changes ? "a: 2\n" : "a: 1\n");
    assert.equal(remote.read("kustomization.yaml"), `${AGGREGATOR}- ${this.changes ? "./b" : "./a"}\n`);
    assert.equal(remote.git(remote.folder, "-C", "remote.git", "fsck", "--strict", "--no-dangling"), "");
  }
}

describe("a hand-off that is killed", function () {
  let killing: Killing;
  before(() => {
    killing = new Killing();
  });
  after(() => {
    killing.dispose();
  });

  /** Kills one run, lets somebody else commit when `theirs` says so, runs again, twice. */
  async function kill(
    kind: "create" | "update",
    moment: Moment,
    victim: Victim,
    { theirs = 0, hook = "" } = {},
  ): Promise<{ killed: boolean; landed: boolean }> {
    const scene = await Scene.of(kind);
    try {
      const before = scene.remote.log().length;
      if (hook !== "") scene.remote.hook(hook, killing.hook(victim));
      const { killed } = await killing.run(scene.job, moment, victim);
      if (theirs > 0) await commitTheirs(scene.remote);
      const landed = scene.remote.log().length - theirs > before;
      const left = killing.leftovers();
      await scene.again();
      // A push that outlived its handler may still be on its way: it must not land a second time.
      await sleep(victim === "handler" && killed ? 400 : 0);
      await scene.again();
      scene.check(theirs);
      assert.equal(killing.leftovers(), left, "a finished run leaves nothing");
      return { killed, landed };
    } finally {
      scene.remote.dispose();
    }
  }

  slow("during the push, on the server's side", async () => {
    let landed = 0;
    const hooks = ["pre-receive", "update", "reference-transaction", "post-receive", "post-update"];
    for (const victim of VICTIMS) {
      for (const hook of hooks) {
        const result = await kill("create", "never", victim, { hook });
        assert.ok(result.killed, hook);
        if (result.landed) landed++;
      }
    }
    console.log(
      `      ${String(VICTIMS.length * hooks.length)} kills in hooks, ${String(landed)} pushes landed unheard`,
    );
  });

  slowly("at any time (slow)", () => {
    for (const kind of ["create", "update"] as const) {
      for (const victim of VICTIMS) {
        it(`${kind}: before and after each git command, killing ${victim}`, async () => {
          const scene = await Scene.of(kind);
          const { commands } = await killing.run(scene.job, "never", victim);
          scene.remote.dispose();
          assert.ok(commands.some((command) => command.includes("push")));
          let landed = 0;
          for (let command = 1; command <= commands.length; command++) {
            for (const when of ["before", "after"] as const) {
              const theirs = command % 2;
              const result = await kill(kind, { command, when }, victim, { theirs });
              assert.ok(result.killed, `${when} ${commands[command - 1] ?? ""}`);
              if (result.landed) landed++;
            }
          }
          const names = commands.map((command) => /(?:^| )([a-z][a-z-]+)/.exec(command)?.[1] ?? "");
          console.log(
            `      ${String(2 * commands.length)} kills around ${names.join(", ")}; ${String(landed)} pushes landed unheard`,
          );
        });
      }
    }

    it("50 random moments", async () => {
      const scene = await Scene.of("create");
      const started = Date.now();
      await killing.run(scene.job, "never", "handler");
      const duration = Date.now() - started;
      scene.remote.dispose();
      const counts = { killed: 0, landed: 0, finished: 0 };
      for (let index = 0; index < 50; index++) {
        const ms = Math.round(Math.random() * duration * 1.1);
        const kind = index % 2 === 0 ? "create" : "update";
        const victim = VICTIMS[Math.floor(index / 2) % 2] ?? "handler";
        const result = await kill(kind, { ms }, victim, { theirs: index % 3 === 0 ? 1 : 0 }).catch(
          (error: unknown) => {
            throw new Error(`${kind}, ${victim} after ${String(ms)} ms: ${(error as Error).message}`);
          },
        );
        if (result.killed) counts.killed++;
        else counts.finished++;
        if (result.killed && result.landed) counts.landed++;
      }
      console.log(
        `      ${String(counts.killed)} killed, ${String(counts.finished)} finished before; ` +
          `${String(counts.landed)} pushes landed unheard; ${String(killing.leftovers())} folders left in the temporary folder`,
      );
    });
  });
});

/** Somebody commits; the killed run's push may be faster, or hold the branch at that moment. */
async function commitTheirs(remote: TestRemote): Promise<void> {
  try {
    remote.commit({ "theirs.yaml": "t: 1\n" });
  } catch {
    await sleep(300);
    const clone = remote.clone;
    remote.git(clone, "pull", "--quiet", "--rebase", "origin", "main");
    remote.git(clone, "push", "--quiet", "origin", "HEAD:main");
  }
}
