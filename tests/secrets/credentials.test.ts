import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { connectionString, urlEncode } from "../../manifests/secrets/connection-string";
import { CredentialArgs, Credentials } from "../../components/secrets/credentials";
import { byName, run, tree, valueOf } from "../mocks";

const answers = {
  outputs: {
    "random:index/randomPassword:RandomPassword": () => ({ result: "canary-password" }),
    "random:index/randomBytes:RandomBytes": ({ length }: Record<string, unknown>) => ({
      base64: `canary-${String(length)}`,
    }),
  },
};

describe("Credentials", () => {
  it("generates passwords and bytes, all secret", async () => {
    const { result, resources } = await run(
      answers,
      () =>
        new Credentials("calcom", {
          credentials: {
            postgresPassword: { kind: "password", rotation: 3 },
            nextauthSecret: { kind: { bytes: 32 } },
            calendsoEncryptionKey: { kind: { bytes: 24 } },
          },
        }),
    );
    assert.deepEqual(tree(resources), [
      "handoff:secrets:Credentials calcom",
      "random:index/randomBytes:RandomBytes calendsoEncryptionKey (calcom)",
      "random:index/randomBytes:RandomBytes nextauthSecret (calcom)",
      "random:index/randomPassword:RandomPassword postgresPassword (calcom)",
    ]);
    assert.deepEqual(byName(resources, "postgresPassword").inputs, {
      length: 32,
      special: true,
      keepers: { rotation: "3" },
    });
    assert.deepEqual(byName(resources, "nextauthSecret").inputs, {
      length: 32,
      keepers: { rotation: "1" },
    });
    assert.deepEqual(byName(resources, "calendsoEncryptionKey").inputs, {
      length: 24,
      keepers: { rotation: "1" },
    });
    const values = {
      postgresPassword: { secret: "canary-password" },
      nextauthSecret: { secret: "canary-32" },
      calendsoEncryptionKey: { secret: "canary-24" },
    };
    assert.deepEqual(await valueOf(result.values.postgresPassword), values.postgresPassword);
    assert.deepEqual(byName(resources, "calcom").outputs, { values });
  });

  it("keeps a given value, as a secret, and generates nothing", async () => {
    const { result, resources } = await run(
      answers,
      () => new Credentials("c", { credentials: { key: { kind: { bytes: 24 }, value: "canary-given" } } }),
    );
    assert.equal(resources.length, 1);
    assert.deepEqual(await valueOf(result.values.key), { secret: "canary-given" });
  });

  it("refuses what is too weak or counts nothing, naming the credential", async () => {
    const faults: [CredentialArgs, RegExp][] = [
      [{ kind: { bytes: 8 } }, /^credential key: 8 bytes: at least 16 are needed$/],
      [
        { kind: "password", rotation: 1.5 },
        /^credential key: rotation is 1.5: a whole number from 1 is needed$/,
      ],
    ];
    for (const [key, message] of faults) {
      await assert.rejects(
        run(answers, () => new Credentials("c", { credentials: { key } })),
        (error) => pulumi.ResourceError.isInstance(error) && message.test(error.message),
      );
    }
  });
});

describe("connectionString", () => {
  const parts = { user: "calcom", host: "calcom-db", database: "calcom" };

  it("is the URL of the seed, its password encoded", () => {
    assert.equal(
      connectionString({ ...parts, password: "a/b=c+d @:?#[]%!'()*" }),
      "postgresql://calcom:a%2Fb%3Dc%2Bd%20%40%3A%3F%23%5B%5D%25%21%27%28%29%2A@calcom-db:5432/calcom",
    );
  });

  it("gives the parts back to whoever parses it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 65535 }), (password, port) => {
        fc.pre(!/\p{Surrogate}/u.test(password));
        const url = new URL(connectionString({ ...parts, password, port }));
        assert.equal(decodeURIComponent(url.password), password);
        assert.deepEqual(
          [url.username, url.hostname, url.port, url.pathname],
          ["calcom", "calcom-db", String(port), "/calcom"],
        );
        assert.match(urlEncode(password), /^[A-Za-z0-9%._~-]*$/);
      }),
    );
  });
});
