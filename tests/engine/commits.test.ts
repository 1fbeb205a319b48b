/** `GitCommit` alone, in a program of one's own under the real engine, against git hosts that serve git and GitHub's API. */
import { strict as assert } from "node:assert";
import { type HostedRepository, SIGN_IN, TestHost } from "../git/host";
import type { HandOff } from "./commits";
import { type TestStack, useEngine } from "./stack";

const THEIRS = {
  "README.md": "# Repo\n",
  "kustomization.yaml": "# theirs\nresources:\n- ./theirs # by hand\n",
};
const ENTRY = { "kustomization.yaml": [{ list: ["resources"], entry: "./apps" }] };

describe("GitCommit under the engine", function () {
  this.timeout(120_000);
  let host: TestHost;
  let repository: HostedRepository;
  let stack: TestStack;
  const { password } = SIGN_IN.basic;
  const bare = (...args: string[]): string =>
    repository.remote.git(repository.remote.folder, "-C", "remote.git", ...args);
  const commits = (): string[] => repository.remote.log("%an: %s");
  const set = async (handOffs: Readonly<Record<string, Omit<HandOff, "url">>>): Promise<void> => {
    const named = Object.entries(handOffs).map(([name, args]) => [name, { url: repository.url, ...args }]);
    await stack.set(["handOffs", JSON.stringify(Object.fromEntries(named))]);
  };

  useEngine(async (engine) => {
    host = await TestHost.start();
    engine.ends(() => {
      host.stop();
    });
    host.github.token = password;
    repository = host.add("calcom", THEIRS);
    stack = await engine.stack("commits", {});
    await stack.pulumi("config", "set", "--secret", "password", password);
  });

  it("previews files and entries as text, and touches nothing", async () => {
    await set({ one: { files: { "apps/a.yaml": "a: 1\n", "apps/b.yaml": "b: 1\n" }, edits: ENTRY } });
    const shown = await stack.pulumi("preview", "--diff");
    for (const line of ["a: 1", "b: 1", "./apps"]) assert.ok(shown.includes(line), shown);
    assert.ok(!shown.includes(password));
    assert.deepEqual(commits(), ["Somebody: Start"]);
  });

  it("makes one commit of them, and none for the same again", async () => {
    await stack.up();
    assert.deepEqual(commits(), ["Handoff: Hand off one", "Somebody: Start"]);
    assert.equal(
      repository.remote.read("kustomization.yaml"),
      "# theirs\nresources:\n- ./theirs # by hand\n- ./apps\n",
    );
    await stack.up("--expect-no-changes");
    assert.equal(commits().length, 2);
  });

  it("shows the change of a file line by line", async () => {
    await set({ one: { files: { "apps/a.yaml": "a: 2\n", "apps/b.yaml": "b: 1\n" }, edits: ENTRY } });
    const shown = await stack.pulumi("preview", "--diff");
    assert.match(shown, /- a: 1\n/);
    assert.match(shown, /\+ a: 2\n/);
    assert.doesNotMatch(shown, /b: 1|\.\/apps/);
    await stack.up();
    assert.equal(bare("show", "--format=", "--name-only", "main").trim(), "apps/a.yaml");
  });

  it("names in a preview what others committed, until an `up` has built on it", async () => {
    repository.remote.commit({ "README.md": "# Ours\n" }, "Say whose it is\n\nA body");
    repository.remote.commit({ "README.md": THEIRS["README.md"] }, "Take it back");
    // The engine shows a message beside its resource and below all of them.
    const news = (shown: string): readonly string[] => [
      ...new Set(shown.match(/main of \S+ has .* that the stack's state doesn't know.*$/gm)),
    ];
    const [line = "", ...more] = news(await stack.pulumi("preview", "--expect-no-changes"));
    assert.deepEqual(more, []);
    assert.match(
      line,
      /has 2 commits that the stack's state doesn't know: "Take it back" \(Somebody\), "Say whose it is" \(Somebody\); what is ours is as we left it$/,
    );
    const files = { "apps/a.yaml": "a: 2\n", "apps/b.yaml": "b: 1\n", "apps/c.yaml": "c: 1\n" };
    await set({ one: { files, edits: ENTRY } });
    assert.deepEqual(news(await stack.up()), [line]);
    assert.deepEqual(news(await stack.pulumi("preview", "--expect-no-changes")), []);
  });

  it("stops at what somebody else wrote, and puts ours back after a refresh", async () => {
    repository.remote.commit({ "apps/a.yaml": "a: by hand\n" });
    await set({ one: { files: { "apps/a.yaml": "a: 3\n", "apps/b.yaml": "b: 1\n" }, edits: ENTRY } });
    await assert.rejects(
      stack.up(),
      /apps\/a\.yaml: somebody else changed this file[^]*-a: by hand\n[^]*\+a: 3/,
    );
    assert.equal(repository.remote.read("apps/a.yaml"), "a: by hand\n");
    const refreshed = await stack.pulumi("refresh", "--yes", "--skip-preview", "--diff");
    assert.match(refreshed, /\n      ~ files: \{\n          ~ apps\/a\.yaml: /);
    assert.match(refreshed, /- a: 2\n[^]*\+ a: by hand\n/);
    assert.doesNotMatch(refreshed, /b\.yaml|b: 1|edits|owned/, "nothing else");
    assert.match(await stack.pulumi("preview", "--diff"), /- a: by hand\n/);
    await stack.up();
    assert.equal(repository.remote.read("apps/a.yaml"), "a: 3\n");
  });

  it("moves a path to another one in one run, and no commit is without it", async () => {
    const before = bare("rev-parse", "main").trim();
    await set({
      one: { files: { "apps/a.yaml": "a: 3\n" }, retain: ["apps/b.yaml"], edits: ENTRY },
      two: { files: { "apps/b.yaml": "b: 1\n" } },
    });
    await stack.up();
    await set({
      one: { files: { "apps/a.yaml": "a: 3\n" }, edits: ENTRY },
      two: { files: { "apps/b.yaml": "b: 2\n" } },
    });
    await stack.up();
    const made = bare("rev-list", `${before}..main`).trim().split("\n");
    for (const commit of made)
      assert.ok(bare("ls-tree", "-r", "--name-only", commit).includes("apps/b.yaml"));
    assert.equal(repository.remote.read("apps/b.yaml"), "b: 2\n");
    await stack.up("--expect-no-changes");
  });

  it("goes over to GitHub's API without a commit, and makes the next one by it", async () => {
    const before = bare("rev-parse", "main").trim();
    const mode = { githubApi: {} };
    const two = (text: string): Omit<HandOff, "url"> => ({ files: { "apps/b.yaml": text }, mode });
    // It looks at the branch, too, in every run.
    const one = { files: { "apps/a.yaml": "a: 3\n" }, edits: ENTRY, mode };
    await set({ one, two: two("b: 2\n") });
    await stack.up();
    assert.equal(bare("rev-parse", "main").trim(), before);
    repository.requests.length = 0;
    await set({ one, two: two("b: 3\n") });
    await stack.up();
    assert.equal(commits()[0], "handoff[bot]: Hand off two");
    assert.deepEqual(repository.requests, [], "git was asked for nothing");
    await stack.up("--expect-no-changes");
  });

  it("releases with `retainOnDelete`, and takes the rest away", async () => {
    const one = { files: { "apps/a.yaml": "a: 3\n" }, edits: ENTRY };
    const two = { files: { "apps/b.yaml": "b: 3\n" }, retainOnDelete: true };
    await set({ one, two });
    await stack.up();
    await set({ one });
    await stack.up();
    assert.equal(repository.remote.read("apps/b.yaml"), "b: 3\n");
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.deepEqual(repository.remote.files(), ["README.md", "apps/b.yaml", "kustomization.yaml"]);
    assert.equal(repository.remote.read("kustomization.yaml"), THEIRS["kustomization.yaml"]);
    bare("fsck", "--strict");
  });

  it("keeps the credentials out of the repository and the state", async () => {
    assert.ok(!bare("log", "-p", "--all").includes(password));
    await set({ one: { files: { "apps/a.yaml": "a: 4\n" } } });
    await stack.up();
    assert.ok(!(await stack.pulumi("stack", "export")).includes(password));
  });
});
