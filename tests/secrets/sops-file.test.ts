import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { SopsFile } from "../../components/secrets/sops-file";
import { run, valueOf } from "../mocks";

describe("SopsFile", () => {
  it("keeps the plaintext secret, and gives the ciphertext openly", async () => {
    const outputs = { "handoff:secrets:SopsFile": () => ({ ciphertext: "ENC[…]" }) };
    const recipients = ["age1…"];
    for (const plaintext of ["canary", pulumi.output("canary"), pulumi.secret("canary")]) {
      const { result, resources } = await run(
        { outputs },
        () => new SopsFile("file", { path: "k8s/secret.yaml", plaintext, recipients }),
      );
      assert.deepEqual(
        resources.map(({ type, inputs }) => ({ type, inputs })),
        [
          {
            type: "handoff:secrets:SopsFile",
            inputs: { path: "k8s/secret.yaml", plaintext: { secret: "canary" }, recipients },
          },
        ],
      );
      assert.equal(await valueOf(result.ciphertext), "ENC[…]");
    }
  });
});
