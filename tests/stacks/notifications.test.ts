import assert from "node:assert/strict";
import type { Output } from "@pulumi/pulumi";
import { receiverPath } from "../../manifests/flux/notifications";
import { prod } from "../../stacks/prod";
import { byName, valueOf } from "../mocks";
import { WholeStack } from "./whole-stack";

describe("the setting notifications", () => {
  const stack = new WholeStack();
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });

  it("brings the Provider's address and the Receiver's token into the vault, and tells the webhook as a secret", async () => {
    const provider = { type: "slack", channel: "flux", address: { env: "GIT_TOKEN" } };
    const receiver = { host: "flux-webhook.example.com" };
    const { outputs, resources } = await stack.outcome(prod, {
      "handoff:notifications": { provider, receiver },
    });
    const inVault = (name: string) =>
      (byName(resources, `key-vault-${name}`).inputs.properties as { value: unknown }).value;
    assert.deepEqual(inVault("notifications-address"), { secret: "canary-git-token" });
    assert.deepEqual(inVault("notifications-receiver-token"), { secret: "68657831" });
    const path = receiverPath("68657831", { name: "notifications" });
    const shown = async (name: string) => valueOf(outputs[name] as Output<string>);
    assert.deepEqual(await shown("webhookPath"), { secret: path });
    assert.deepEqual(await shown("webhookToken"), { secret: "68657831" });
    assert.deepEqual(await shown("webhookUrl"), { secret: `https://flux-webhook.example.com${path}` });
    const rule = byName(resources, "notifications-rule").inputs;
    assert.deepEqual(
      [rule.hostname, rule.path, rule.service],
      ["flux-webhook.example.com", "^/hook/", "http://webhook-receiver.flux-system.svc.cluster.local"],
    );
    const { files } = byName(resources, "handoff-commit").inputs as { files: Record<string, string> };
    const receiverText = files["clusters/my-cluster/notifications/notifications/receiver.yaml"]!;
    assert.match(receiverText, /type: generic\n/);
    assert.match(receiverText, /name: flux-system\n {2}- kind: GitRepository\n {4}name: calcom-app/);
  });

  it("is nothing without it", async () => {
    const { outputs, resources } = await stack.outcome(prod);
    assert.ok(!("webhookPath" in outputs));
    const { files } = byName(resources, "handoff-commit").inputs as { files: Record<string, string> };
    assert.deepEqual(
      Object.keys(files).filter((path) => path.includes("notifications")),
      [],
    );
  });
});
