import assert from "node:assert/strict";
import { password, randomBytes } from "../../components/secrets/values";
import { app } from "../../manifests/apps/app";
import { value } from "../../manifests/secrets/secret-text";
import { checkReferences } from "../../stacks/check-references";

const one = (name: string, values: NonNullable<Parameters<typeof app>[0]["values"]> = {}) =>
  app({
    name,
    image: "ghcr.io/your-org/hello:v1.0.0",
    secrets: { [name]: { PASSWORD: value(`${name}-password`) } },
    values,
  });

describe("checkReferences", () => {
  it("gives the values of the platform, the system and the apps", () => {
    const values = checkReferences([one("hello", { "hello-password": password() })], {
      "the platform": { token: { from: "t" } },
      "the system": { key: randomBytes(8) },
    });
    assert.deepEqual(Object.keys(values), ["token", "key", "hello-password"]);
  });

  it("takes a value that two declare alike, and refuses what they declare differently", () => {
    const shared = { "hello-password": password() };
    checkReferences([one("hello", shared), app({ name: "other", folder: "apps/other", values: shared })], {});
    const other = app({ name: "other", folder: "apps/other", values: { "hello-password": randomBytes(8) } });
    assert.throws(() => checkReferences([one("hello", shared), other], {}), {
      message:
        "The value hello-password is declared by the app hello and differently by the app other: rename one of them.",
    });
    assert.throws(
      () => checkReferences([one("hello", shared)], { "the system": { "hello-password": { from: "" } } }),
      {
        message:
          "The value hello-password is declared by the system and differently by the app hello: rename one of them.",
      },
    );
  });

  it("refuses all at once a value that nobody makes, a Secret and an app declared twice", () => {
    assert.throws(
      () => checkReferences([one("hello"), one("hello")], {}),
      (error: Error) => {
        assert.match(
          error.message,
          /^Secret hello\/hello takes the value hello-password, which nobody makes/m,
        );
        assert.match(error.message, /^Secret hello\/hello is declared twice\.$/m);
        assert.match(error.message, /^Two apps are called hello\.$/m);
        return true;
      },
    );
  });
});
