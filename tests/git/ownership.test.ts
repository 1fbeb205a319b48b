import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hand, TestRemote } from "./remote";

const entry = (path: string, initial?: string) => ({
  [path]: [{ list: ["resources"], entry: "./b", initial }],
});

describe("what is ours in a repository", () => {
  let remote: TestRemote;
  let hand: Hand;

  beforeEach(() => {
    remote = new TestRemote({ "README.md": "# Repo\n", folder: "theirs\n", "other/a": "theirs\n" });
    hand = new Hand(remote.url);
  });
  afterEach(() => {
    remote.dispose();
  });

  const list = "resources:\n- ./b\n";
  const kinds = {
    "a file": { files: { "k.yaml": list } },
    "an initial file": { initialFiles: { "k.yaml": list } },
    "an edited file": { edits: entry("k.yaml", list) },
  };
  for (const [before, old] of Object.entries(kinds)) {
    for (const [after, young] of Object.entries(kinds).filter(([name]) => name !== before)) {
      it(`stays when ${before} becomes ${after}`, async () => {
        await hand.up(old);
        await hand.up(young);
        assert.equal(remote.read("k.yaml"), list);
      });
    }
  }

  it("is known from a state of an earlier version, which has a map of the files", async () => {
    const before = remote.files();
    await hand.up({ files: { f: "f\n", g: "g\n" } });
    const { inputs, outputs } = hand.state!;
    const owned = outputs.owned as { readonly files: string };
    const files = JSON.parse(owned.files) as Readonly<Record<string, string>>;
    assert.deepEqual(Object.keys(files), ["f", "g"]);
    hand.state = { inputs, outputs: { ...outputs, owned: { ...owned, files } } };
    await hand.up({ files: { f: "f\n", g: "g\n" } });
    assert.deepEqual(hand.state.outputs.owned, { ...owned, files }, "nothing to do");
    await hand.up({ files: { f: "h\n" } });
    assert.deepEqual(remote.files(), [...before, "f"].sort());
    await hand.destroy();
    assert.deepEqual(remote.files(), before);
  });

  it("is still ours when the answer to the push was lost, and goes on destroy", async () => {
    remote.commit({ "k.yaml": "resources:\n- ./a\n" });
    writeFileSync(join(remote.folder, "once"), "");
    remote.hook("post-receive", `rm ${remote.folder}/once && kill -9 $PPID`);
    const before = remote.files();
    const outputs = await hand.up({
      files: { f: "f\n" },
      initialFiles: { i: "i\n" },
      edits: entry("k.yaml"),
    });
    assert.equal(outputs.commit, remote.log("%H")[0]);
    assert.deepEqual(outputs.changed, ["f", "i", "k.yaml"]);
    await hand.destroy();
    assert.deepEqual(remote.files(), before);
    assert.equal(remote.read("k.yaml"), "resources:\n- ./a\n");
  });

  const gotk = "clusters/prod/flux-system/gotk-components.yaml";
  it("fills the files that somebody made for Flux, and no other file, though it be empty", async () => {
    const placeholders = { [gotk]: "# made before flux bootstrap\n", "gotk-sync.yaml": "" };
    remote.commit({ ...placeholders, "empty.yaml": "# a\n", "x/gotk-sync.yaml": "kind: GitRepository\n" });
    await hand.up({ files: { [gotk]: "kind: Namespace\n", "gotk-sync.yaml": "kind: Kustomization\n" } });
    assert.equal(remote.read(gotk), "kind: Namespace\n");
    assert.equal(remote.read("gotk-sync.yaml"), "kind: Kustomization\n");
    for (const path of ["empty.yaml", "x/gotk-sync.yaml"])
      await assert.rejects(new Hand(remote.url).up({ files: { [path]: "b: c\n" } }), /is there already/);
  });

  it("never makes a file for its entries where others have a folder, a file or a link", async () => {
    const clone = remote.clone;
    remote.git(clone, "update-index", "--add", "--cacheinfo", "120000", oid(remote, "folder"), "link");
    remote.git(clone, "commit", "--quiet", "--message", "Link");
    remote.git(clone, "push", "--quiet", "origin", "HEAD:main");
    const before = remote.git(remote.folder, "-C", "remote.git", "rev-parse", "main");
    const ways = {
      other: /other: there is a folder of this name/,
      "folder/k.yaml": /folder is a file, not a folder/,
      link: /link: there is a symbolic link of this name/,
    };
    for (const [path, words] of Object.entries(ways)) {
      await assert.rejects(hand.up({ edits: entry(path, "resources: []\n") }), words);
    }
    assert.equal(remote.git(remote.folder, "-C", "remote.git", "rev-parse", "main"), before);
  });

  it("refuses to edit a file whose other bytes it couldn't keep", async () => {
    const latin1 = Buffer.from("# caf\u00e9\nresources:\n- ./a\n", "latin1");
    writeFileSync(join(remote.clone, "k.yaml"), latin1);
    remote.commit({});
    await assert.rejects(hand.up({ edits: entry("k.yaml") }), /k\.yaml: the file isn't UTF-8 text/);
    assert.equal(remote.log().length, 2);
  });

  it("advises to take over what is another's, and to mend what can't be edited", async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"4d7a".repeat(16)}\nsize 12345\n`;
    for (const [text, words, advice] of [
      [pointer, /k\.yaml: it is a pointer of Git LFS/, /Mend what our entries/],
      ["resources: [\n", /k\.yaml: this isn't valid YAML/, /Mend what our entries/],
      ["kind: Kustomization\nresources: yes\n", /k\.yaml: 'resources' isn't a list/, /Mend what our entries/],
    ] as const) {
      remote.commit({ "k.yaml": text });
      await assert.rejects(hand.up({ edits: entry("k.yaml") }), (error: Error) => {
        assert.match(error.message, words);
        assert.match(error.message, advice);
        assert.doesNotMatch(error.message, /take the files over/);
        return true;
      });
    }
    remote.commit({ "k.yaml": "resources: []\n", "other.txt": "theirs\n" });
    await assert.rejects(
      hand.up({ files: { "other.txt": "ours\n" } }),
      /take the files over with `adopt: true`,/,
    );
  });
});

function oid(remote: TestRemote, path: string): string {
  return remote.git(remote.folder, "-C", "remote.git", "rev-parse", `main:${path}`).trim();
}
