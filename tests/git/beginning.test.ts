import assert from "node:assert/strict";
import { Hand, testContext, TestRemote } from "./remote";

const THEIRS = {
  "README.md": "# Ours\n",
  "apps/base.yaml": "a: 1\n",
  "apps/others.yaml": "kept by others\n",
  "clusters/prod/kustomization.yaml": "resources:\n- ./gone.yaml\n",
  "clusters/prod/gone.yaml": "of prod alone\n",
};
const FROM = { branch: "main", without: ["./clusters/prod/"] };
const FILES = { "apps/base.yaml": "a: 2\n", "clusters/prod/app.yaml": "app: 1\n" };
const entries = {
  "clusters/prod/kustomization.yaml": [
    { list: ["resources"], entry: "./app.yaml", initial: "resources: []\n" },
  ],
};

describe("a branch that is made for a hand-off", () => {
  let remote: TestRemote;
  let hand: Hand;
  const bare = (...args: string[]): string => remote.git(remote.folder, "-C", "remote.git", ...args).trim();
  const branch = { branch: "pr-7", from: FROM };
  const review = (extra = {}): Hand => new Hand(remote.url, testContext("pr-7"), { ...branch, ...extra });
  const up = (one = hand): Promise<unknown> => one.up({ files: FILES, edits: entries });
  const somebody = (...changes: [string, string][]): void => {
    const clone = `${remote.folder}/somebody`;
    remote.git(remote.folder, "clone", "--quiet", "--branch", "pr-7", remote.url, clone);
    for (const [path, text] of changes)
      remote.git(clone, "config", "alias.put", `!printf '${text}' > ${path}`);
    if (changes.length > 0) remote.git(clone, "put");
    remote.git(clone, "add", "--all");
    remote.git(clone, "commit", "--quiet", "--allow-empty", "--message", "By hand");
    remote.git(clone, "push", "--quiet");
  };

  beforeEach(() => {
    remote = new TestRemote(THEIRS);
    hand = review();
  });
  afterEach(() => {
    remote.dispose();
  });

  it("begins at another one's head in one commit, with what others have there and nothing of the given folders", async () => {
    const main = bare("rev-parse", "main");
    await hand.preview({ files: FILES, edits: entries });
    assert.deepEqual(remote.refs(), ["refs/heads/main"], "a preview makes none");
    await up();
    assert.equal(bare("rev-parse", "pr-7^"), main);
    assert.equal(bare("rev-parse", "main"), main);
    assert.deepEqual(bare("ls-tree", "-r", "--name-only", "pr-7").split("\n"), [
      "README.md",
      "apps/base.yaml",
      "apps/others.yaml",
      "clusters/prod/app.yaml",
      "clusters/prod/kustomization.yaml",
    ]);
    assert.equal(bare("show", "pr-7:apps/base.yaml"), "a: 2");
    assert.doesNotMatch(bare("show", "pr-7:clusters/prod/kustomization.yaml"), /gone/);
    await up();
    assert.equal(bare("rev-parse", "pr-7^"), main, "no second commit");
  });

  it("is made also where all files are as they were", async () => {
    await hand.up({ files: { "apps/base.yaml": "a: 1\n" }, from: { branch: "main" } });
    assert.equal(bare("rev-parse", "pr-7^{tree}"), bare("rev-parse", "main^{tree}"));
  });

  it("changes by later runs as any branch does", async () => {
    await up();
    remote.commit({ "README.md": "# Moved on\n" });
    await hand.up({ files: { "clusters/prod/app.yaml": "app: 2\n" }, edits: entries });
    assert.equal(bare("show", "pr-7:clusters/prod/app.yaml"), "app: 2");
    assert.equal(bare("show", "pr-7:README.md"), "# Ours");
  });

  it("is removed with it, by the files' owner and without another commit", async () => {
    await up();
    await hand.up({ files: { "clusters/prod/app.yaml": "app: 2\n" }, edits: entries });
    const main = bare("rev-parse", "main");
    await hand.destroy();
    assert.deepEqual(remote.refs(), ["refs/heads/main"]);
    assert.equal(bare("rev-parse", "main"), main);
  });

  it("stays with what others committed to it, without what is ours", async () => {
    await up();
    somebody(["notes.md", "mine"]);
    await hand.destroy();
    assert.ok(hand.ctx.messages.some((text) => /pr-7 of .* stays.*"By hand"/.test(text)));
    assert.equal(bare("show", "pr-7:notes.md"), "mine");
    assert.doesNotMatch(bare("ls-tree", "-r", "--name-only", "pr-7"), /app\.yaml/);
  });

  it("is no matter when somebody removed it before", async () => {
    await up();
    bare("update-ref", "-d", "refs/heads/pr-7");
    await hand.destroy();
    assert.deepEqual(remote.refs(), ["refs/heads/main"]);
  });

  it("is gone on with when the state was lost, and removed then too", async () => {
    await up();
    const tip = bare("rev-parse", "pr-7");
    const again = review();
    await up(again);
    assert.equal(bare("rev-parse", "pr-7"), tip);
    await again.destroy();
    assert.deepEqual(remote.refs(), ["refs/heads/main"]);
  });

  for (const [what, make] of [
    [
      "commits of somebody's own",
      () => {
        bare("branch", "pr-7", "main");
        somebody();
      },
    ],
    ["the commits of another stack", () => up(new Hand(remote.url, testContext("pr-70"), branch))],
  ] as const) {
    it(`is refused with ${what} on it, in a preview too`, async () => {
      await make();
      const tip = bare("rev-parse", "pr-7");
      const refused = /pr-7 of .* is there already, with commits that handoff\/pr-7 didn't make/;
      await assert.rejects(hand.preview({ files: FILES, edits: entries }), refused);
      await assert.rejects(up(), refused);
      assert.equal(bare("rev-parse", "pr-7"), tip);
    });
  }

  it("isn't made of a branch that isn't there, of itself, by a pull request or by GitHub's API", async () => {
    const refused: [object, RegExp][] = [
      [{ from: { branch: "none" } }, /has no branch 'none'; it has main/],
      [{ from: { branch: "pr-7" } }, /from: it is the branch itself/],
      [{ mode: { pullRequest: { branch: "x", host: "gitea", token: "t" } } }, /from: .*no pull request/],
      [{ mode: { githubApi: {} }, auth: { bearer: { token: "t" } } }, /GitHub's API/],
    ];
    for (const [extra, words] of refused) await assert.rejects(up(review(extra)), words);
    assert.deepEqual(remote.refs(), ["refs/heads/main"]);
  });
});
