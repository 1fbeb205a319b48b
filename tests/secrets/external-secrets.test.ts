import { strict as assert } from "node:assert";
import { InputError } from "../../manifests/files";
import { externalSecret, vaultKeyName } from "../../manifests/secrets/external-secrets";
import { toYaml } from "../../manifests/yaml";

const common = { name: "db", namespace: "app" };

describe("externalSecret", () => {
  it("maps, adds values and renders templates", () => {
    const manifest = externalSecret({
      ...common,
      data: { user: "pg-user", password: { key: "pg", property: "password", version: "7" } },
      values: { HOST: "db", BRACES: "{{x}}" },
      template: { URL: "postgresql://{{ .user }}:{{ .password }}@db" },
      mergePolicy: "Replace",
      store: "vault",
      refreshInterval: "5m",
    });
    assert.equal(
      toYaml(manifest),
      [
        "apiVersion: external-secrets.io/v1",
        "kind: ExternalSecret",
        "metadata:",
        "  name: db",
        "  namespace: app",
        "spec:",
        "  refreshInterval: 5m",
        "  secretStoreRef:",
        "    kind: ClusterSecretStore",
        "    name: vault",
        "  target:",
        "    name: db",
        "    template:",
        "      engineVersion: v2",
        "      mergePolicy: Replace",
        "      data:",
        "        HOST: db",
        `        BRACES: '{{ "{{" }}x}}'`,
        "        URL: postgresql://{{ .user }}:{{ .password }}@db",
        "  data:",
        "  - secretKey: user",
        "    remoteRef:",
        "      key: pg-user",
        "  - secretKey: password",
        "    remoteRef:",
        "      key: pg",
        "      property: password",
        '      version: "7"',
        "",
      ].join("\n"),
    );
  });

  it("has no template when there is nothing to render", () => {
    assert(!toYaml(externalSecret({ ...common, data: { a: "a" } })).includes("template"));
  });

  const mistakes: Record<string, [() => unknown, RegExp]> = {
    "an underscore in a vault name": [
      () => externalSecret({ ...common, data: { a: "pg_user" } }),
      /pg-user would do/,
    ],
    "a long vault name": [() => vaultKeyName("a".repeat(128)), /1–127/],
    "an empty vault name": [() => vaultKeyName(""), /dashes\.$/],
    "a key that no Secret can have": [
      () => externalSecret({ ...common, data: { "a b": "a" } }),
      /db: "a b" can't be/,
    ],
    "the same key twice": [
      () => externalSecret({ ...common, data: { a: "a" }, values: { a: "" } }),
      /the key a twice/,
    ],
  };
  for (const [mistake, [build, message]] of Object.entries(mistakes)) {
    it(`refuses ${mistake}`, () => {
      assert.throws(build, (error) => error instanceof InputError && message.test(error.message));
    });
  }
});
