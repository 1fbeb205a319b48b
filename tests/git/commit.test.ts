import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { storeBlob } from "../../cache/blobs";
import { RemoteBranch } from "../../provider/git/repository";
import { Hand, testContext, TestRemote } from "./remote";
import { aggregator, entry, remoteWithAggregator } from "./aggregator";
import { slow } from "../slow";

describe("GitCommit", () => {
  let remote: TestRemote;
  let hand: Hand;

  beforeEach(() => {
    remote = remoteWithAggregator();
    hand = new Hand(remote.url);
  });
  afterEach(() => {
    remote.dispose();
  });

  it("makes one commit of all files and edits, and none when equal", async () => {
    const inputs = { files: { "a.yaml": "a: 1\n", "b/c.yaml": "c: 1\n" }, edits: entry("./b") };
    const outputs = await hand.up(inputs);
    assert.deepEqual(remote.log(), ["Hand off", "Start"]);
    assert.deepEqual(outputs.changed, ["a.yaml", "b/c.yaml", "kustomization.yaml"]);
    assert.equal(outputs.revision, `main@sha1:${remote.log("%H")[0]!}`);
    assert.equal(remote.read("kustomization.yaml"), `${aggregator}- ./b\n`);
    assert.match(
      remote.log("%B").join("\n"),
      /A a\.yaml\nA b\/c\.yaml\nM kustomization\.yaml\n\nHandoff-Stack: handoff\/prod\nHandoff-State: [0-9a-f]{8} [0-9a-f]{8}\nHandoff-Resource: test/,
    );
    await hand.up(inputs);
    assert.equal(remote.log().length, 2);
  });

  it("makes no commit when the state was lost and the repository holds the same", async () => {
    const inputs = { files: { "a.yaml": "a: 1\n" }, edits: entry("./b") };
    await hand.up(inputs);
    const again = await new Hand(remote.url).up(inputs);
    assert.equal(remote.log().length, 2);
    assert.equal(again.commit, remote.log("%H")[0]);
  });

  it("says in later subjects what changes when it is asked to, above the message", async () => {
    const deployment = (tag: string) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: hello\n  namespace: hello\nspec:\n  image: hello:${tag}\n`;
    const up = (tag: string, asked = true) =>
      hand.up({ files: { "a.yaml": deployment(tag) }, ...(asked && { subject: "changes" }) });
    await up("1");
    await up("2");
    await up("2");
    await up("3", false);
    assert.deepEqual(remote.log(), ["Hand off", "hello: image 1 → 2", "Hand off", "Start"]);
    assert.match(remote.log("%B").join("\n"), /hello: image 1 → 2\n\nHand off\n\nM a\.yaml\n\nHandoff-Stack/);
  });

  it("ends the message with trailers that git reads", async () => {
    await hand.up({
      files: { a: "1\n" },
      trailers: { "Change-Ticket": "OPS-1: now", "Reviewed-by": "Ü <u@example.com>" },
    });
    assert.equal(
      remote
        .log("%(trailers)")
        .join("\n")
        .replace(/^Handoff-State: [0-9a-f]{8} [0-9a-f]{8}\n/m, "")
        .trim(),
      "Change-Ticket: OPS-1: now\nReviewed-by: Ü <u@example.com>\nHandoff-Stack: handoff/prod\nHandoff-Resource: test",
    );
    await hand.up({ files: { a: "1\n" }, trailers: { "Change-Ticket": "OPS-2" } });
    assert.equal(remote.log("%H").length, 2);
    const refused: [object, RegExp][] = [
      [{ trailers: { "Reviewed by": "x" } }, /trailers\["Reviewed by"\]: the name of a trailer has letters/],
      [{ trailers: { "A-b": "x\ny" } }, /trailers\["A-b"\]: a trailer has one line/],
      [{ trailers: { "handoff-stack": "x" } }, /Handoff-Stack is set by the hand-off/],
      [{ message: "Two\nlines" }, /message: it is the commit's subject/],
    ];
    for (const [inputs, words] of refused)
      await assert.rejects(hand.up({ files: { a: "2\n" }, ...inputs }), words);
  });

  it("works inside a git hook, whose environment names another repository", async () => {
    const other = new TestRemote({ "other.txt": "theirs\n" });
    process.env.GIT_DIR = `${other.folder}/remote.git`;
    process.env.GIT_INDEX_FILE = `${other.folder}/index`;
    try {
      await hand.up({ files: { "a.yaml": "a: 1\n" } });
    } finally {
      delete process.env.GIT_DIR;
      delete process.env.GIT_INDEX_FILE;
    }
    assert.deepEqual(remote.log(), ["Hand off", "Start"]);
    assert.equal(other.git(other.folder, "-C", "remote.git", "for-each-ref").trim().split("\n").length, 1);
    other.dispose();
  });

  it("creates the branch of an empty repository", async () => {
    const empty = new TestRemote({});
    try {
      await new Hand(empty.url).up({ files: { "a.yaml": "a: 1\n" } });
      assert.deepEqual(empty.log(), ["Hand off"]);
    } finally {
      empty.dispose();
    }
  });

  it("names the branches when the wanted one isn't there", async () => {
    await assert.rejects(hand.up({ branch: "prod", files: { a: "a" } }), /has no branch 'prod'; it has main/);
  });

  it("prunes only what it owns", async () => {
    await hand.up({ files: { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" } });
    remote.commit({ "theirs.yaml": "t: 1\n" });
    await hand.up({ files: { "b.yaml": "b: 2\n" } });
    assert.deepEqual(remote.files(), ["README.md", "b.yaml", "kustomization.yaml", "theirs.yaml"]);
  });

  it("moves a file to a folder of the same name in one commit", async () => {
    await hand.up({ files: { a: "1\n" } });
    await hand.up({ files: { "a/b": "1\n" } });
    assert.deepEqual(remote.files(), ["README.md", "a/b", "kustomization.yaml"]);
    assert.equal(remote.log().length, 3);
  });

  it("writes a generated file that the state knows by digest only", async () => {
    await hand.up({ digests: { "big.yaml": storeBlob("big: 1\n") } });
    assert.equal(remote.read("big.yaml"), "big: 1\n");
    assert.doesNotMatch(JSON.stringify(hand.state), /big: 1/);
  });

  it("takes everything of ours away on destroy, and nothing else", async () => {
    await hand.up({ files: { "a/b.yaml": "a: 1\n" }, edits: entry("./b") });
    remote.commit({ "a/theirs.yaml": "t: 1\n" });
    await hand.destroy();
    assert.deepEqual(remote.files(), ["README.md", "a/theirs.yaml", "kustomization.yaml"]);
    assert.equal(remote.read("kustomization.yaml"), aggregator);
  });

  it("makes no commit for a new credential or message", async () => {
    await hand.up({ files: { a: "1\n" } });
    const outputs = await hand.up({
      files: { a: "1\n" },
      auth: { bearer: { token: "t" } },
      message: "Other",
    });
    assert.equal(remote.log().length, 2);
    assert.equal(outputs.commit, remote.log("%H")[0]);
  });

  it("leaves bytes, modes and links of others alone", async () => {
    const odd = new TestRemote({
      "crlf.txt": "a\r\nb\r\n",
      "ü ñ/ß.txt": "x",
      ".gitattributes": "* text=auto eol=lf\n",
    });
    try {
      odd.git(odd.clone, "update-index", "--chmod=+x", "crlf.txt");
      odd.git(odd.clone, "commit", "--quiet", "--amend", "--message", "Odd");
      odd.git(odd.clone, "push", "--quiet", "--force", "origin", "HEAD:main");
      const before = odd.git(odd.folder, "-C", "remote.git", "ls-tree", "-r", "main");
      await new Hand(odd.url).up({ files: { "we 'quote' ü.txt": "1\r\n" } });
      const after = odd.git(
        odd.folder,
        "-C",
        "remote.git",
        "-c",
        "core.quotePath=false",
        "ls-tree",
        "-r",
        "-z",
        "main",
      );
      for (const line of before
        .trim()
        .split("\n")
        .filter((line) => !line.includes('"')))
        assert.ok(after.includes(line));
      assert.ok(after.includes("\twe 'quote' ü.txt\0"));
    } finally {
      odd.dispose();
    }
  });

  slow("lands every one of ten writers that race for the branch", async function () {
    const hands = Array.from({ length: 10 }, (_, index) => ({
      hand: new Hand(remote.url, testContext(`s${String(index)}`)),
      inputs: { files: { [`app-${String(index)}.yaml`]: "a: 1\n" }, edits: entry(`./app-${String(index)}`) },
    }));
    await Promise.all(hands.map(({ hand, inputs }) => hand.upAgain(inputs)));
    assert.equal(remote.log().length, 11);
    assert.equal(remote.files().filter((path) => path.startsWith("app-")).length, 10);
    assert.equal(remote.read("kustomization.yaml").match(/\.\/app-/g)?.length, 10);
  });

  it("ends at once with the server's words when a hook refuses", async () => {
    remote.hook("pre-receive", "echo 'commits need a ticket' >&2; exit 1");
    await assert.rejects(
      hand.up({ files: { a: "1\n" } }),
      /commits need a ticket[^]*→ the host wants something else in the commit's message/,
    );
  });

  it("makes no second commit when the answer to a push was lost", async () => {
    // The hook runs after the branch has moved; killing the server then cuts the connection.
    writeFileSync(`${remote.folder}/once`, "");
    remote.hook("post-receive", `test -e ${remote.folder}/once && rm ${remote.folder}/once && kill -9 $PPID`);
    await hand.up({ files: { a: "1\n" } }).catch(() => hand.up({ files: { a: "1\n" } }));
    assert.equal(remote.log().length, 2);
  });

  describe("access check", () => {
    const check = async (branch: string, url = remote.url): Promise<void> => {
      await RemoteBranch.use({ url, branch, auth: {} }, async (target) => {
        await target.checkAccess();
      });
    };

    it("passes where the branch can be written, and writes nothing", async () => {
      await check("main");
      assert.deepEqual(remote.log(), ["Start"]);
      assert.deepEqual(remote.refs(), ["refs/heads/main"]);
    });

    it("passes for an empty repository, and makes no branch", async () => {
      const empty = new TestRemote({});
      try {
        await check("main", empty.url);
        assert.deepEqual(empty.refs(), []);
      } finally {
        empty.dispose();
      }
    });

    it("names the branches when the wanted one isn't there", async () => {
      await assert.rejects(check("prod"), /has no branch 'prod'; it has main/);
    });

    it("tells a repository that isn't there", async () => {
      await assert.rejects(check("main", `${remote.url}x`), /→ there is no such repository/);
    });
  });
});
