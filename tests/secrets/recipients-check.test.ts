import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { recipientFaults } from "../../provider/secrets/recipients-check";

const own = async () => await identityToRecipient(await generateIdentity());

describe("whom secrets can't be encrypted for", () => {
  it("isn't known without sops", async () => {
    assert.equal(await recipientFaults({ recipients: [await own()] }, "no-such-sops"), undefined);
  });

  describe("by sops", function () {
    this.timeout(120_000);
    before(function () {
      if (spawnSync("sops", ["--version", "--disable-version-check"]).error) {
        console.log("      skipped: there is no sops on PATH (https://getsops.io)");
        this.skip();
      }
    });

    it("is nobody of those who have good keys", async () => {
      assert.deepEqual(await recipientFaults({ recipients: [await own(), await own()] }), []);
    });

    it("is each who has a slip in an age key, or a PGP key that isn't here", async () => {
      const good = await own();
      const slip = `${good.slice(0, -1)}${good.endsWith("q") ? "p" : "q"}`;
      const pgp = "0123456789ABCDEF0123456789ABCDEF01234567";
      const found = (await recipientFaults({ recipients: [good, slip, pgp] })) ?? [];
      assert.equal(found.length, 2, found.join("\n"));
      assert.match(
        found[0] ?? "",
        new RegExp(`^secrets can't be encrypted for ${slip} of [^]*→ Copy the public key`),
      );
      assert.match(found[1] ?? "", new RegExp(`^secrets can't be encrypted for ${pgp} of [^]*gpg --import`));
    });
  });
});
