import assert from "node:assert/strict";
import fc from "fast-check";
import { secret, externalSecretFor } from "../../manifests/secrets/app-secret";
import { evaluate, goTemplate, template, value, type Encoding } from "../../manifests/secrets/secret-text";
import { renderTemplate } from "../../tools/sandbox/services/external-secrets/template";

describe("a text with values in it", () => {
  for (const encode of ["json", "base64", undefined] as const satisfies readonly (Encoding | undefined)[]) {
    it(`means the same in the cluster as in the program: ${encode ?? "as it is"}`, () => {
      fc.assert(
        fc.property(fc.string({ minLength: 1 }), (known) => {
          const text = template`before ${value("a-value", encode)} after`;
          const here = evaluate(text, { "a-value": known });
          const there = renderTemplate(goTemplate(text), { a_value: known });
          // Go escapes more in JSON than it has to: what counts is what is read back.
          if (encode !== "json") assert.equal(there, here);
          else assert.equal(read(there), read(here));
        }),
        { examples: [['ends with "'], ['"'], ["\\"], ["<&>"]] },
      );
    });
  }
});

describe("a value of a certificate and its key", () => {
  const block = (label: string, body: string) =>
    `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
  const [leaf, root, key] = [
    block("CERTIFICATE", "bGVhZg=="),
    block("CERTIFICATE", "cm9vdA=="),
    block("PRIVATE KEY", "a2V5"),
  ];
  const both = (encode: Encoding, text: string) => [
    evaluate(value("a-tls", encode), { "a-tls": text }),
    renderTemplate(goTemplate(value("a-tls", encode)), { a_tls: text }),
  ];

  it("is taken apart, in the cluster as in the program", () => {
    for (const text of [leaf + root + key, key + leaf + root]) {
      assert.deepEqual(both("certificate", text), [leaf + root, leaf + root]);
      assert.deepEqual(both("privateKey", text), [key, key]);
    }
  });

  it("is refused without its key, and isn't shown", () => {
    assert.throws(() => evaluate(value("a-tls", "privateKey"), { "a-tls": leaf }), {
      message: "The value a-tls has no PRIVATE KEY in PEM.",
    });
  });

  it("is one secret of the vault, which is read once", () => {
    const data = { "tls.crt": value("a-tls", "certificate"), "tls.key": value("a-tls", "privateKey") };
    const { spec } = externalSecretFor(secret("a-tls", "a", data, { type: "kubernetes.io/tls" }), {
      from: "store",
    });
    const { target, data: read } = JSON.parse(JSON.stringify(spec)) as Record<string, unknown>;
    assert.deepEqual(read, [{ secretKey: "a_tls", remoteRef: { key: "a-tls" } }]);
    assert.deepEqual((target as { template: object }).template, {
      type: "kubernetes.io/tls",
      engineVersion: "v2",
      mergePolicy: "Replace",
      data: {
        "tls.crt": '{{ .a_tls | filterPEM "CERTIFICATE" }}',
        "tls.key": '{{ .a_tls | filterPEM "PRIVATE KEY" }}',
      },
    });
  });
});

const read = (text: string): unknown => JSON.parse(`"${text.slice("before ".length, -" after".length)}"`);

describe("a Secret from Vault", () => {
  const mode = { from: "store", store: "vault", provider: "vault" } as const;

  it("is read by paths and properties, with its type", () => {
    const declared = secret(
      "db",
      "web",
      { password: value("databases/web:password") },
      { type: "kubernetes.io/basic-auth" },
    );
    const key = () => ({ key: "databases/web", property: "password" });
    assert.deepEqual(JSON.parse(JSON.stringify(externalSecretFor(declared, { ...mode, key }))), {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: { name: "db", namespace: "web" },
      spec: {
        refreshInterval: "1h",
        secretStoreRef: { kind: "ClusterSecretStore", name: "vault" },
        target: { name: "db", template: { type: "kubernetes.io/basic-auth" } },
        data: [{ secretKey: "password", remoteRef: { key: "databases/web", property: "password" } }],
      },
    });
  });

  for (const path of ["", "/web", "web/", "a//b", "a b", "web/*"]) {
    it(`refuses ${JSON.stringify(path)}, which is no path`, () => {
      const declared = secret("db", "web", { password: value("x") });
      assert.throws(
        () => externalSecretFor(declared, { ...mode, key: () => path }),
        /as a secret's path: parts such as/,
      );
    });
  }

  it("is not what Key Vault takes", () => {
    const declared = secret("db", "web", { password: value("x") });
    assert.throws(
      () => externalSecretFor(declared, { from: "store", key: () => "databases/web" }),
      /databases-web would do/,
    );
  });
});
