import assert from "node:assert/strict";
import { Hand, testContext, TestRemote } from "./remote";

describe("a commit that waits for other repositories' pull requests", function () {
  const awaits = ["https://git.example.com/your-org/calcom/pulls/1"];
  const files = { "a.yaml": "a: 1\n" };
  let remote: TestRemote;
  let hand: Hand;
  let context: ReturnType<typeof testContext>;

  beforeEach(() => {
    remote = new TestRemote();
    context = testContext();
    hand = new Hand(remote.url, context);
  });
  afterEach(() => {
    remote.dispose();
  });

  it("is held back, says for what, and is made once they are merged", async () => {
    const held = await hand.up({ files, awaits });
    assert.deepEqual([held.merged, held.pullRequest, held.changed], [false, undefined, []]);
    assert.equal(held.revision, `main@sha1:${remote.log("%H")[0]!}`);
    assert.deepEqual(remote.log(), ["Start"]);
    assert(context.messages.includes(`not pushed yet: ${awaits[0]!} must be merged first`));

    await hand.refresh();
    assert.equal((await hand.up({ files, awaits })).merged, false);
    assert.deepEqual(remote.log(), ["Start"]);

    assert.equal((await hand.up({ files })).merged, true);
    assert.deepEqual(remote.log(), ["Hand off", "Start"]);
    await hand.destroy();
    assert.deepEqual(remote.files(), ["README.md"]);
  });

  it("isn't held back when there is nothing to push", async () => {
    await hand.up({ files });
    const outputs = await hand.up({ files, awaits, keep: { "a.yaml": [{ path: ["a"] }] } });
    assert.equal(outputs.merged, true);
  });

  it("leaves what was handed off before as it is, and ours", async () => {
    await hand.up({ files: { ...files, "b.yaml": "b: 1\n" } });
    await hand.up({ files: { "a.yaml": "a: 2\n" }, awaits });
    assert.deepEqual([remote.read("a.yaml"), remote.read("b.yaml")], ["a: 1\n", "b: 1\n"]);
    await hand.up({ files: { "a.yaml": "a: 2\n" } });
    assert.deepEqual(remote.files(), ["README.md", "a.yaml"]);
    assert.equal(remote.read("a.yaml"), "a: 2\n");
  });

  it("removes its files on destroy, whatever waits", async () => {
    await hand.up({ files });
    await hand.up({ files: { "a.yaml": "a: 2\n" }, awaits });
    await hand.destroy();
    assert.deepEqual(remote.files(), ["README.md"]);
  });
});
