import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Hand, TestRemote } from "./remote";

const FILES = { files: { "a.yaml": "a: 1\n" } };

/** What hosts say when another writer was faster, in words that git doesn't have. */
const RACES = {
  "Azure DevOps":
    "TF401028: The reference 'refs/heads/main' has already been updated by another client, so you cannot update it. Please try again.",
  Gerrit: "error: lock failure",
  Bitbucket: "the update was rejected by a concurrent one",
  "nobody knows": "computer says no",
};
const attempts = (hand: Hand): number =>
  hand.ctx.messages.filter((text) => /^reading|attempt \d/.test(text)).length;

describe("a refused push", function () {
  let remote: TestRemote;
  beforeEach(() => {
    remote = new TestRemote();
  });
  afterEach(() => {
    remote.dispose();
  });

  /** Refuses once; with `moves` somebody else's commit landed in between. */
  const refuseOnce = (words: string, moves: boolean): void => {
    const move = moves
      ? "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n" +
        "new=$(git -c user.name=Bot -c user.email=bot@example.com commit-tree -p main -m Bot main^{tree})\ngit update-ref refs/heads/main $new"
      : "";
    remote.hook(
      "pre-receive",
      `test -e ../once && exit 0\ntouch ../once\n${move}\necho ${JSON.stringify(words)} >&2\nexit 1`,
    );
  };

  for (const [host, words] of Object.entries(RACES)) {
    it(`is a race when the branch has moved, whatever the host says: ${host}`, async () => {
      refuseOnce(words, true);
      const hand = new Hand(remote.url);
      await hand.up(FILES);
      assert.equal(attempts(hand), 2);
      assert.deepEqual(remote.log(), ["Hand off", "Bot", "Start"]);
    });
  }

  const refusals: Readonly<Record<string, readonly [string, RegExp]>> = {
    "Azure DevOps, pull request": [
      "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.",
      /TF402455[^]*→ the branch doesn't take direct pushes[^]*pullRequest/,
    ],
    "Azure DevOps, permission": [
      "TF401027: You need the Git 'GenericContribute' permission.",
      /→ [^]*(write access|hook)/,
    ],
    "a hook that wants a ticket": [
      "GitLab: Commit message does not follow the pattern 'OPS-[0-9]+'",
      /→ the host wants something else in the commit's message/,
    ],
    "Gerrit's change id": [
      "missing Change-Id in message footer",
      /→ the host wants something else[^]*trailers/,
    ],
    "signed commits": [
      "GH013: Repository rule violations: Commits must have verified signatures.",
      /→ the host takes signed commits only[^]*`signing`/,
    ],
    "an author": [
      "GitLab: Author's email 'x@y' does not follow the pattern '@example.com'",
      /→ the host doesn't take this author/,
    ],
    "nobody knows": ["computer says no", /computer says no[^]*→ a rule or hook of the repository refuses/],
  };
  for (const [name, [words, advice]] of Object.entries(refusals)) {
    it(`is told at once, with the advice that fits, when the branch hasn't moved: ${name}`, async () => {
      refuseOnce(words, false);
      const hand = new Hand(remote.url);
      await assert.rejects(hand.up(FILES), advice);
      assert.equal(attempts(hand), 1);
      assert.deepEqual(remote.log(), ["Start"]);
    });
  }

  it("by a repository with other object ids is told by its name, empty or not, in the preview too", async () => {
    const git = (...args: string[]): string =>
      execFileSync("git", args, { cwd: remote.folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    for (const name of ["empty", "begun"]) {
      git("init", "--quiet", "--bare", "--object-format=sha256", "--initial-branch=main", `${name}.git`);
      if (name === "begun") {
        const identity = ["-c", "user.name=a", "-c", "user.email=a@x"];
        const tree = execFileSync("git", ["-C", join(remote.folder, "begun.git"), "mktree"], {
          input: "",
          encoding: "utf8",
        }).trim();
        const commit = git("-C", "begun.git", ...identity, "commit-tree", tree, "-m", "x").trim();
        git("-C", "begun.git", "update-ref", "refs/heads/main", commit);
      }
      const hand = new Hand(`file://${remote.folder}/${name}.git`);
      const words = new RegExp(`${name}\\.git is a repository with SHA-256 object ids`);
      await assert.rejects(hand.preview(FILES), words);
      await assert.rejects(hand.up(FILES), words);
    }
  });
});
