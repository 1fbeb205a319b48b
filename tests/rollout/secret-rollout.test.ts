import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { SecretRollout } from "../../components/kubernetes/secret-rollout";
import { value } from "../../manifests/secrets/secret-text";
import { byName, run } from "../mocks";

describe("SecretRollout", () => {
  it("has each value as a secret of its own, so that a preview knows which of them is another one", async () => {
    const { resources } = await run({}, () => {
      const secret = { name: "app", namespace: "app", from: "store", data: { KEY: value("key") } } as const;
      return new SecretRollout("secrets", {
        kubeconfig: "canary-kubeconfig",
        secrets: [secret],
        values: { key: pulumi.output("canary-key"), other: "canary-other" },
      });
    });
    assert.deepEqual(byName(resources, "secrets").inputs, {
      kubeconfig: { secret: "canary-kubeconfig" },
      secrets: [{ name: "app", namespace: "app", from: "store", data: { KEY: { value: "key" } } }],
      values: { key: { secret: "canary-key" }, other: { secret: "canary-other" } },
      timeoutSeconds: 900,
    });
  });
});
