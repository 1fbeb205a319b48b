import { strict as assert } from "node:assert";
import fc from "fast-check";
import { didYouMean, nearest } from "../manifests/nearest";

describe("nearest", () => {
  const names = ["calcom", "cert-manager", "grafana"];

  it("finds what was misspelt, whatever its capitals", () => {
    for (const word of ["cert-manger", "cert-manager", "Cert-Manager", "certmanager", "cert-mnaager"]) {
      assert.equal(nearest(word, names), "cert-manager", word);
    }
    assert.equal(didYouMean("calcon", names), "Did you mean calcom?");
  });

  it("suggests nothing where nothing is close", () => {
    for (const word of ["longhorn", "", "cal", "a"]) assert.equal(nearest(word, names), undefined, word);
    assert.equal(didYouMean("longhorn", names), undefined);
    assert.equal(nearest("calcom", []), undefined);
  });

  it("takes the closest, and of two as close the first", () => {
    assert.equal(nearest("apps", ["maps", "app", "apes"]), "app");
    assert.equal(nearest("apps", ["apes", "app"]), "apes");
  });

  it("takes a word with one letter changed, dropped or added for that word", () => {
    const word = fc.stringMatching(/^[a-z]{3,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom("", "0", "0<"), (right, place, by) => {
        const at = place % right.length;
        const wrong = right.slice(0, at) + by.replace("<", right[at] ?? "") + right.slice(at + 1);
        assert.equal(nearest(wrong, ["another-that-is-long", right]), right);
      }),
    );
  });
});
