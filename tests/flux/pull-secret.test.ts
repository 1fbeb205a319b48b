import { strict as assert } from "node:assert";
import { pullSecret } from "../../manifests/flux/pull-secret";

describe("pullSecret", () => {
  it("is the Secret that the registry's host asks for", () => {
    const secret = pullSecret({
      registry: "registry.example.com:5000/flux",
      imagePullSecret: "pull",
      registryCreds: "robot:pass:word",
    });
    assert.equal(secret?.type, "kubernetes.io/dockerconfigjson");
    assert.deepEqual(secret.metadata, { name: "pull", namespace: "flux-system" });
    const data = secret.stringData as Record<string, string>;
    assert.deepEqual(JSON.parse(data[".dockerconfigjson"] ?? ""), {
      auths: {
        "registry.example.com:5000": {
          username: "robot",
          password: "pass:word",
          auth: Buffer.from("robot:pass:word").toString("base64"),
        },
      },
    });
  });

  it("is none without credentials", () => {
    assert.equal(pullSecret({ imagePullSecret: "pull" }), undefined);
  });

  it("refuses credentials that it can't use, without repeating them", () => {
    for (const [options, message] of [
      [{ registryCreds: "canary:canary" }, /^registryCreds needs imagePullSecret/],
      [
        { imagePullSecret: "pull", registryCreds: "canary" },
        /^registryCreds isn't in the form user:password/,
      ],
    ] as const) {
      assert.throws(
        () => pullSecret(options),
        (error: Error) => message.test(error.message) && !error.message.includes("canary"),
      );
    }
  });
});
