import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Hand, testContext, TestRemote } from "./remote";
import { slow } from "../slow";

const X = { "x.yaml": "x: 1\n" };
const Y = { "y.yaml": "y: 1\n" };
const LIST = "resources:\n- ./theirs\n";
const entry = (name: string) => ({ "kustomization.yaml": [{ list: ["resources"], entry: name }] });

describe("a path that moves from one hand-off to another", function () {
  let remote: TestRemote;
  const hand = (stack: string, resource = "test"): Hand => new Hand(remote.url, testContext(stack, resource));
  const trailers = (key: string): string[] =>
    remote.log(`%(trailers:key=${key},valueonly,separator=%x2C)`).filter((line) => line !== "");
  /** No commit since the first of ours lacks the path. */
  const always = (path: string, from = 1): void => {
    for (const commit of remote.log("%H").reverse().slice(from)) {
      const files = remote.git(remote.folder, "-C", "remote.git", "ls-tree", "-r", "--name-only", commit);
      assert.ok(files.split("\n").includes(path), `${path} is in ${commit}`);
    }
  };

  beforeEach(() => {
    remote = new TestRemote({ "README.md": "# Repo\n", "kustomization.yaml": LIST });
  });
  afterEach(() => {
    remote.dispose();
  });

  const pairs = { "of two stacks": ["two", "test"], "of one stack": ["one", "other"] } as const;
  for (const [name, [stack, resource]] of Object.entries(pairs)) {
    for (const adopt of [true, false]) {
      it(`stays when the former owner drops it: ${name}, ${adopt ? "with adopt" : "found equal"}`, async () => {
        const [a, b] = [hand("one"), hand(stack, resource)];
        await a.up({ files: { ...X, ...Y }, edits: entry("./x") });
        await b.up({ files: X, edits: entry("./x"), adopt });
        assert.deepEqual(trailers("Handoff-Adopted"), ["x.yaml,kustomization.yaml resources: x"]);
        await a.up({ files: Y, edits: {} });
        assert.ok(
          a.ctx.messages.includes(`stays, since it was taken over: x.yaml: handoff/${stack} ${resource}`),
        );
        assert.equal(remote.read("kustomization.yaml"), `${LIST}- ./x\n`);
        always("x.yaml");
        // It is the other's alone now.
        await a.destroy();
        assert.deepEqual(remote.files(), ["README.md", "kustomization.yaml", "x.yaml"]);
        await b.up({ files: { "x.yaml": "x: 2\n" }, edits: entry("./x"), adopt });
        await b.destroy();
        assert.deepEqual(remote.files(), ["README.md", "kustomization.yaml"]);
        if (adopt) assert.equal(remote.read("kustomization.yaml"), LIST);
      });
    }
  }

  it("is found there, of no hand-off: stays on destroy, as entries do, but not when it was adopted", async () => {
    const theirs = { "found.yaml": "f: 1\n", "changed.yaml": "c: 1\n", "dropped.yaml": "d: 1\n" };
    remote.commit({ ...theirs, "taken.yaml": "t: 1\n" });
    const a = hand("one");
    await a.up({ files: { ...X, ...theirs } });
    await a.up({ files: { ...X, "found.yaml": "f: 1\n", "changed.yaml": "c: 2\n" } });
    await a.refresh();
    await a.destroy();
    assert.deepEqual(
      remote.files(),
      ["README.md", ...Object.keys(theirs), "kustomization.yaml", "taken.yaml"].sort(),
    );
    await a.up({ files: { "taken.yaml": "t: 1\n" }, adopt: true });
    await a.destroy();
    assert.ok(!remote.files().includes("taken.yaml"));
    // A state that is lost changes nothing of whose it is.
    await hand("one").up({ files: { ...X, "found.yaml": "f: 1\n" } });
    const again = hand("one");
    await again.up({ files: { ...X, "found.yaml": "f: 1\n" } });
    await again.destroy();
    assert.deepEqual(
      ["x.yaml", "found.yaml"].map((path) => remote.files().includes(path)),
      [false, true],
    );
  });

  it("stays when it was taken over with other content, also after a refresh of the former owner", async () => {
    const [a, b] = [hand("one"), hand("two")];
    await a.up({ files: { ...X, ...Y } });
    await b.up({ files: { "x.yaml": "x: 2\n" }, adopt: true });
    await a.refresh();
    await a.up({ files: Y });
    assert.equal(remote.read("x.yaml"), "x: 2\n");
    await a.destroy();
    assert.deepEqual(remote.files(), ["README.md", "kustomization.yaml", "x.yaml"]);
  });

  slow("stays though many commits were made since, and the former owner made some of them", async () => {
    const [a, b] = [hand("one"), hand("two")];
    await a.up({ files: { ...X, ...Y } });
    await b.up({ files: X });
    emptyCommits(remote, 60);
    await a.up({ files: { ...X, "y.yaml": "y: 2\n" } });
    await a.up({ files: { "y.yaml": "y: 2\n" } });
    always("x.yaml");
    const commits = remote.log().length;
    // Taken over once is enough, and what nobody took over goes.
    await b.up({ files: { ...X, "z.yaml": "z: 1\n" } });
    await a.up({ files: {} });
    assert.deepEqual(remote.files(), ["README.md", "kustomization.yaml", "x.yaml", "z.yaml"]);
    assert.equal(remote.log().length, commits + 2);
    assert.equal(trailers("Handoff-Adopted").length, 1);
  });

  it("comes back to its former owner by the newest word on it", async () => {
    const [a, b] = [hand("one"), hand("two")];
    await a.up({ files: { ...X, ...Y } });
    await b.up({ files: { ...X, "b.yaml": "b: 1\n" } });
    await a.up({ files: Y });
    await a.up({ files: { ...X, ...Y } });
    await b.up({ files: { "b.yaml": "b: 1\n" } });
    always("x.yaml");
    await a.up({ files: Y });
    assert.deepEqual(remote.files(), ["README.md", "b.yaml", "kustomization.yaml", "y.yaml"]);
  });

  slow("stays when both run at once", async () => {
    for (let round = 0; round < 3; round++) {
      const [a, b] = [hand(`one-${String(round)}`), hand(`two-${String(round)}`)];
      const path = `r${String(round)}.yaml`;
      await a.up({ files: { [path]: "r: 1\n" } });
      await Promise.all([
        a.up({ files: {}, retain: [path] }),
        b.up({ files: { [path]: "r: 1\n" } }),
        hand(`other-${String(round)}`).up({ files: { [`other-${String(round)}`]: "o: 1\n" } }),
      ]);
      assert.ok(remote.files().includes(path));
      await b.destroy();
      assert.ok(!remote.files().includes(path));
    }
  });

  slow("is told again neither after the state was lost nor after a run was killed", async () => {
    const [a, b] = [hand("one"), hand("two")];
    await a.up({ files: { ...X, ...Y } });
    await b.up({ files: { "b.yaml": "b: 1\n" } });
    const before = b.state;
    await b.up({ files: { ...X, "b.yaml": "b: 1\n" } });
    const commits = remote.log().length;
    b.state = before;
    await b.up({ files: { ...X, "b.yaml": "b: 1\n" } });
    b.state = undefined;
    await b.up({ files: { ...X, "b.yaml": "b: 1\n" } });
    assert.equal(remote.log().length, commits);
    await a.up({ files: Y });
    always("x.yaml");
  });

  it("makes no commit for what was there before any hand-off", async () => {
    await hand("one").up({ files: { "README.md": "# Repo\n" }, edits: entry("./theirs"), adopt: true });
    assert.equal(remote.log().length, 1);
  });

  it("lets a dropped file that somebody else changed go only after a look at it, also with adopt", async () => {
    const a = hand("one");
    await a.up({ files: { ...X, ...Y }, adopt: true });
    remote.commit({ "x.yaml": "x: by hand\n" });
    await assert.rejects(a.up({ files: Y, adopt: true }), /x\.yaml: somebody else changed[^]*-x: by hand/);
    assert.equal(remote.read("x.yaml"), "x: by hand\n");
  });

  describe("by `retain`", () => {
    it("stays when it leaves the program, is nobody's, and can be taken over", async () => {
      const a = hand("one");
      const files = { ...X, ...Y, "apps/a.yaml": "a: 1\n", "apps/b/c.yaml": "c: 1\n" };
      await a.up({ files, edits: entry("./x") });
      const commits = remote.log().length;
      await a.up({ files: Y, retain: ["x.yaml", "apps/", "kustomization.yaml"] });
      assert.equal(remote.log().length, commits);
      assert.deepEqual(remote.files(), ["README.md", ...Object.keys(files), "kustomization.yaml"].sort());
      await a.destroy();
      assert.ok(!remote.files().includes("y.yaml"));
      await hand("two").up({ files: { "x.yaml": "x: 2\n" }, edits: entry("./x"), adopt: true });
      always("x.yaml");
      assert.equal(remote.read("kustomization.yaml"), `${LIST}- ./x\n`);
    });

    it("stays though somebody else changed it, and when everything else is destroyed", async () => {
      const a = hand("one");
      await a.up({ files: { ...X, ...Y }, retain: ["x.yaml"] });
      remote.commit({ "x.yaml": "x: by hand\n" });
      await a.destroy();
      assert.deepEqual(remote.files(), ["README.md", "kustomization.yaml", "x.yaml"]);
    });
  });
});

function emptyCommits(remote: TestRemote, count: number): void {
  const signature = "Somebody <somebody@example.com> 1700000000 +0000";
  const commits = Array.from(
    { length: count },
    (_, index) =>
      `commit refs/heads/main\ncommitter ${signature}\ndata 4\nWork\n${index === 0 ? "from refs/heads/main^0\n" : ""}`,
  );
  execFileSync("git", ["-C", join(remote.folder, "remote.git"), "fast-import", "--quiet"], {
    input: commits.join(""),
  });
}
