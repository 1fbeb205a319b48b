import assert from "node:assert/strict";
import type { Props } from "../../provider/plugin/handler";
import { Hand, testContext, TestRemote } from "./remote";

const FLUX = "clusters/prod/flux-system";
const REASON = "Flux would remove itself.";
const files = (folder = "clusters/prod"): Record<string, string> => ({
  [`${folder}/flux-system/gotk-sync.yaml`]: `path: ./${folder}\n`,
});
const edits = (folder = "clusters/prod", entries = ["./flux-system", "./app"]) => ({
  [`${folder}/kustomization.yaml`]: entries.map((entry) => ({
    list: ["resources"],
    entry,
    initial: "resources: []\n",
  })),
});
const protect = (folder = "clusters/prod") => ({
  files: [`${folder}/flux-system/gotk-sync.yaml`],
  resources: {
    [`${folder}/kustomization.yaml`]: ["./flux-system"],
    [`${folder}/flux-system/kustomization.yaml`]: ["gotk-sync.yaml"],
  },
  reason: REASON,
});

describe("what a hand-off protects", () => {
  let remote: TestRemote;
  let hand: Hand;
  beforeEach(async () => {
    remote = new TestRemote({
      "README.md": "# Repo\n",
      [`${FLUX}/kustomization.yaml`]: "resources:\n- gotk-components.yaml\n- gotk-sync.yaml\n",
    });
    hand = new Hand(remote.url, testContext());
    await hand.up({ files: files(), edits: edits(), protect: protect() });
  });
  afterEach(() => {
    remote.dispose();
  });

  const refused = async (inputs: Props, ...words: readonly RegExp[]): Promise<void> => {
    const before = remote.log();
    for (const act of [() => hand.preview(inputs), () => hand.up(inputs)]) {
      await assert.rejects(act(), (error: Error) => {
        for (const word of words) assert.match(error.message, word);
        assert.match(
          error.message,
          /\n→ Nothing was changed\. Keep it in the program; or name it in `retain`/,
        );
        return true;
      });
    }
    assert.deepEqual(remote.log(), before);
  };

  it("isn't taken away when the program drops it, protection and all", async () => {
    await refused(
      { files: {}, edits: edits("clusters/prod", ["./app"]) },
      /gotk-sync\.yaml: this commit would remove the file\. Flux would remove itself\./,
      /clusters\/prod\/kustomization\.yaml: this commit would remove '\.\/flux-system' from its resources\. Flux/,
    );
    await refused({ files: files(), edits: {} }, /would remove '\.\/flux-system'/);
  });

  it("isn't taken away by a file of ours that is written anew", async () => {
    const path = `${FLUX}/kustomization.yaml`;
    await refused(
      {
        files: { ...files(), [path]: "resources:\n- gotk-components.yaml\n" },
        edits: edits(),
        protect: protect(),
        adopt: true,
      },
      /flux-system\/kustomization\.yaml: this commit would remove 'gotk-sync\.yaml' from its resources/,
    );
  });

  it("moves by staying at the old place until nothing reads it", async () => {
    const [folder, old] = ["clusters/new", "clusters/prod/"];
    const moved = { files: files(folder), edits: edits(folder), protect: protect(folder) };
    await refused(moved, /clusters\/prod\/flux-system\/gotk-sync\.yaml: this commit would remove the file/);
    await hand.up({ ...moved, retain: [old] });
    assert.equal(remote.read("clusters/prod/kustomization.yaml"), "resources:\n- ./flux-system\n- ./app\n");
    assert.equal(remote.read("clusters/new/kustomization.yaml"), "resources:\n- ./flux-system\n- ./app\n");
    // The old place is the user's now.
    remote.commit({ [`${FLUX}/gotk-sync.yaml`]: null, "clusters/prod/kustomization.yaml": null });
    await hand.up({ ...moved, edits: edits(folder, ["./flux-system"]) });
    await hand.destroy();
    assert.deepEqual(remote.files(), ["README.md", `${FLUX}/kustomization.yaml`]);
  });

  it("goes on destroy, and doesn't keep apps from going", async () => {
    await hand.up({ files: files(), edits: edits("clusters/prod", ["./flux-system"]), protect: protect() });
    assert.equal(remote.read("clusters/prod/kustomization.yaml"), "resources:\n- ./flux-system\n");
    await hand.destroy();
    assert.deepEqual(remote.files(), ["README.md", `${FLUX}/kustomization.yaml`]);
  });

  it("is no reason to stop when somebody else took it away before", async () => {
    remote.commit({ [`${FLUX}/kustomization.yaml`]: "resources: []\n" });
    await hand.up({ files: { ...files(), "a.yaml": "a: 1\n" }, edits: edits(), protect: protect() });
    assert.equal(remote.read("a.yaml"), "a: 1\n");
  });
});
