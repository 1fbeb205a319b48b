import { strict as assert } from "node:assert";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { preflightHandler } from "../../provider/preflight-handler";
import { identityFault } from "../../provider/secrets/identity-check";
import { UNKNOWN } from "../../provider/plugin/handler";
import { testContext } from "../git/remote";

describe("the identity that the cluster decrypts with", () => {
  it("is one of the recipients', also in a file with comments and several keys", async () => {
    const [ours, other] = [await generateIdentity(), await generateIdentity()];
    const recipients = [await identityToRecipient(ours)];
    for (const identity of [
      ours,
      `# created: 2026\n${other}\n${ours}\n`,
      `${ours}\r\n`,
      undefined,
      UNKNOWN,
    ]) {
      assert.equal(await identityFault({ recipients, identity }), undefined);
    }
  });

  it("is looked at in the preflight, before anything is encrypted for others", async () => {
    const [ours, other] = [await generateIdentity(), await generateIdentity()];
    const sops = { recipients: [await identityToRecipient(ours)], identity: other };
    const { faults } = await preflightHandler({ stack: "a/b", repositories: [], sops }, testContext());
    assert.deepEqual(faults, [await identityFault(sops)]);
  });

  it("else is told with its public key, and never itself", async () => {
    const [ours, other] = [await generateIdentity(), await generateIdentity()];
    const fault = await identityFault({ recipients: [await identityToRecipient(ours)], identity: other });
    assert.ok(fault?.includes(await identityToRecipient(other)), fault);
    assert.ok(!fault?.includes(other.slice(16)));
    const cut = await identityFault({ recipients: [], identity: other.slice(0, 40) });
    assert.match(String(cut), /holds no age private key that is whole/);
    assert.ok(!cut?.includes(other.slice(16, 40)));
  });
});
