import { strict as assert } from "node:assert";
import fc from "fast-check";
import { connectionString } from "../../manifests/secrets/connection-string";

describe("connectionString", () => {
  it("encodes what separates the parts of a URL", () => {
    const url = connectionString({ host: "db", user: "me", password: "a/b=c+d", database: "me" });
    assert.equal(url, "postgresql://me:a%2Fb%3Dc%2Bd@db:5432/me");
  });

  it("can be read back, whatever the password", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (password, user) => {
        const url = new URL(connectionString({ host: "calcom-db", user, password, database: "calcom" }));
        assert.equal(decodeURIComponent(url.password), password);
        assert.equal(decodeURIComponent(url.username), user);
        assert.deepEqual([url.hostname, url.port, url.pathname], ["calcom-db", "5432", "/calcom"]);
        assert(!/['"\s]/.test(url.href));
      }),
    );
  });
});
