import assert from "node:assert/strict";
import { gitCommitHandler } from "../../provider/git/commit-handler";
import type { State } from "../../provider/plugin/handler";
import { Hand, TestRemote } from "./remote";

const LONG = Array.from({ length: 9 }, (_, index) => `k${index}: 1\n`).join("");
const entry = (name: string) => ({ list: ["resources"], entry: name });
const WANTED = {
  files: { "a.yaml": LONG, "b.yaml": LONG, "c.yaml": "c: 1\n" },
  edits: {
    "kustomization.yaml": [entry("./a"), entry("./b"), entry("./c")],
    "other.yaml": [{ map: ["data"], key: "HOST", value: "a" }],
  },
};

/**
 * What `pulumi refresh` prints: the diff that `up` would have next, turned round, with values of the inputs of before
 * and the outputs of now. A group that the outputs haven't got is printed as removed, whatever changed in it.
 */
async function shown(before: State, now: State | undefined): Promise<string[]> {
  assert.ok(now !== undefined);
  const ctx = new Hand("none").ctx;
  const { detailed = {} } = await gitCommitHandler.diff(ctx, "id", now, before.inputs);
  return Object.entries(detailed).map(([path, kind]) => {
    const [group = "", ...keys] = [...path.matchAll(/^\w+|(?<=\[)("[^"]*"|\d+)(?=\])/g)].map(([key]) =>
      /^["\d]/.test(key) ? (JSON.parse(key) as string | number) : key,
    );
    assert.ok(now.outputs[group] !== undefined, `${String(group)} is there`);
    const valueIn = (side: object): unknown =>
      [group, ...keys].reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], side);
    if (kind === "add") return `- ${path}: ${JSON.stringify(valueIn(before.inputs))}`;
    if (kind === "delete") return `+ ${path}: ${JSON.stringify(valueIn(now.outputs))}`;
    return `~ ${path}: ${JSON.stringify(valueIn(before.inputs))} => ${JSON.stringify(valueIn(now.outputs))}`;
  });
}

describe("what a refresh shows of the repository", () => {
  let remote: TestRemote;
  let hand: Hand;
  beforeEach(async () => {
    remote = new TestRemote({
      "kustomization.yaml": "resources:\n- ./theirs\n",
      "other.yaml": "data:\n  X: x\n",
    });
    hand = new Hand(remote.url);
    await hand.up(WANTED);
  });
  afterEach(() => {
    remote.dispose();
  });
  const refreshed = async (): Promise<string[]> => {
    const before = hand.state!;
    await hand.refresh();
    return await shown(before, hand.state);
  };

  it("is nothing for commits elsewhere", async () => {
    remote.commit({ "theirs.yaml": "t: 1\n" });
    assert.deepEqual(await refreshed(), []);
    assert.equal(hand.state?.outputs.files, undefined);
  });

  it("is the one file in which somebody edited a line, by both texts", async () => {
    const edited = LONG.replace("k5: 1", "k5: 2");
    remote.commit({ "a.yaml": edited });
    const line = `~ files["a.yaml"]: ${JSON.stringify(LONG)} => ${JSON.stringify(edited)}`;
    assert.deepEqual(await refreshed(), [line]);
    assert.deepEqual(await refreshed(), []);
    remote.commit({ "a.yaml": LONG });
    const back = `~ files["a.yaml"]: ${JSON.stringify(edited)} => ${JSON.stringify(LONG)}`;
    assert.deepEqual(await refreshed(), [back]);
  });

  it("is what went and what came back", async () => {
    remote.commit({ "c.yaml": null });
    assert.deepEqual(await refreshed(), ['- files["c.yaml"]: "c: 1\\n"']);
  });

  it("is the one entry that somebody changed or took away", async () => {
    remote.commit({
      "kustomization.yaml": remote.read("kustomization.yaml").replace("- ./b\n", ""),
      "other.yaml": remote.read("other.yaml").replace("HOST: a", "HOST: b"),
    });
    assert.deepEqual(await refreshed(), [
      '- edits["kustomization.yaml"][1]: {"list":["resources"],"entry":"./b"}',
      '~ edits["other.yaml"][0]: {"map":["data"],"key":"HOST","value":"a"} => {"map":["data"],"key":"HOST","value":"b"}',
    ]);
  });

  it("stays out of the next `up` and its preview", async () => {
    remote.commit({ "a.yaml": LONG.replace("k5: 1", "k5: 2") });
    await hand.refresh();
    const theirs = { ...WANTED, files: { ...WANTED.files, "a.yaml": LONG.replace("k5: 1", "k5: 2") } };
    const state = hand.state!;
    const news = { ...state.inputs, ...theirs };
    const preview = await gitCommitHandler.preview?.(hand.ctx, news, state);
    assert.deepEqual(preview?.files, theirs.files);
    await hand.up(WANTED);
    assert.deepEqual(
      Object.keys(hand.state!.outputs).filter((name) => ["files", "digests", "edits"].includes(name)),
      [],
    );
    assert.equal(remote.read("a.yaml"), LONG);
  });
});
