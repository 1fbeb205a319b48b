import { strict as assert } from "node:assert";
import { branchInTheWay } from "../../manifests/git/branch-name";
import { explainFailure } from "../../provider/git/refusals";
import { Hand, TestRemote } from "./remote";
import { slow } from "../slow";

const files = { "a.yaml": "a: 1\n" };

describe("a branch that would be a folder of another", () => {
  let remote: TestRemote;
  beforeEach(() => {
    remote = new TestRemote();
    remote.git(remote.folder, "-C", "remote.git", "branch", "release/1.0", "main");
  });
  afterEach(() => {
    remote.dispose();
  });

  it("is told by its name", () => {
    assert.equal(branchInTheWay("main/x", ["mai", "main"]), "main");
    assert.equal(branchInTheWay("release", ["main", "release/1.0"]), "release/1.0");
    assert.equal(branchInTheWay("release/1.1", ["release/1.0", "main", "release/1"]), undefined);
  });

  it("is refused as an input, where the other one is one, too", async () => {
    const hand = new Hand(remote.url);
    const request = { branch: "main/handoff", host: "gitea", token: "t" };
    await assert.rejects(hand.up({ files, mode: { pullRequest: request } }), /git can't have main\/handoff/);
    await assert.rejects(hand.up({ files, branch: "main/x", from: { branch: "main" } }), /beside main/);
  });

  it("is refused when the repository has the other one, in a preview, with a name that goes", async () => {
    const inputs = { files, from: { branch: "main" } };
    const hand = new Hand(remote.url);
    const wrong = { ...inputs, branch: "release/1.0/x" };
    const words = /git can't have release\/1\.0\/x beside release\/1\.0: .* such as release-1\.0-x/;
    await assert.rejects(hand.preview(wrong), words);
    await assert.rejects(hand.up(wrong), words);
    await hand.up({ ...inputs, branch: "release-1.0-x" });
    assert.ok(remote.refs().includes("refs/heads/release-1.0-x"));
  });

  it("is no race, whatever the host calls it", () => {
    const git =
      "error: cannot lock ref 'refs/heads/main/x': 'refs/heads/main' exists; cannot create 'refs/heads/main/x'\n";
    for (const words of [git, " ! [remote rejected] x -> main/x (directory file conflict)\n"]) {
      const { kind, message } = explainFailure("pushing to", "https://example.com/a.git", words);
      assert.equal(kind, "refused");
      assert.match(message, /→ git has branches in folders/);
    }
  });

  slow("doesn't keep odd names from being handed off to, moved and left", async () => {
    remote.git(remote.folder, "-C", "remote.git", "tag", "v1", "main");
    for (const branch of ["feature/x", "user@host", "grün", "v1", "123", "$(x)", "a;b'", "FETCH_HEAD"]) {
      remote.git(remote.folder, "-C", "remote.git", "branch", branch, "main");
      const hand = new Hand(remote.url);
      const { commit, revision } = await hand.up({ branch, files });
      assert.equal(revision, `${branch}@sha1:${String(commit)}`);
      await hand.up({ branch, files: { "a.yaml": "a: 2\n" } });
      await hand.refresh();
      await hand.destroy();
      const of = (ref: string): string =>
        remote.git(remote.folder, "-C", "remote.git", "rev-parse", `${ref}^{tree}`);
      assert.equal(of(`refs/heads/${branch}`), of("refs/heads/main"), branch);
    }
    assert.equal(remote.log().length, 1);
  });
});
