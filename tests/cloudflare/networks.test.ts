import assert from "node:assert/strict";
import fc from "fast-check";
import { networkOf } from "../../manifests/cloudflare/network";

describe("networkOf", () => {
  for (const [text, network] of [
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["192.168.1.77/26", "192.168.1.64/26"],
    ["1.2.3.4/32", "1.2.3.4/32"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["255.255.255.255/1", "128.0.0.0/1"],
    ["2001:db8::1/32", "2001:db8::/32"],
    ["2001:DB8:0:0:0:0:0:0/32", "2001:db8::/32"],
    ["fd00::ffff/120", "fd00::ff00/120"],
    ["::/0", "::/0"],
    ["10.0.0.0", undefined],
    ["10.0.0.0/33", undefined],
    ["::/129", undefined],
    ["10.0.0/8", undefined],
    ["10.0.0.0/8/8", undefined],
    ["example.com/8", undefined],
    ["", undefined],
  ] as const)
    it(`is ${network ?? "nothing"} for ${JSON.stringify(text)}`, () => {
      assert.equal(networkOf(text), network);
    });

  it("is its own network, and that of every address in it", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(32), (address, length) => {
        const network = networkOf(`${address}/${String(length)}`) ?? "";
        assert.equal(networkOf(network), network);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.nat(128), (address, length) => {
        const network = networkOf(`${address}/${String(length)}`) ?? "";
        assert.equal(networkOf(network), network);
      }),
    );
  });
});
