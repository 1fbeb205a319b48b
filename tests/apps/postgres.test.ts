import { strict as assert } from "node:assert";
import fc from "fast-check";
import { postgres, postgresUrl } from "../../components/apps/postgres";
import { toYaml } from "../../components/yaml";

describe("postgres", () => {
  it("keeps to the patterns that NFS needs", () => {
    const text = toYaml(postgres({ name: "db", namespace: "app", secretName: "db", user: "me" }));
    for (const line of [
      "fsGroup: 999",
      "failureThreshold: 30",
      "failureThreshold: 6",
      "storageClassName: nfs-client",
    ]) {
      assert(text.includes(line), line);
    }
    assert.equal(text.match(/- pg_isready\n +- -U\n +- me\n +- -h\n +- localhost\n/g)?.length, 3);
    assert.equal(text.match(/timeoutSeconds: 5/g)?.length, 3);
    assert.match(text, /---\napiVersion: v1\nkind: Service\n[^]*clusterIP: None\n/);
  });
});

describe("postgresUrl", () => {
  it("encodes what separates the parts of a URL", () => {
    const url = postgresUrl({ host: "db", user: "me", password: "a/b=c+d", database: "me" });
    assert.equal(url, "postgresql://me:a%2Fb%3Dc%2Bd@db:5432/me");
  });

  it("can be read back, whatever the password", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (password, user) => {
        const url = new URL(postgresUrl({ host: "calcom-db", user, password, database: "calcom" }));
        assert.equal(decodeURIComponent(url.password), password);
        assert.equal(decodeURIComponent(url.username), user);
        assert.deepEqual([url.hostname, url.port, url.pathname], ["calcom-db", "5432", "/calcom"]);
        assert(!/['"\s]/.test(url.href));
      }),
    );
  });
});
