import { strict as assert } from "node:assert";
import { documentRecipients, isSharedRule } from "../../manifests/secrets/sops-recipients";

describe("recipients of SOPS", () => {
  const ours = {
    path_regex: "^a$",
    encrypted_regex: "^data$",
    pgp: "85D77543B3D624B63CEA9E6DBC17301B491B3F21",
  };
  const shown = "85D7 7543 B3D6 24B6 3CEA  9E6D BC17 301B 491B 3F21";

  it("are the same PGP keys as gpg shows them, in a rule that somebody shared", () => {
    for (const one of [shown, shown.replaceAll(" ", "").toLowerCase(), `0x${shown.replaceAll(" ", "")}`])
      assert.ok(
        isSharedRule({ ...ours, pgp: `FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4,\n${one}` }, ours),
        one,
      );
    assert.ok(!isSharedRule({ ...ours, pgp: "FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4" }, ours));
  });

  it("are named alike in a document", () => {
    assert.deepEqual(documentRecipients({ pgp: [{ fp: ours.pgp.toLowerCase() }] }), [ours.pgp]);
  });
});
