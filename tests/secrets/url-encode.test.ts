import { strict as assert } from "node:assert";
import fc from "fast-check";
import { urlEncode } from "../../manifests/secrets/url-encode";

describe("urlEncode", () => {
  it("encodes what separates the parts of a URL", () => {
    assert.equal(urlEncode("a/b=c+d @:?#[]%!'()*"), "a%2Fb%3Dc%2Bd%20%40%3A%3F%23%5B%5D%25%21%27%28%29%2A");
  });

  it("can be read back, whatever the password", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (password, user) => {
        const url = new URL(`postgresql://${urlEncode(user)}:${urlEncode(password)}@calcom-db:5432/calcom`);
        assert.equal(decodeURIComponent(url.password), password);
        assert.equal(decodeURIComponent(url.username), user);
        assert.deepEqual([url.hostname, url.port, url.pathname], ["calcom-db", "5432", "/calcom"]);
        assert(!/['"\s]/.test(url.href));
      }),
    );
  });
});
