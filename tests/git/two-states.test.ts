import assert from "node:assert/strict";
import { Hand, testContext, TestRemote } from "./remote";

const X = { "x.yaml": "x: 1\n" };
const APP = { "app/deployment.yaml": "a: 1\n" };
const LIST = "resources:\n- ./theirs\n";
const entry = (name: string) => ({ "kustomization.yaml": [{ list: ["resources"], entry: name }] });

/** A stack's name says nothing of which state is meant: it may be renamed, copied, or there twice in two backends. */
describe("two states whose stacks have one name", () => {
  let remote: TestRemote;
  const hand = (stack = "prod", resource = "test"): Hand =>
    new Hand(remote.url, testContext(stack, resource));
  const copyOf = ({ state }: Hand, stack?: string): Hand => Object.assign(hand(stack), { state });

  beforeEach(() => {
    remote = new TestRemote({ "README.md": "# Repo\n", "kustomization.yaml": LIST });
  });
  afterEach(() => {
    remote.dispose();
  });

  it("take back nothing of each other's: one of another backend", async () => {
    const [a, b] = [hand(), hand()];
    await a.up({ files: X });
    await b.up({ files: X });
    await a.up({ files: { ...X, ...APP }, edits: entry("./app") });
    await b.up({ files: { ...X, "b.yaml": "b: 1\n" } });
    assert.equal(remote.read("app/deployment.yaml"), "a: 1\n");
    assert.equal(remote.read("kustomization.yaml"), `${LIST}- ./app\n`);
  });

  it("take back nothing of each other's: a copy that is left behind", async () => {
    const a = hand();
    await a.up({ files: X });
    const b = copyOf(a);
    await a.up({ files: { ...X, "y.yaml": "y: 1\n" } });
    await a.up({ files: { ...X, "y.yaml": "y: 1\n", ...APP }, edits: entry("./app") });
    await b.up({ files: { ...X, "b.yaml": "b: 1\n" } });
    assert.equal(remote.read("app/deployment.yaml"), "a: 1\n");
    assert.equal(remote.read("kustomization.yaml"), `${LIST}- ./app\n`);
  });

  it("stop at what the other one changed, and say so where nothing is to be done", async () => {
    const [a, b] = [hand(), hand()];
    await a.up({ files: X });
    await b.up({ files: X });
    await a.up({ files: { "x.yaml": "x: 2\n" } });
    await b.up({ files: X });
    assert.match(b.ctx.messages.join("\n"), /isn't as we left it: x\.yaml/);
    await assert.rejects(b.up({ files: { "x.yaml": "x: 3\n" } }), /somebody else changed this file of ours/);
    assert.equal(remote.read("x.yaml"), "x: 2\n");
  });

  it("leave what the other one took over", async () => {
    const [a, b] = [hand(), hand()];
    await b.up({ files: { "b.yaml": "b: 1\n" } });
    await a.up({ files: { ...X, ...APP } });
    await assert.rejects(b.up({ files: { "x.yaml": "x: 2\n" } }), /the file is there already and isn't ours/);
    await b.up({ files: { "x.yaml": "x: 2\n", ...APP }, adopt: true });
    await a.refresh();
    await a.up({ files: {} });
    assert.equal(remote.read("x.yaml"), "x: 2\n");
    assert.equal(remote.read("app/deployment.yaml"), "a: 1\n");
  });

  it("leave a branch that the other one has written to since", async () => {
    const from = { branch: "main" };
    const on = (): Hand => new Hand(remote.url, testContext(), { branch: "pr-7", from });
    const [a, b] = [on(), on()];
    await a.up({ files: X });
    await b.up({ files: X });
    await a.up({ files: { ...X, ...APP } });
    await b.destroy();
    assert.deepEqual(remote.refs(), ["refs/heads/main", "refs/heads/pr-7"]);
    assert.match(
      b.ctx.messages.join("\n"),
      /pr-7 of \S+ stays, without what is ours: others committed to it/,
    );
  });

  it("leave a branch with what the other one wrote, also where somebody rewrote it", async () => {
    const from = { branch: "main" };
    const on = (): Hand => new Hand(remote.url, testContext(), { branch: "pr-7", from });
    const [a, b] = [on(), on()];
    await a.up({ files: X });
    await b.up({ files: APP });
    const bare = (...args: string[]): string => remote.git(remote.folder, "-C", "remote.git", ...args).trim();
    let parent = bare("rev-parse", "main");
    for (const commit of ["pr-7~1", "pr-7"])
      parent = bare(
        "commit-tree",
        `${commit}^{tree}`,
        "-p",
        parent,
        "-m",
        bare("log", "-1", "--format=%B", commit),
      );
    bare("update-ref", "refs/heads/pr-7", parent);
    await a.destroy();
    assert.deepEqual(remote.refs(), ["refs/heads/main", "refs/heads/pr-7"]);
  });

  it("say in a preview what of the other one a new state would overwrite", async () => {
    const [a, b] = [hand(), hand()];
    await a.up({ files: { ...X, ...APP } });
    await b.preview({ files: { ...X, "app/deployment.yaml": "a: 2\n" } });
    assert.match(
      b.ctx.messages.join("\n"),
      /an earlier hand-off of handoff\/prod wrote these, .* other content .*:\napp\/deployment\.yaml$/m,
    );
    assert.doesNotMatch(b.ctx.messages.join("\n"), /^x\.yaml$/m);
  });
});

describe("a stack or resource that was renamed", () => {
  let remote: TestRemote;
  beforeEach(() => {
    remote = new TestRemote();
  });
  afterEach(() => {
    remote.dispose();
  });

  for (const [what, stack, resource] of [
    ["stack", "production", "test"],
    ["resource", "prod", "other"],
  ] as const) {
    it(`takes away what it took over under its former name: ${what}`, async () => {
      const a = new Hand(remote.url);
      await a.up({ files: { "y.yaml": "y: 1\n" } });
      remote.commit(X);
      await a.up({ files: { "y.yaml": "y: 1\n", "x.yaml": "x: 2\n" }, adopt: true });
      const renamed = Object.assign(new Hand(remote.url, testContext(stack, resource)), { state: a.state });
      await renamed.up({ files: { "y.yaml": "y: 1\n" } });
      assert.deepEqual(remote.files(), ["README.md", "y.yaml"]);
    });

    it(`takes back what a killed run brought under its former name: ${what}`, async () => {
      const a = new Hand(remote.url);
      await a.up({ files: { "y.yaml": "y: 1\n" } });
      const { state } = a;
      await a.up({ files: { "y.yaml": "y: 1\n", ...APP } });
      const renamed = Object.assign(new Hand(remote.url, testContext(stack, resource)), { state });
      await renamed.up({ files: { "y.yaml": "y: 2\n" } });
      assert.deepEqual(remote.files(), ["README.md", "y.yaml"]);
    });
  }
});
