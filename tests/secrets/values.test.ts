import { strict as assert } from "node:assert";
import { hexBytes, makeValues, password, randomBytes, withParts } from "../../components/secrets/values";
import { InputError } from "../../manifests/files";
import { template, value } from "../../manifests/secrets/secret-text";
import { run, valueOf } from "../mocks";

const answers = {
  outputs: {
    "handoff:secrets:KeyPair": () => ({ privateKey: "canary-private", publicKey: "public" }),
  },
};

describe("the values of a stack", () => {
  it("have short names for their kinds", () => {
    assert.deepEqual(
      [password(), password({ rotation: 2, maxAge: "90d" }), password({ length: 48, special: "-_" })],
      [
        { kind: "password" },
        { kind: "password", rotation: 2, maxAge: "90d" },
        { kind: { password: { length: 48, special: "-_" } } },
      ],
    );
    assert.deepEqual([randomBytes(32), hexBytes(16)], [{ kind: { bytes: 32 } }, { kind: { hex: 16 } }]);
  });

  it("have parts of credentials by their own names, also within templates", async () => {
    const { result } = await run(answers, () =>
      makeValues("values", {
        flux: { kind: "sshKey" },
        known: { template: template`key=${value("flux-public")}` },
      }),
    );
    assert.deepEqual(Object.keys(result).sort(), ["flux", "flux-public", "known"]);
    const known = result.known;
    assert.ok(known !== undefined);
    assert.deepEqual(await valueOf(known), { secret: "key=public" });
  });

  it("refuse a part's name for another value, and know a part again", () => {
    const given = { flux: { kind: "ageKey" }, "flux-public": { from: "x" } } as const;
    assert.throws(
      () => makeValues("values", given),
      (error) =>
        error instanceof InputError &&
        error.message.startsWith("The value flux-public is a part of the credential flux, and is declared"),
    );
    const { sources } = withParts({ flux: { kind: "ageKey" } });
    assert.deepEqual(withParts(sources), { sources, faults: [] });
  });
});
