import assert from "node:assert/strict";
import { UNKNOWN } from "../../provider/plugin/handler";
import { Hand, TestRemote } from "./remote";
import { aggregator, entry, remoteWithAggregator } from "./aggregator";

describe("GitCommit and what is in its way", () => {
  let remote: TestRemote;
  let hand: Hand;

  beforeEach(() => {
    remote = remoteWithAggregator();
    hand = new Hand(remote.url);
  });
  afterEach(() => {
    remote.dispose();
  });

  it("stops with a diff when somebody changed a file of ours, and puts it back after a refresh", async () => {
    await hand.up({ files: { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" } });
    remote.commit({ "a.yaml": "a: by hand\n" });
    await assert.rejects(
      hand.up({ files: { "a.yaml": "a: 2\n", "b.yaml": "b: 1\n" } }),
      /a\.yaml: somebody else changed this file of ours:[^]*-a: by hand\n\+a: 2\n→ .*pulumi refresh/,
    );
    assert.equal(remote.read("a.yaml"), "a: by hand\n");
    await hand.refresh();
    assert.equal((hand.state?.inputs.files as Record<string, string>)["a.yaml"], "a: by hand\n");
    await hand.up({ files: { "a.yaml": "a: 2\n", "b.yaml": "b: 1\n" } });
    assert.equal(remote.read("a.yaml"), "a: 2\n");
  });

  it("says that the branch was rewritten, and puts ours back after a refresh", async () => {
    const files = { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" };
    await hand.up({ files, edits: entry("./b") });
    const [ours = "", start = ""] = remote.log("%H");
    remote.git(remote.folder, "-C", "remote.git", "update-ref", "refs/heads/main", start);
    const later = { files: { ...files, "a.yaml": "a: 2\n" }, edits: entry("./b") };
    const words = new RegExp(
      `main was rewritten: commit ${ours.slice(0, 12)} of the last hand-off is no longer in it\n` +
        "a\\.yaml: somebody else removed this file of ours\nb\\.yaml: somebody else removed this file of ours\n" +
        "kustomization\\.yaml: somebody else removed our entry resources: b\n→ .*pulumi refresh",
    );
    await assert.rejects(hand.preview(later), words);
    await assert.rejects(hand.up(later), words);
    await hand.refresh();
    assert.deepEqual(hand.state?.inputs.files, {});
    await hand.up(later);
    assert.deepEqual(remote.log(), ["Hand off", "Start"]);
    assert.equal(remote.read("a.yaml"), "a: 2\n");
    assert.equal(remote.read("b.yaml"), "b: 1\n");
    assert.equal(remote.read("kustomization.yaml"), `${aggregator}- ./b\n`);
    // Back to where the state says that it is: nothing to do.
    await hand.refresh();
    await hand.up(later);
    assert.equal(remote.log().length, 2);
  });

  it("puts a removed file and a removed entry back after a refresh", async () => {
    const inputs = { files: { "a.yaml": "a: 1\n" }, edits: entry("./b") };
    await hand.up(inputs);
    remote.commit({ "a.yaml": null, "kustomization.yaml": aggregator });
    await hand.refresh();
    await hand.up(inputs);
    assert.equal(remote.read("a.yaml"), "a: 1\n");
    assert.equal(remote.read("kustomization.yaml"), `${aggregator}- ./b\n`);
  });

  it("refuses a file in the way unless it is equal or adopted", async () => {
    await assert.rejects(
      hand.up({ files: { "README.md": "mine\n" } }),
      /README\.md: the file is there already and isn't ours:[^]*-# Repo\n\+mine[^]*Nothing was changed/,
    );
    await hand.up({ files: { "README.md": "# Repo\n" } });
    assert.equal(remote.log().length, 1);
    await new Hand(remote.url).up({ files: { "README.md": "mine\n" }, adopt: true });
    assert.equal(remote.read("README.md"), "mine\n");
  });

  it("names folders, links and spellings in the way", async () => {
    remote.commit({ "dir/x": "x\n" });
    await assert.rejects(
      hand.up({ files: { dir: "1", "README.md/x": "1" } }),
      /dir: there is a folder[^]*README\.md\/x: README\.md is a file, not a folder/,
    );
    await assert.rejects(
      hand.up({ files: { "readme.md": "1", "DIR/y": "1" } }),
      /readme\.md: README\.md differs from readme\.md only in[^]*DIR\/y: dir differs from DIR only in/,
    );
  });

  it("says which Secret is readable, and takes placeholders and ciphertext", async () => {
    const secret = (value: string): string =>
      `kind: Secret\napiVersion: v1\nmetadata: {name: db, namespace: calcom}\nstringData: {PASSWORD: "${value}"}\n`;
    await assert.rejects(
      hand.up({ files: { "s.yaml": secret("hunter2") } }),
      /files\["s\.yaml"\]: s\.yaml holds readable secrets .*: Secret calcom\/db: PASSWORD\. Put the values/,
    );
    await hand.up({ files: { "s.yaml": secret("REPLACE_ME"), "t.yaml": secret("ENC[AES256_GCM,data:x]") } });
    assert.equal(remote.log().length, 2);
  });

  it("refuses paths that can't be together", async () => {
    await assert.rejects(
      hand.up({ files: { a: "1", "a/b": "2" } }),
      /files\["a\/b"\]: a\/b can't be beside a, which is a file/,
    );
    await assert.rejects(
      hand.up({ files: { "kustomization.yaml": "1" }, edits: entry("./b") }),
      /edits\["kustomization\.yaml"\]: kustomization\.yaml is among `files` too/,
    );
  });

  it("tells at preview what is in the way, and writes nothing", async () => {
    await assert.rejects(
      hand.preview({ files: { "README.md": "mine\n" } }),
      /README\.md: the file is there already/,
    );
    await hand.up({ files: { "a.yaml": "a: 1\n" } });
    remote.commit({ "a.yaml": "a: by hand\n" });
    await assert.rejects(
      hand.preview({ files: { "a.yaml": "a: 2\n" } }),
      /somebody else changed this file of ours/,
    );
    const unknown = await hand.preview({
      files: { "README.md": UNKNOWN, "b.yaml": "b: 1\n", "a.yaml": "a: by hand\n" },
    });
    assert.equal(unknown.commit, undefined);
    assert.equal(remote.log().length, 3);
  });

  it("tells at preview what a lost state wrote and the program leaves out, not what only `up` knows the text of", async () => {
    await hand.up({ files: { "a.yaml": "a: 1\n", "secret.yaml": "s: 1\n", "left.yaml": "b: 1\n" } });
    const stateless = new Hand(remote.url);
    await stateless.preview({ files: { "a.yaml": "a: 2\n", "secret.yaml": UNKNOWN } });
    const told = stateless.ctx.messages.join("\n");
    assert.match(told, /an earlier hand-off of this stack wrote[^]*:\nleft\.yaml$/m);
    assert.doesNotMatch(told, /secret\.yaml/);
  });
});
