import assert from "node:assert/strict";
import { Hand, TestRemote } from "./remote";
import { aggregator, entry, remoteWithAggregator } from "./aggregator";

describe("GitCommit beside what is there already", () => {
  let remote: TestRemote;
  let hand: Hand;

  beforeEach(() => {
    remote = remoteWithAggregator();
    hand = new Hand(remote.url);
  });
  afterEach(() => {
    remote.dispose();
  });

  it("keeps an initial file that is there, and writes it where there is none", async () => {
    const initial = { initialFiles: { "kustomization.yaml": "mine\n", "new.yaml": "mine\n" } };
    await hand.up(initial);
    assert.equal(remote.read("kustomization.yaml"), aggregator);
    assert.equal(remote.read("new.yaml"), "mine\n");
    await hand.destroy();
    assert.deepEqual(remote.files(), ["README.md", "kustomization.yaml"]);
  });

  it("takes its entries away though the state that knew of them was lost", async () => {
    const inputs = {
      files: { "a.yaml": "a: 1\n" },
      edits: entry("./b"),
      initialFiles: { "new.yaml": "n: 1\n" },
    };
    await hand.up(inputs);
    remote.commit({ "theirs.yaml": "t: 1\n" });
    const again = new Hand(remote.url);
    await again.up(inputs);
    assert.equal(remote.log().length, 3);
    await again.destroy();
    assert.equal(remote.read("kustomization.yaml"), aggregator);
    assert.deepEqual(remote.files(), ["README.md", "kustomization.yaml", "theirs.yaml"]);
  });

  it("leaves an entry that was there before its first commit", async () => {
    await hand.up({ files: { "a.yaml": "a: 1\n" } });
    const again = new Hand(remote.url);
    await again.up({ files: { "a.yaml": "a: 1\n" }, edits: entry("./apps") });
    await again.destroy();
    assert.equal(remote.read("kustomization.yaml"), aggregator);
  });

  describe("an initial file with entries of ours", () => {
    const path = "flux-system/kustomization.yaml";
    const initial = "resources:\n- gotk-sync.yaml\n";
    const entry = (name: string) => ({
      list: ["patches"],
      entry: { path: name },
      identity: ["path"],
      initial,
    });
    const tuned = { initialFiles: { [path]: initial }, edits: { [path]: [entry("patch.yaml")] } };

    it("is made with them, loses them alone, and goes with us", async () => {
      await hand.up(tuned);
      assert.equal(remote.read(path), `${initial}patches:\n- path: patch.yaml\n`);
      await hand.up({ initialFiles: { [path]: initial } });
      assert.equal(remote.read(path), initial);
      await hand.up(tuned);
      await hand.destroy();
      assert.ok(!remote.files().includes(path));
    });

    it("keeps what its user wrote into it", async () => {
      await hand.up(tuned);
      const theirs = `# ours\n${initial}patches:\n- path: patch.yaml\n- path: theirs.yaml # kept\n`;
      remote.commit({ [path]: theirs });
      await hand.up({ ...tuned, edits: { [path]: [entry("patch.yaml"), entry("other.yaml")] } });
      assert.equal(remote.read(path), `${theirs}- path: other.yaml\n`);
      await hand.destroy();
      assert.equal(remote.read(path), `# ours\n${initial}patches:\n- path: theirs.yaml # kept\n`);
    });
  });
});
