import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Hand, testContext, TestRemote } from "./remote";
import { slow } from "../slow";

const AGGREGATOR = "# everybody's\nresources:\n  - ./apps # theirs\n";
const run = promisify(execFile);

/** A writer, when its work landed, and what its commits may touch. */
interface Writer {
  readonly name: string;
  /** Returns the number of commits that it made. */
  readonly write: () => Promise<number>;
  /** For writers of ours: the paths of the one commit, exactly. */
  readonly paths?: readonly string[];
}

describe("writers that race for one branch", function () {
  this.timeout(600_000);
  let remote: TestRemote;
  beforeEach(() => {
    remote = new TestRemote({ "README.md": "# Repo\n", "kustomization.yaml": AGGREGATOR });
  });
  afterEach(() => {
    remote.dispose();
  });

  slow("all twenty land, each commit of ours with exactly its own paths (slow)", async () => {
    const retries: number[] = [];
    const writers = [
      ...numbered(8, (index) => stack(remote, `edit-${index}`, { edits: true }, retries)),
      ...numbered(6, (index) => stack(remote, `files-${index}`, { edits: false }, retries)),
      ...numbered(4, (index) => person(remote, `person-${index}`)),
      ...numbered(2, (index) => bot(remote, `bot-${index}`)),
    ];
    const started = Date.now();
    const results = await Promise.all(
      writers.map(async ({ write }) => ({ commits: await write(), after: Date.now() - started })),
    );
    const ours = writers.filter(({ paths }) => paths !== undefined);
    const total = results.reduce((sum, { commits }) => sum + commits, 0);
    const slowest = Math.max(...results.slice(0, ours.length).map(({ after }) => after));

    // Nothing lost, nothing twice, no merge.
    assert.equal(remote.log().length, 1 + total);
    assert.equal(remote.log("%P").filter((parents) => parents.includes(" ")).length, 0);
    for (const { name, paths = [] } of ours) {
      const commits = remote
        .log("%H %(trailers:key=Handoff-Stack,valueonly,separator=%x2C)")
        .filter((line) => line.endsWith(` handoff/${name}`))
        .map((line) => line.split(" ")[0] ?? "");
      assert.equal(commits.length, 1, name);
      const diff = bare(remote, "diff-tree", "--no-commit-id", "-r", "--numstat", commits[0] ?? "");
      const changes = diff
        .trim()
        .split("\n")
        .map((line) => line.split("\t"));
      assert.deepEqual(
        changes.map(([, , path]) => path),
        paths,
        name,
      );
      // Only lines of its own, also in the file that everybody edits.
      assert.ok(
        changes.every(([added, removed]) => added === "1" && removed === "0"),
        diff,
      );
    }
    const entries = [...remote.read("kustomization.yaml").matchAll(/^ {2}- (\S+)/gm)].map(
      ([, entry]) => entry,
    );
    assert.equal(new Set(entries).size, entries.length);
    assert.equal(entries.length, 1 + 8 + 2 * BOT_COMMITS);
    assert.ok(remote.read("kustomization.yaml").startsWith(AGGREGATOR));

    console.log(
      `      ${writers.length} writers, ${total} commits in ${Date.now() - started} ms; ` +
        `${ours.length} of ours landed within ${slowest} ms, after ${Math.max(...retries)} attempts at most`,
    );
  });

  it("makes one commit when the same hand-off runs twice at once", async () => {
    const inputs = { files: { "a.yaml": "a: 1\n" }, edits: entry("./a") };
    await Promise.all(numbered(4, () => new Hand(remote.url).up(inputs)));
    assert.deepEqual(remote.log(), ["Hand off", "Start"]);
  });

  it("lets a path change hands by adoption while others push, without a commit in which it is missing", async () => {
    const [from, to] = [new Hand(remote.url, testContext("from")), new Hand(remote.url, testContext("to"))];
    await from.up({ files: { "app.yaml": "a: 1\n", "rest.yaml": "r: 1\n" } });
    await Promise.all([
      to.up({ files: { "app.yaml": "a: 2\n" }, adopt: true }),
      person(remote, "person").write(),
    ]);
    await from.up({ files: { "rest.yaml": "r: 1\n" } });
    assert.equal(remote.read("app.yaml"), "a: 2\n");
    const commits = remote.log("%H").reverse().slice(1);
    for (const commit of commits)
      assert.match(bare(remote, "ls-tree", "--name-only", commit), /^app\.yaml$/m);
  });
});

const PERSON_COMMITS = 3;
const BOT_COMMITS = 3;
const entry = (name: string) => ({ "kustomization.yaml": [{ list: ["resources"], entry: name }] });
const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

function bare(remote: TestRemote, ...args: string[]): string {
  return remote.git(remote.folder, "-C", "remote.git", ...args);
}

/** A `GitCommit` of a stack of its own. */
function stack(
  remote: TestRemote,
  name: string,
  { edits }: { readonly edits: boolean },
  retries: number[],
): Writer {
  const ctx = testContext(name);
  const file = `apps/${name}.yaml`;
  return {
    name,
    paths: edits ? [file, "kustomization.yaml"] : [file],
    async write() {
      const hand = new Hand(remote.url, ctx);
      await hand.upAgain({ files: { [file]: `name: ${name}\n` }, edits: edits ? entry(`./${name}`) : {} });
      retries.push(ctx.messages.filter((message) => /^reading|attempt/.test(message)).length);
      return 1;
    },
  };
}

/** Somebody with a clone, who pulls with rebase when a push is refused. */
function person(remote: TestRemote, name: string): Writer {
  return {
    name,
    async write() {
      const git = await cloned(remote, name);
      mkdirSync(join(remote.folder, name, "people"));
      for (let index = 0; index < PERSON_COMMITS; index++) {
        writeFileSync(join(remote.folder, name, "people", `${name}-${index}.txt`), "by hand\n");
        await git("add", "--all");
        await git("commit", "--quiet", "--message", `${name} ${index}`);
        await untilPushed(git, async () => {
          await git("pull", "--quiet", "--rebase", "origin", "main");
        });
      }
      return PERSON_COMMITS;
    },
  };
}

/** Appends to the shared list, each time on a fresh head. */
function bot(remote: TestRemote, name: string): Writer {
  return {
    name,
    async write() {
      const git = await cloned(remote, name);
      for (let index = 0; index < BOT_COMMITS; index++) {
        const edit = async (): Promise<void> => {
          await git("fetch", "--quiet", "origin", "main");
          await git("reset", "--quiet", "--hard", "FETCH_HEAD");
          appendFileSync(join(remote.folder, name, "kustomization.yaml"), `  - ./${name}-${index}\n`);
          await git("commit", "--quiet", "--all", "--message", `${name} ${index}`);
        };
        await edit();
        await untilPushed(git, edit);
      }
      return BOT_COMMITS;
    },
  };
}

type Git = (...args: string[]) => Promise<unknown>;

async function cloned(remote: TestRemote, name: string): Promise<Git> {
  const identity = ["-c", `user.name=${name}`, "-c", `user.email=${name}@example.com`];
  await run("git", ["clone", "--quiet", "--branch=main", remote.url, join(remote.folder, name)]);
  return (...args) => run("git", [...identity, ...args], { cwd: join(remote.folder, name) });
}

async function untilPushed(git: Git, again: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await git("push", "--quiet", "origin", "HEAD:main");
      return;
    } catch {
      await again();
    }
  }
}
