import assert from "node:assert/strict";
import { keepSettings } from "../../tools/sandbox/kept-settings";

const WRITTEN = `# the sandbox
config:
  handoff:system: prod
  handoff:calcom:
    host: cal.example.com # shown to people
  handoff:fluxRepository:
    url: ssh://git@127.0.0.1:1/x.git
    sign: false
  handoff:list: [a, b]
encryptionsalt: v1:salt
`;
const PORT = WRITTEN.replace("127.0.0.1:1", "127.0.0.1:2");

/** What its user may do to the file: what becomes of the text, and the setting's name. */
const changes: Record<string, readonly [change: (text: string) => string, name: string]> = {
  "a changed value": [(text) => text.replace("cal.example.com", "cal.acme.example"), "handoff:calcom.host"],
  "an added value": [
    (text) => text.replace("sign: false\n", "sign: false\n    branch: next\n"),
    "handoff:fluxRepository.branch",
  ],
  "a block of its own": [
    (text) => text.replace("  handoff:list", "  handoff:rotate:\n    postgresPassword: 2\n  handoff:list"),
    "handoff:rotate.postgresPassword",
  ],
  "a value taken out": [(text) => text.replace("    sign: false\n", ""), "handoff:fluxRepository.sign"],
  "a list": [(text) => text.replace("[a, b]", "[a]"), "handoff:list"],
  "an encrypted value": [
    (text) => text.replace("cal.example.com", "{ secure: v1:abc }"),
    "handoff:calcom.host",
  ],
};

describe("the settings that a user of the sandbox makes", () => {
  for (const [what, [change, name]] of Object.entries(changes)) {
    it(`stay over the next start: ${what}`, () => {
      const found = change(WRITTEN);
      assert.deepEqual(keepSettings(found, WRITTEN, WRITTEN), { text: found, kept: [name], reset: [] });
      const { text, kept } = keepSettings(found, WRITTEN, PORT);
      assert.deepEqual(kept, [name]);
      assert.equal(text, change(PORT));
    });
  }

  it("stay when the sandbox would have changed the same one", () => {
    const found = WRITTEN.replace("127.0.0.1:1", "git.example.com");
    const { text, kept } = keepSettings(found, WRITTEN, PORT);
    assert.deepEqual([text.includes("git.example.com"), kept], [true, ["handoff:fluxRepository.url"]]);
  });

  it("are comments, too, and each stays where it stands", () => {
    const found = WRITTEN.replace("    sign:", "    # ours\n    sign:").replace(
      "encryptionsalt",
      "  # handoff:accept: [x]\nencryptionsalt",
    );
    const { text, kept } = keepSettings(found, WRITTEN, PORT);
    assert.deepEqual([text, kept], [found.replace("127.0.0.1:1", "127.0.0.1:2"), []]);
  });

  it("are none when the file was written by the sandbox, or isn't there", () => {
    assert.deepEqual(keepSettings(WRITTEN, WRITTEN, PORT), { text: PORT, kept: [], reset: [] });
    assert.deepEqual(keepSettings("", WRITTEN, PORT), { text: PORT, kept: [], reset: [] });
  });

  it("go, by name, with the file of another sandbox", () => {
    const found = WRITTEN.replace("v1:salt", "v1:other").replace("cal.example.com", "cal.acme.example");
    assert.deepEqual(keepSettings(found, WRITTEN, PORT), {
      text: PORT,
      kept: [],
      reset: ["handoff:calcom.host", "handoff:fluxRepository.url"],
    });
  });
});
