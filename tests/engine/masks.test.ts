/** What the README says of errors in others' words: the engine masks what the stack's file has encrypted, and nothing else. */
import { strict as assert } from "node:assert";
import { type TestStack, useEngine } from "./stack";

describe("a credential in an error that isn't ours", function () {
  this.timeout(300_000);
  const credential = "canary-1f0c5d";
  let stack: TestStack;

  useEngine(async (engine) => {
    stack = await engine.stack("masks", { VENDORS_WORDS: credential });
  });

  const told = (): Promise<string> =>
    stack.pulumi("preview").then(
      () => assert.fail("it worked"),
      (error: unknown) => (error as Error).message,
    );

  it("is masked by the engine where the stack's file has it encrypted, and only there", async () => {
    assert.match(await told(), new RegExp(`refused: Bearer ${credential}`));
    await stack.pulumi("config", "set", "--secret", "token", credential);
    const masked = await told();
    assert.match(masked, /refused: Bearer \[secret\]/);
    assert.ok(!masked.includes(credential), masked);
  });
});
