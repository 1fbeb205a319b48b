import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CredentialArgs, Credentials } from "../../components/secrets/credentials";
import { byName, failure, run, tree, valueOf } from "../mocks";

const answers = {
  outputs: {
    "random:index/randomPassword:RandomPassword": () => ({ result: "canary-password" }),
    "random:index/randomBytes:RandomBytes": ({ length }: Record<string, unknown>) => ({
      base64: `canary-${String(length)}`,
      hex: `canary-hex-${String(length)}`,
    }),
    "random:index/randomUuid:RandomUuid": () => ({ result: "canary-uuid" }),
    "handoff:secrets:KeyPair": ({ kind }: Record<string, unknown>) => ({
      privateKey: `canary-private-${String(kind)}`,
      publicKey: `public-${String(kind)}`,
    }),
    "handoff:secrets:HtpasswdEntry": ({ user }: Record<string, unknown>) => ({
      entry: `${String(user)}:canary-hash`,
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

  it("makes every kind, and the parts that some have", async () => {
    const everyKind = {
      a: { kind: "urlSafePassword" },
      b: { kind: { password: { length: 48, special: "-_", minNumeric: 4 } } },
      c: { kind: { hex: 16 } },
      d: { kind: "uuid" },
      e: { kind: "ageKey" },
      f: { kind: "sshKey", value: "canary-given" },
      g: { kind: "tlsKey", rotation: 2 },
      h: { kind: { htpasswd: { user: "admin" } } },
      i: { kind: { oidcClient: {} } },
      j: { kind: { oidcClient: { id: "grafana" } } },
    } satisfies Record<string, CredentialArgs>;
    const { result, resources } = await run(
      answers,
      () => new Credentials("all", { credentials: everyKind }),
    );
    const first = { rotation: "1" };
    const inputs = Object.fromEntries(
      resources.slice(1).map((one) => [`${one.type.split(":").at(-1) ?? ""} ${one.name}`, one.inputs]),
    );
    assert.deepEqual(inputs, {
      "RandomPassword a": { length: 32, special: false, keepers: first },
      "RandomPassword b": {
        ...{ length: 48, special: true, overrideSpecial: "-_", minNumeric: 4 },
        keepers: first,
      },
      "RandomBytes c": { length: 16, keepers: first },
      "RandomUuid d": { keepers: first },
      "KeyPair e": { kind: "ageKey", keepers: first },
      "KeyPair f": { kind: "sshKey", keepers: first, existing: { secret: "canary-given" } },
      "KeyPair g": { kind: "tlsKey", keepers: { rotation: "2" } },
      "RandomPassword h": { length: 32, special: false, keepers: first },
      "HtpasswdEntry h-entry": { user: "admin", password: { secret: "canary-password" } },
      "RandomPassword i": { length: 32, special: false, keepers: first },
      "RandomUuid i-id": {},
      "RandomPassword j": { length: 32, special: false, keepers: first },
    });
    const shown = await Promise.all(
      Object.entries({ ...result.values, ...result.parts }).map(
        async ([name, value]) => [name, await valueOf(value)] as const,
      ),
    );
    assert.deepEqual(Object.fromEntries(shown), {
      a: { secret: "canary-password" },
      b: { secret: "canary-password" },
      c: { secret: "canary-hex-16" },
      d: { secret: "canary-uuid" },
      e: { secret: "canary-private-ageKey" },
      "e-public": { secret: "public-ageKey" },
      f: { secret: "canary-private-sshKey" },
      "f-public": { secret: "public-sshKey" },
      g: { secret: "canary-private-tlsKey" },
      "g-public": { secret: "public-tlsKey" },
      h: { secret: "canary-password" },
      "h-entry": { secret: "admin:canary-hash" },
      i: { secret: "canary-password" },
      "i-id": { secret: "canary-uuid" },
      j: { secret: "canary-password" },
      "j-id": { secret: "grafana" },
    });
  });

  it("counts the age of a value only where it is asked for and generated", async () => {
    const age = (generation: number) => ({
      outputs: { ...answers.outputs, "handoff:secrets:CredentialAge": () => ({ generation }) },
    });
    const credentials = {
      old: { kind: "password", maxAge: "90d", rotation: 2 },
      given: { kind: "password", maxAge: "90d", value: "canary-given" },
    } satisfies Record<string, CredentialArgs>;
    for (const [generation, keepers] of [
      [0, { rotation: "2" }],
      [3, { rotation: "2", generation: "3" }],
    ] as const) {
      const { resources } = await run(age(generation), () => new Credentials("c", { credentials }));
      assert.deepEqual(tree(resources), [
        "handoff:secrets:CredentialAge old-age (c)",
        "handoff:secrets:Credentials c",
        "random:index/randomPassword:RandomPassword old (c)",
      ]);
      assert.deepEqual(byName(resources, "old-age").inputs, { maxAge: "90d", rotation: 2 });
      assert.deepEqual(byName(resources, "old").inputs.keepers, keepers);
    }
  });

  describe("given, of an existing installation", () => {
    const UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";
    const made = (kind: CredentialArgs["kind"], value: CredentialArgs["value"]) =>
      run(answers, () => new Credentials("c", { credentials: { key: { kind, value } } }));

    for (const [kind, good, bad, told] of [
      ["uuid", UUID, "canary-no-uuid", /it is no UUID/],
      ["uuid", UUID.toUpperCase(), `${UUID}0`, /it is no UUID/],
      [{ hex: 16 }, "00ff", "canary-no-hex", /pairs of hexadecimal digits/],
      [{ hex: 32 }, "0F".repeat(20), "abc", /pairs of hexadecimal digits/],
      [{ bytes: 32 }, "any text, as NextAuth takes it", "canary\n", /line breaks/],
      ["password", "short, with \u00fcmlaut", "", /it is empty/],
      [{ password: { length: 48 } }, "older policy", "canary\u0000", /control characters/],
      [{ htpasswd: { user: "admin" } }, "pass word", "canary\r\n", /line breaks/],
      [{ oidcClient: {} }, "~secret-of-entra", "canary\nsecond", /line breaks/],
    ] as const) {
      it(`is kept as ${JSON.stringify(kind)} where it can be one, else refused without showing it`, async () => {
        for (const value of [good, pulumi.secret(good), pulumi.output(good)])
          assert.deepEqual(await valueOf((await made(kind, value)).result.values.key), { secret: good });
        for (const value of [bad, pulumi.secret(bad)]) {
          const error = await failure(
            answers,
            () => new Credentials("c", { credentials: { key: { kind, value } } }),
          );
          assert.ok(pulumi.RunError.isInstance(error), String(error));
          assert.match(error.message, /\bcredential key: the given value can't be kept: /);
          assert.match(error.message, told);
          assert.ok(!error.message.includes("canary"));
        }
      });
    }
  });

  it("refuses what is too weak or counts nothing, naming the credential", async () => {
    const faults: [CredentialArgs, RegExp][] = [
      [{ kind: { bytes: 8 } }, /^credential key: 8 bytes: at least 16 are needed$/],
      [{ kind: { hex: 16.5 } }, /^credential key: 16.5 bytes: at least 16 are needed$/],
      [{ kind: { password: { length: 12 } } }, /^credential key: a password of 12 characters: at least 16/],
      [{ kind: { password: { special: "" } } }, /special: false leaves them out$/],
      [
        { kind: { password: { special: false, minSpecial: 1 } } },
        /minSpecial is 1, and special leaves none$/,
      ],
      [{ kind: { password: { minLower: 30, minUpper: 3 } } }, /32 characters can't have 33 of given kinds$/],
      [{ kind: { password: { minUpper: -1 } } }, /minUpper is -1: a whole number from 0 is needed$/],
      [{ kind: { htpasswd: { user: "a:b" } } }, /the user "a:b" must have neither ":" nor spaces$/],
      [{ kind: { oidcClient: { id: "" } } }, /the client's id is empty$/],
      [{ kind: "uuid", maxAge: "3w" }, /maxAge is "3w": whole days or hours are needed, as 90d or 12h$/],
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
