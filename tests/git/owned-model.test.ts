import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { desiredOf, type Inputs, type Outputs, ownedOf } from "../../provider/git/commit-inputs";
import { commitMessage } from "../../provider/git/commit-message";
import { newMark } from "../../provider/git/mark";
import { NOTHING_DESIRED } from "../../provider/git/ownership";
import { changedPaths, planOn } from "../../provider/git/planning";
import type { Job } from "../../provider/git/job";
import { MemoryBranch } from "./memory-branch";
import { SLOW } from "../slow";

const LIST = "kustomization.yaml";
const APPS = ["a", "b", "c"] as const;
type App = (typeof APPS)[number];
/** Versions of the apps that the program has; of the later ones the folder is another. */
type Program = Readonly<Partial<Record<App, number>>>;

function folderOf(app: App, program: Program): string {
  return (program[app] ?? 0) > 2 ? `${app}-moved` : app;
}

function inputsOf(program: Program): Inputs {
  const names = Object.keys(program) as App[];
  return {
    url: "memory",
    branch: "main",
    auth: {},
    digests: {},
    initialFiles: {},
    files: Object.fromEntries(
      names.map((app) => [
        `${folderOf(app, program)}/kustomization.yaml`,
        `# ${app} ${String(program[app])}\n`,
      ]),
    ),
    edits: {
      [LIST]: names.map((app) => ({ list: ["resources"], entry: `./${folderOf(app, program)}` })),
      "values.yaml": names.map((app) => ({ map: ["data"], key: app, value: String(program[app]) })),
    },
    message: "Hand off",
    author: { name: "Handoff", email: "handoff@example.com" },
    adopt: false,
  };
}

/** What the handler does, on a branch in memory. */
class Runner {
  state: { readonly inputs: Inputs; readonly outputs: Outputs } | undefined;
  /** What the last run said of earlier ones that no state knows. */
  forgotten: readonly string[] = [];
  constructor(
    private readonly branch: MemoryBranch,
    private readonly resource: string,
  ) {}

  /** @param killed after the push, before the engine notes anything */
  async up(program: Program | undefined, killed = false): Promise<void> {
    const { branch, state } = this;
    const { mark = newMark() } = state?.outputs ?? {};
    const owner = { stack: "handoff/prod", resource: this.resource, ...(state && { mark }) };
    const inputs = inputsOf(program ?? {});
    const job: Job = {
      inputs,
      desired: program === undefined ? NOTHING_DESIRED : desiredOf(inputs),
      owned: ownedOf(state as never),
      formers: [],
      previous: state?.outputs,
      protect: [],
      owner,
    };
    const head = await branch.fetch();
    const { changes, adopted, since, forgotten } = await planOn(branch, head, job);
    this.forgotten = forgotten;
    const changed = changedPaths(changes);
    let commit = head.commit ?? "";
    if (changed.length > 0 || adopted.length > 0) {
      const by = { message: inputs.message, owner: { ...owner, mark }, adopted };
      const message = commitMessage(by, changes, head.tree);
      const { author } = inputs;
      commit = await branch.publish({ ...changes, parent: head.commit, message, author });
    }
    if (killed) return;
    const { owned } = changes;
    this.state =
      program === undefined
        ? undefined
        : {
            inputs,
            outputs: {
              commit,
              revision: "",
              changed,
              kept: [],
              owned,
              merged: true,
              seen: commit,
              mark: newMark({ mark }),
              since: since === head.commit ? commit : since,
            },
          };
  }
}

type Step =
  | { readonly kind: "up" | "kill"; readonly program: Program }
  | { readonly kind: "lose" | "rename" | "destroy" | "killedDestroy" }
  | { readonly kind: "others"; readonly many: boolean };

const program = fc.dictionary(fc.constantFrom(...APPS), fc.integer({ min: 1, max: 4 }), {
  maxKeys: 3,
}) as fc.Arbitrary<Program>;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("up" as const, "kill" as const), program }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("lose" as const, "rename" as const, "destroy" as const, "killedDestroy" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("others" as const), many: fc.boolean() }) },
);

describe("ownership of files and entries, in any order of runs, kills, losses and renames", function () {
  this.timeout(600_000);
  const runs = Number(process.env.RUNS ?? (SLOW ? "300" : "60"));

  it("loses nothing of others, leaves no dangling entry, commits nothing twice, and ends as the program wants", async () => {
    let steps = 0;
    let named = 0;
    const counts: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), program, async (sequence, last) => {
        const world = new World();
        await world.start();
        for (const one of sequence) {
          await world.take(one);
          counts[one.kind] = (counts[one.kind] ?? 0) + 1;
          steps++;
        }
        await world.finish(last);
        named += world.named;
      }),
      { numRuns: runs, ...(process.env.SEED !== undefined && { seed: Number(process.env.SEED) }) },
    );
    console.log(
      `      ${String(runs)} sequences, ${String(steps)} steps, ${String(named)} forgotten files named: ${JSON.stringify(counts)}`,
    );
  });
});

class World {
  readonly branch = new MemoryBranch();
  /** Files that a run named since no state knows them. */
  named = 0;
  private others = 0;
  private count = 0;
  private runner = new Runner(this.branch, "r0");
  /** True once a state was lost: what only a lost state knew may stay, but whole. */
  private lost = false;
  private running: Program | undefined;

  async start(): Promise<void> {
    await this.branch.write({
      [LIST]: "resources:\n- ./theirs # theirs\n",
      "values.yaml": "data:\n  theirs: x\n",
      "theirs/a.yaml": "t\n",
    });
  }

  async take(one: Step): Promise<void> {
    switch (one.kind) {
      case "up":
        await this.up(one.program);
        break;
      case "kill":
        // The first run's entries are known by the history alone; a later one's by the state too.
        if (this.runner.state === undefined) this.lost = true;
        await this.runner.up(one.program, true);
        break;
      case "lose":
        if (this.runner.state !== undefined) this.lost = true;
        this.runner.state = undefined;
        break;
      case "rename": {
        const former = this.runner;
        // What only a lost state knew is another's under a new name, and is refused.
        if (former.state === undefined || this.running === undefined || this.lost) break;
        this.count++;
        this.runner = new Runner(this.branch, `r${String(this.count)}`);
        // Whatever a killed run has changed under the old name is another's for the new one.
        await former.up(this.running);
        await this.runner.up(this.running);
        await former.up(undefined);
        this.check(this.running);
        break;
      }
      case "destroy":
        if (this.runner.state === undefined) break;
        await this.runner.up(undefined);
        this.check({});
        break;
      case "killedDestroy":
        if (this.runner.state !== undefined) await this.runner.up(undefined, true);
        break;
      case "others":
        for (let round = 0; round < (one.many ? 60 : 1); round++) await this.write();
    }
    this.checkOthers();
  }

  async finish(program: Program): Promise<void> {
    await this.up(program);
    const commits = this.branch.commits.length;
    await this.up(program);
    assert.equal(this.branch.commits.length, commits, "nothing is committed twice");
    await this.runner.up(undefined);
    this.checkOthers();
    this.check({});
  }

  private async up(program: Program): Promise<void> {
    const { branch, runner } = this;
    const there = new Set(branch.paths());
    const afresh = runner.state === undefined;
    await runner.up(program);
    this.running = program;
    this.check(program);
    // The history is read when something wanted is there; then what is there and no longer wanted is named.
    const wanted = new Set(
      (Object.keys(program) as App[]).map((app) => `${folderOf(app, program)}/kustomization.yaml`),
    );
    const recent = branch.commits.length <= 50;
    if (!afresh || !recent || ![...wanted].some((path) => there.has(path))) return;
    const left = branch.paths().filter((path) => /^[abc](-moved)?\//.test(path) && !wanted.has(path));
    assert.deepEqual(
      runner.forgotten.filter((path) => path.endsWith("/kustomization.yaml")),
      left.sort(),
    );
    this.named += left.length;
  }

  private async write(): Promise<void> {
    const name = `o${String(this.others++)}`;
    const list = `${this.branch.text(LIST) ?? ""}- ./${name}\n`;
    await this.branch.write({
      [LIST]: this.others % 2 === 0 ? list : this.branch.text(LIST),
      [`${name}/a.yaml`]: `${name}\n`,
    });
  }

  private check(program: Program): void {
    const list = this.entries();
    for (const app of APPS) {
      const wanted = program[app];
      const folder = folderOf(app, program);
      const text = this.branch.text(`${folder}/kustomization.yaml`);
      const where = `${app} in ${JSON.stringify(program)}:\n${this.branch.text(LIST) ?? ""}`;
      if (wanted !== undefined) {
        assert.equal(text, `# ${app} ${String(wanted)}\n`, where);
        assert.equal(list.filter((entry) => entry === `./${folder}`).length, 1, where);
        assert.equal(this.values()[app], String(wanted), where);
      } else if (!this.lost) {
        assert.equal(text, undefined, where);
        assert.ok(!list.includes(`./${folder}`), where);
        assert.equal(this.values()[app], undefined, where);
      }
    }
    // What is left of a lost state is whole: a folder of ours that is there is listed, and one that is listed is there.
    for (const folder of APPS.flatMap((app) => [app, `${app}-moved`])) {
      const there = this.branch.paths().includes(`${folder}/kustomization.yaml`);
      assert.equal(list.includes(`./${folder}`), there, `${folder}:\n${this.branch.text(LIST) ?? ""}`);
    }
    this.checkOthers();
  }

  private checkOthers(): void {
    const list = this.entries();
    const paths = this.branch.paths();
    assert.ok(list.includes("./theirs") && this.values().theirs === "x");
    for (let index = 0; index < this.others; index++) {
      assert.ok(paths.includes(`o${String(index)}/a.yaml`));
      if ((index + 1) % 2 === 0) assert.ok(list.includes(`./o${String(index)}`));
    }
    for (const entry of list)
      assert.ok(
        paths.some((path) => path.startsWith(`${entry.slice(2)}/`)),
        `${entry} dangles`,
      );
  }

  private entries(): string[] {
    return (parse(this.branch.text(LIST) ?? "") as { resources?: string[] }).resources ?? [];
  }

  private values(): Readonly<Record<string, string | undefined>> {
    return (parse(this.branch.text("values.yaml") ?? "") as { data?: Record<string, string> }).data ?? {};
  }
}
