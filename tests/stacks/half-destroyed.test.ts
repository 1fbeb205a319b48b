/** `pulumi destroy --run-program` runs the program while some resources are gone: of these it has no outputs. */
import assert from "node:assert/strict";
import { prod } from "../../stacks/prod";
import { answers, WholeStack } from "./whole-stack";

describe("a program whose resources are half gone", () => {
  const stack = new WholeStack();
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });
  const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
  const ways = {
    "Key Vault": {},
    SOPS: { "handoff:secrets": "sops", "handoff:sops": { recipient } },
  };
  for (const [way, settings] of Object.entries(ways)) {
    for (const type of Object.keys(answers.outputs ?? {})) {
      it(`runs without any ${type}, with ${way}`, async () => {
        const { [type]: _, ...outputs } = answers.outputs ?? {};
        const { outputs: found } = await stack.outcome(prod, settings, { ...answers, outputs });
        assert.match(String(found.readme), /^# /);
      });
    }
  }
});
