import assert from "node:assert/strict";
import { Hand, testContext, TestRemote } from "./remote";

const ENTRY = {
  "kustomization.yaml": [{ list: ["resources"], entry: "./apps", initial: "resources: []\n" }],
};
const FILES = {
  files: { "apps/a.yaml": "a: 1\n", "apps/b.yaml": "b: 1\n" },
  initialFiles: { "flux.yaml": "theirs: from then on\n" },
  edits: ENTRY,
};
const MORE = { ...FILES, files: { ...FILES.files, "apps/c.yaml": "c: 1\n" } };

describe("a branch that lost what was handed off", function () {
  let remote: TestRemote;
  let hand: Hand;
  beforeEach(async () => {
    remote = new TestRemote({ "kustomization.yaml": "resources:\n- ./theirs\n", "theirs/a.yaml": "t\n" });
    hand = new Hand(remote.url);
    await hand.up(FILES);
  });
  afterEach(() => {
    remote.dispose();
  });

  const bare = (...args: string[]): string => remote.git(remote.folder, "-C", "remote.git", ...args);
  /** A run of its own, which looks anew. */
  const next = (): Hand => {
    const run = new Hand(remote.url, testContext());
    run.state = hand.state;
    return run;
  };

  for (const [name, inputs] of Object.entries({
    "nothing else to do": FILES,
    "something else to do": MORE,
  })) {
    it(`that was deleted, or made anew, stops \`up\` with ${name}, and comes back by a refresh`, async () => {
      bare("update-ref", "-d", "refs/heads/main");
      const run = next();
      const gone = /main of \S+ isn't there any more, with commit \w{12}[^]*renamed[^]*`pulumi up --refresh`/;
      await assert.rejects(run.preview(inputs), gone);
      await assert.rejects(run.up(inputs), gone);
      assert.deepEqual(remote.refs(), []);
      const mended = next();
      await mended.refresh();
      await mended.up(inputs);
      assert.deepEqual(remote.files(), [...Object.keys(inputs.files), "flux.yaml", "kustomization.yaml"]);
      assert.equal(remote.read("kustomization.yaml"), "resources:\n- ./apps\n");
      assert.equal(remote.log().length, 1);
      hand = mended;
      const again = next();
      await again.up(inputs);
      assert.equal(remote.log().length, 1, "nothing is left to do");
    });
  }

  it("that was renamed is made again by nothing", async () => {
    bare("branch", "--move", "main", "trunk");
    await assert.rejects(next().up(FILES), /main of \S+ isn't there any more/);
    await assert.rejects(next().refresh(), /main/);
    assert.deepEqual(remote.refs(), ["refs/heads/trunk"]);
  });

  it("that was forced to an earlier commit stops `up`, and comes back by a refresh in one commit", async () => {
    const before = bare("rev-parse", "main~1").trim();
    bare("update-ref", "refs/heads/main", before);
    const run = next();
    const rewritten =
      /main was rewritten: commit \w{12} of the last hand-off is no longer in it\n[^]*apps\/a\.yaml: somebody else removed this file of ours/;
    await assert.rejects(run.preview(FILES), rewritten);
    await assert.rejects(run.up(FILES), rewritten);
    assert.match(run.ctx.messages.join("\n"), /main of \S+ was rewritten/);
    assert.equal(bare("rev-parse", "main").trim(), before);
    const mended = next();
    await mended.refresh();
    await mended.up(FILES);
    assert.deepEqual(remote.log(), ["Hand off", "Start"]);
    assert.equal(remote.read("kustomization.yaml"), "resources:\n- ./theirs\n- ./apps\n");
  });

  it("isn't one that was rewritten with all of it, nor one in which somebody changed a file by a commit", async () => {
    const tree = bare("rev-parse", "main^{tree}").trim();
    const squashed = bare("commit-tree", "-m", "Squashed", tree).trim();
    bare("update-ref", "refs/heads/main", squashed);
    await next().up(FILES);
    assert.equal(bare("rev-parse", "main").trim(), squashed);
    bare("update-ref", "refs/heads/main", String(hand.state?.outputs.commit));
    const changed = remote.commit({ "apps/a.yaml": "a: by hand\n" });
    await next().up(FILES);
    assert.equal(bare("rev-parse", "main").trim(), changed);
  });

  it("is taken away from what is there, where it is gone", async () => {
    bare("update-ref", "-d", "refs/heads/main");
    await next().destroy();
    assert.deepEqual(remote.refs(), []);
  });
});
