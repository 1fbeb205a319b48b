import assert from "node:assert/strict";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import { small } from "../flux/small-release";
import { Hand, TestRemote } from "./remote";

const components = (version = "v2.8.1"): string => small({ version });
const sync = (changes: { readonly interval?: string; readonly secretName?: string } = {}): string =>
  syncManifest({ url: "ssh://git@host/org/fleet", branch: "main", path: "clusters/prod", ...changes });

const folder = "clusters/prod/flux-system";
const gotk = `${folder}/gotk-components.yaml`;
const gotkSync = `${folder}/gotk-sync.yaml`;
const theirs = { [gotk]: components(), [gotkSync]: sync({ interval: "5m" }) };

const NOTHING = "→ Nothing was changed in the repository.";
const LEAVE = "Leave Flux's own files where they are: a cluster may run by them.";
const STEPS =
  "First write the settings that are named as the repository has them, and `pulumi up` takes the files over as they are; then write them as you want, and another `pulumi up` changes the files.";
const AT_ONCE =
  "To have ours written at once, take them over with `adopt: true`, in the repository's settings or as an argument of the resource.";
const MOVE =
  "Move what is in the way, choose another path, or take the files over with `adopt: true`, in the repository's settings or as an argument of the resource.";

describe("files in the way of ours", () => {
  let remote: TestRemote;
  let hand: Hand;
  beforeEach(() => {
    remote = new TestRemote({ "README.md": "# Repo\n", "other.txt": "theirs\n", ...theirs });
    hand = new Hand(remote.url);
  });
  afterEach(() => {
    remote.dispose();
  });

  /** What `up` and its preview say, without the lines of the differences. */
  async function refusal(files: Readonly<Record<string, string>>): Promise<string[]> {
    const said = async (run: Promise<unknown>): Promise<string> => {
      const error: unknown = await run.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof Error, "nothing was refused");
      return error.message;
    };
    const [previewed, refused] = [await said(hand.preview({ files })), await said(hand.up({ files }))];
    assert.equal(previewed, refused);
    return refused.split("\n").filter((line) => /^(\S+: |→| {2}(flux\.|no setting))/.test(line));
  }

  it("are told with the three ways there are", async () => {
    assert.deepEqual(await refusal({ "other.txt": "ours\n" }), [
      "other.txt: the file is there already and isn't ours:",
      `${NOTHING} ${MOVE}`,
    ]);
  });

  describe("by which Flux runs, are never to be moved", () => {
    const version =
      '  flux.version: "v2.8.1" in the repository, "v2.9.4" in the stack; to keep it write `flux.version: "v2.8.1"`';

    it("with another release: both, and the two steps", async () => {
      assert.deepEqual(await refusal({ [gotk]: components("v2.9.4") }), [
        `${gotk}: the file is there already and isn't ours:`,
        version,
        `${NOTHING} ${LEAVE} ${STEPS} ${AT_ONCE}`,
      ]);
    });

    it("which lead there: what was found is taken over, upgraded, and stays", async () => {
      await hand.up({ files: theirs });
      assert.equal(remote.log().length, 1, "a commit");
      await hand.up({ files: { ...theirs, [gotk]: components("v2.9.4") } });
      assert.equal(remote.read(gotk), components("v2.9.4"));
      await hand.destroy();
      assert.deepEqual(remote.files(), ["README.md", gotk, gotkSync, "other.txt"].sort());
    });

    it("with another sync", async () => {
      assert.deepEqual(await refusal({ [gotkSync]: sync({ interval: "1m", secretName: "deploy" }) }), [
        `${gotkSync}: the file is there already and isn't ours:`,
        '  flux.interval: "5m0s" in the repository, "1m0s" in the stack; to keep it write `flux.interval: "5m0s"`',
        '  flux.secretName: "flux-system" in the repository, "deploy" in the stack; to keep it write `flux.secretName: "flux-system"`',
        `${NOTHING} ${LEAVE} ${STEPS} ${AT_ONCE}`,
      ]);
    });

    it("as somebody formatted them anew, where no setting helps", async () => {
      remote.commit({ [gotk]: components().replace(/^#.*\n/gm, "") });
      assert.deepEqual(await refusal({ [gotk]: components() }), [
        `${gotk}: the file is there already and isn't ours:`,
        "  no setting keeps what it says",
        `${NOTHING} ${LEAVE} ${AT_ONCE}`,
      ]);
    });

    it("beside others, which may be", async () => {
      assert.deepEqual(await refusal({ "other.txt": "ours\n", [gotk]: components("v2.9.4") }), [
        `${gotk}: the file is there already and isn't ours:`,
        version,
        "other.txt: the file is there already and isn't ours:",
        `${NOTHING} ${LEAVE} ${STEPS} ${AT_ONCE} ${MOVE}`,
      ]);
    });

    it("and are written at once with `adopt`; they and the entries that lead there stay all the same", async () => {
      const list = "clusters/prod/kustomization.yaml";
      remote.commit({ [list]: "resources:\n- ./flux-system\n" });
      const before = remote.files();
      const entry = (entry: string) => ({ list: ["resources"], entry });
      const files = { ...theirs, [gotk]: components("v2.9.4"), "clusters/prod/app/a.yaml": "a: 1\n" };
      const wanted = { files, edits: { [list]: [entry("./flux-system"), entry("./app")] } };
      await hand.up({ ...wanted, adopt: true });
      assert.equal(remote.read(gotk), files[gotk]);
      assert.equal(remote.read(list), "resources:\n- ./flux-system\n- ./app\n");
      await hand.up(wanted);
      await hand.destroy();
      assert.deepEqual(remote.files(), before);
      assert.equal(remote.read(list), "resources:\n- ./flux-system\n");
    });

    it("but go with ours where they were placeholders", async () => {
      remote.commit({ [gotk]: "# made before flux bootstrap\n", [gotkSync]: "" });
      await hand.up({ files: theirs, adopt: true });
      await hand.destroy();
      assert.deepEqual(remote.files(), ["README.md", "other.txt"]);
    });
  });
});
