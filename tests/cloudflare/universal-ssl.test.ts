import { strict as assert } from "node:assert";
import { uncovered } from "../../manifests/cloudflare/universal-ssl";

describe("Universal SSL", () => {
  it("covers a zone and the names one level below it", () => {
    for (const host of ["example.com", "cal.example.com", "*.example.com", "CAL.Example.com"])
      assert.equal(uncovered(host, "example.com"), undefined, host);
  });

  it("covers nothing deeper, and another name is told", () => {
    assert.match(
      uncovered("cal.eu.example.com", "example.com") ?? "",
      /^cal\.eu\.example\.com is more than one level below example\.com: .* such as cal-eu\.example\.com, /,
    );
    assert.match(uncovered("*.eu.example.com", "example.com") ?? "", / such as eu\.example\.com, /);
  });
});
