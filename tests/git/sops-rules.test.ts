import assert from "node:assert/strict";
import { sopsConfig, sopsEdits } from "../../manifests/secrets/sops-config";
import { Hand, TestRemote } from "./remote";

describe("our rule in a repository's .sops.yaml", () => {
  const [ours, theirs] = [`age1${"q".repeat(58)}`, `age1${"p".repeat(58)}`];
  const paths = ["k8s/prod/11-app.enc.yaml", "k8s/prod/10-db.enc.yaml"];
  const edits = (recipients = [ours], of = paths) => ({ edits: sopsEdits(of, recipients) });
  const rule = (
    keys: readonly string[],
    regex = "^(k8s/prod/10-db\\.enc\\.yaml|k8s/prod/11-app\\.enc\\.yaml)$",
  ) =>
    [
      `- path_regex: ${regex}`,
      "  encrypted_regex: ^(data|stringData)$",
      "  age:",
      ...keys.map((key) => `    - ${key}\n`),
    ]
      .join("\n")
      .replace(/\n\n/g, "\n");
  let remote: TestRemote;
  let hand: Hand;
  beforeEach(() => {
    remote = new TestRemote();
    hand = new Hand(remote.url);
  });
  afterEach(() => {
    remote.dispose();
  });
  const text = () => (remote.files().includes(".sops.yaml") ? remote.read(".sops.yaml") : undefined);

  it("is a file of its own where there is none, and goes with it", async () => {
    await hand.up(edits());
    assert.equal(text(), `creation_rules:\n${rule([ours])}`);
    await hand.up(edits([ours, theirs]));
    assert.equal(text(), `creation_rules:\n${rule([ours, theirs])}`);
    await hand.destroy();
    assert.equal(text(), undefined);
  });

  it("comes first, and the rules of others stay as they are and as long as they want", async () => {
    const others = `# the team's\ncreation_rules:\n# anything else\n- age: ${theirs}   # Ann\n`;
    remote.commit({ ".sops.yaml": others });
    await hand.up(edits());
    assert.equal(text(), others.replace("creation_rules:\n", `creation_rules:\n${rule([ours])}`));
    await hand.up(edits([ours], ["k8s/a.enc.yaml"]));
    assert.equal(
      text(),
      others.replace("creation_rules:\n", `creation_rules:\n${rule([ours], "^(k8s/a\\.enc\\.yaml)$")}`),
    );
    await hand.destroy();
    assert.equal(text(), others);
  });

  it("takes the place of a file that was wholly ours", async () => {
    await hand.up({
      files: { ".sops.yaml": sopsConfig([{ pathRegex: "k8s/.*\\.enc\\.ya?ml$", recipients: [ours] }]) },
    });
    await hand.up(edits());
    assert.equal(text(), `creation_rules:\n${rule([ours])}`);
    await hand.destroy();
    assert.equal(text(), undefined);
  });
});
