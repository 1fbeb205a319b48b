import assert from "node:assert/strict";
import { Hand, TestRemote } from "./remote";
import { slow } from "../slow";

const FILES = { "list.yaml": "rules:\n- name: theirs\n", "map.yaml": "data:\n  theirs: x\n" };
const wanted = (port: number) => ({
  edits: {
    "list.yaml": [{ list: ["rules"], entry: { name: "ours", port }, identity: ["name"] }],
    "map.yaml": [{ map: ["data"], key: "ours", value: port }],
  },
});
const CHANGED = {
  "list.yaml": "rules:\n- name: theirs\n- name: ours\n  port: 9\n",
  "map.yaml": "data:\n  theirs: x\n  ours: 9\n",
};

describe("an entry or key of ours that somebody else changed", function () {
  let remote: TestRemote;
  let hand: Hand;
  beforeEach(async () => {
    remote = new TestRemote(FILES);
    hand = new Hand(remote.url);
    await hand.up(wanted(1));
  });
  afterEach(() => {
    remote.dispose();
  });
  const words =
    /list\.yaml: somebody else changed our entry rules[^]*port: 9[^]*map\.yaml: somebody else changed our entry data\.ours[^]*→ To put ours back run `pulumi refresh`/;

  it("stops `up`, its preview and destroy with a diff, as a file does", async () => {
    remote.commit(CHANGED);
    await assert.rejects(hand.preview(wanted(2)), words);
    await assert.rejects(hand.up(wanted(2)), words);
    await assert.rejects(hand.up({ edits: {} }), words);
    await assert.rejects(hand.destroy(), words);
    for (const [path, text] of Object.entries(CHANGED)) assert.equal(remote.read(path), text);
  });

  slow("comes into the plan by a refresh, and is put back by `up`", async () => {
    remote.commit(CHANGED);
    await hand.refresh();
    assert.deepEqual(
      (hand.state?.inputs.edits as ReturnType<typeof wanted>["edits"])["map.yaml"][0]?.value,
      9,
    );
    await hand.up(wanted(1));
    await hand.destroy();
    for (const [path, text] of Object.entries(FILES)) assert.equal(remote.read(path), text);
  });

  slow("is replaced with `adopt`, with and without a refresh, also when it was never ours", async () => {
    remote.commit(CHANGED);
    await hand.up({ ...wanted(2), adopt: true });
    remote.commit(CHANGED);
    await hand.refresh();
    await hand.up({ ...wanted(3), adopt: true });
    assert.match(remote.read("map.yaml"), /ours: 3/);
    const later = new Hand(remote.url, hand.ctx);
    await later.up({ ...wanted(4), adopt: true });
    assert.match(remote.read("list.yaml"), /port: 4/);
  });

  it("that was removed stops `up`, and comes back after a refresh; destroy minds nothing", async () => {
    remote.commit(FILES);
    await assert.rejects(hand.up(wanted(2)), /somebody else removed our entry/);
    await hand.refresh();
    await hand.up(wanted(2));
    assert.match(remote.read("map.yaml"), /ours: 2/);
    remote.commit(FILES);
    await hand.destroy();
  });
});
