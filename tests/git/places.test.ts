import assert from "node:assert/strict";
import { Hand, TestRemote } from "./remote";

const LIST = "resources:\n- ./theirs\n";
const WANTED = {
  files: { "a.yaml": "a: 1\n" },
  edits: { "kustomization.yaml": [{ list: ["resources"], entry: "./a" }] },
};

describe("another branch or address", function () {
  let remote: TestRemote;
  let other: TestRemote;
  beforeEach(() => {
    remote = new TestRemote({ "kustomization.yaml": LIST });
    other = new TestRemote({ "kustomization.yaml": LIST });
    remote.git(remote.folder, "-C", "remote.git", "branch", "prod", "main");
  });
  afterEach(() => {
    remote.dispose();
    other.dispose();
  });
  const show = (where: TestRemote, branch: string, path: string): string =>
    where.git(where.folder, "-C", "remote.git", "show", `${branch}:${path}`);

  for (const [name, place] of [
    ["branch", () => ({ where: remote, inputs: { branch: "prod" }, branch: "prod" })],
    ["address", () => ({ where: other, inputs: { url: other.url }, branch: "main" })],
  ] as const) {
    it(`${name}: is planned afresh, and what stays behind is said and stays`, async () => {
      const { where, inputs, branch } = place();
      const hand = new Hand(remote.url);
      await hand.up(WANTED);
      const behind =
        /on main of file:.*, where this was handed off before:\n- a\.yaml\n- kustomization\.yaml resources: a\n→/;
      await hand.preview({ ...WANTED, ...inputs });
      assert.match(hand.ctx.messages.join("\n"), new RegExp(`will stay ${behind.source}`));
      await hand.up({ ...WANTED, ...inputs });
      assert.match(hand.ctx.messages.join("\n"), new RegExp(`stays ${behind.source}`));
      assert.equal(show(where, branch, "a.yaml"), "a: 1\n");
      assert.equal(show(where, branch, "kustomization.yaml"), `${LIST}- ./a\n`);
      assert.equal(remote.read("a.yaml"), "a: 1\n");
      await hand.destroy();
      assert.equal(show(where, branch, "kustomization.yaml"), LIST);
      assert.equal(remote.read("a.yaml"), "a: 1\n");
    });

    it(`${name}: the former place is cleaned when that is chosen, but for what is retained`, async () => {
      const { where, inputs, branch } = place();
      const hand = new Hand(remote.url);
      await hand.up({ ...WANTED, files: { ...WANTED.files, "keep.yaml": "k: 1\n" } });
      await hand.up({ ...WANTED, ...inputs, formerPlace: "remove", retain: ["keep.yaml"] });
      assert.deepEqual(remote.files(), ["keep.yaml", "kustomization.yaml"]);
      assert.equal(remote.read("kustomization.yaml"), LIST);
      assert.equal(show(where, branch, "a.yaml"), "a: 1\n");
    });
  }

  it("ends well when the former place can't be reached any more, and says what stays", async () => {
    const hand = new Hand(remote.url);
    await hand.up(WANTED);
    remote.dispose();
    await hand.up({ ...WANTED, url: other.url, formerPlace: "remove" });
    assert.match(hand.ctx.messages.join("\n"), /stays on main of file:.*, which can't be written to now/);
    assert.equal(other.read("a.yaml"), "a: 1\n");
  });
});
