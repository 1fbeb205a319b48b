import assert from "node:assert/strict";
import { gitCommitHandler } from "../../provider/git/commit-handler";
import { latestOnce } from "../../provider/git/latest";
import type { Props } from "../../provider/plugin/handler";
import { Hand, testContext, TestRemote } from "./remote";

const ENTRY = { "kustomization.yaml": [{ list: ["resources"], entry: "./apps" }] };
const FIRST = { files: { "apps/a.yaml": "a: 1\n", "apps/b.yaml": "image: x:1\n" }, edits: ENTRY };
const SECOND = { ...FIRST, files: { ...FIRST.files, "apps/c.yaml": "c: 1\n" } };

describe("what others did on a branch since the last hand-off", function () {
  let remote: TestRemote;
  let hand: Hand;
  beforeEach(async () => {
    remote = new TestRemote({ "kustomization.yaml": "resources:\n- ./theirs\n", "theirs/a.yaml": "t\n" });
    hand = new Hand(remote.url);
    await hand.up(FIRST);
  });
  afterEach(() => {
    remote.dispose();
  });

  const said = (messages: readonly string[]): string[] =>
    messages.filter((text) => text.includes("that the stack's state doesn't know"));
  /** What a run of its own says of these inputs, from the state of now. */
  const says = async (inputs: Props, work: "preview" | "diff" | "up"): Promise<string[]> => {
    const next = new Hand(remote.url, testContext());
    next.state = hand.state;
    if (work === "preview")
      await next.preview(inputs).catch((error: unknown) => {
        next.ctx.info(String(error));
      });
    else if (work === "up") await next.up(inputs);
    else {
      assert.ok(next.state);
      const { changes } = await gitCommitHandler.diff(next.ctx, "id", next.state, {
        ...next.state.inputs,
        ...inputs,
      });
      assert.equal(changes, false, "what others do is no change of the program");
    }
    return said(next.ctx.messages);
  };
  const ways = { "a plain preview of a change": "preview", "the no-op": "diff" } as const;

  for (const [name, way] of Object.entries(ways)) {
    const inputs = way === "diff" ? FIRST : SECOND;

    it(`is no word in ${name} when nothing happened`, async () => {
      assert.deepEqual(await says(inputs, way), []);
    });

    it(`is told in ${name}, by number, subject and author, the newest first`, async () => {
      for (const text of ["one", "two", "three", "four"])
        remote.commit({ "theirs/a.yaml": text }, `Say ${text}\n\nA body`);
      assert.deepEqual(await says(inputs, way), [
        `main of ${remote.url} has 4 commits that the stack's state doesn't know: "Say four" (Somebody), "Say three" (Somebody), ` +
          `"Say two" (Somebody), …; what is ours is as we left it`,
      ]);
    });

    it(`names in ${name} the files and entries of ours that they changed or took away`, async () => {
      remote.commit({ "apps/a.yaml": "a: by hand\n", "apps/b.yaml": null });
      remote.commit({ "kustomization.yaml": "resources:\n- ./theirs\n" }, "Drop the apps");
      const [line, ...more] = await says(inputs, way);
      assert.deepEqual(more, []);
      assert.match(
        line ?? "",
        /2 commits [^;]*"Drop the apps"[^;]*; of ours it isn't as we left it: apps\/a\.yaml, apps\/b\.yaml, kustomization\.yaml resources: apps; `pulumi refresh`/,
      );
    });
  }

  it("is told once before a push, and a second run has nothing to say", async () => {
    remote.commit({ "theirs/a.yaml": "x" }, "Raise memory");
    hand.ctx.messages.length = 0;
    await hand.up(SECOND);
    const { messages } = hand.ctx;
    assert.equal(said(messages).length, 1);
    const pushing = messages.findIndex((text) => text.startsWith("pushing"));
    assert.ok(messages.findIndex((text) => text.includes("Raise memory")) < pushing);
    assert.deepEqual(await says(SECOND, "diff"), []);
  });

  it("isn't what the same stack's other hand-offs commit, nor what a killed run of ours did", async () => {
    await new Hand(remote.url, testContext("prod", "other")).up({ files: { "o.yaml": "o\n" } });
    assert.deepEqual(await says(FIRST, "diff"), []);
    const killed = new Hand(remote.url);
    killed.state = hand.state;
    await killed.up({ ...FIRST, files: { ...FIRST.files, "apps/a.yaml": "a: 2\n" } });
    const [line] = await says(FIRST, "diff");
    assert.match(line ?? "", /1 commit [^;]*; what is ours is as we left it$/);
    await new Hand(remote.url, testContext("staging", "other")).up({ files: { "p.yaml": "p\n" } });
    assert.match((await says(FIRST, "diff"))[0] ?? "", /2 commits/);
  });

  it("doesn't count values that others are to set", async () => {
    const keep = { "apps/b.yaml": [{ document: 0, path: ["image"] }] };
    await hand.up({ ...FIRST, keep });
    remote.commit({ "apps/b.yaml": "image: x:2\n" }, "Update x");
    assert.match(
      (await says({ ...FIRST, keep }, "diff"))[0] ?? "",
      /"Update x"[^;]*; what is ours is as we left it$/,
    );
  });

  it("has nothing in it that a terminal obeys", async () => {
    remote.commit({ "theirs/a.yaml": "x" }, `\u001b[2J${"long ".repeat(40)}`);
    const [line = ""] = await says(FIRST, "diff");
    assert.doesNotMatch(line, /\p{Cc}/u);
    assert.match(line, /: "\[2J(long )+(l|lo|lon|long)?…" \(Somebody\);/);
  });

  it("is asked for once in a run, whoever asks first", async () => {
    const ctx = testContext();
    let asked = 0;
    const place = { url: remote.url, branch: "main" };
    const ask = () => Promise.resolve(String(++asked));
    assert.deepEqual(await Promise.all([latestOnce(ctx, place, ask), latestOnce(ctx, place, ask)]), [
      "1",
      "1",
    ]);
    assert.equal(await latestOnce(ctx, { ...place, branch: "other" }, ask), "2");
    assert.equal(await latestOnce(testContext(), place, ask), "3", "another run");
  });

  it("stops nothing where the host doesn't answer", async () => {
    const ctx = testContext();
    assert.ok(hand.state);
    const gone: typeof hand.state = {
      ...hand.state,
      inputs: { ...hand.state.inputs, url: `file://${remote.folder}/none.git` },
    };
    const { changes } = await gitCommitHandler.diff(ctx, "id", gone, gone.inputs);
    assert.equal(changes, false);
    assert.match(ctx.messages.join("\n"), /can't tell what others did: /);
  });
});
