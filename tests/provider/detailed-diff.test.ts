import { strict as assert } from "node:assert";
import fc from "fast-check";
import { listChanges, mapChanges } from "../../provider/plugin/detailed-diff";

describe("what the engine shows of a change", () => {
  it("is the entries that change, by their places", () => {
    const changes = (before: string, after: string): object =>
      listChanges("l", Array.from(before), Array.from(after));
    assert.deepEqual(changes("ab", "abc"), { "l[2]": "add" });
    assert.deepEqual(changes("ab", "xab"), { "l[0]": "add" });
    assert.deepEqual(changes("abc", "ac"), { "l[1]": "delete" });
    assert.deepEqual(changes("abc", "axc"), { "l[1]": "update" });
    assert.deepEqual(changes("aab", "ab"), { "l[1]": "delete" });
    assert.deepEqual(changes("ab", "ba"), { l: "update" });
    assert.deepEqual(changes("ab", "ab"), {});
    const map = { same: "s", list: ["a"], "with.dot": 1, gone: "g" };
    assert.deepEqual(mapChanges("m", map, { same: "s", list: ["a", "b"], "with.dot": 2, come: "c" }), {
      'm["list"][1]': "add",
      'm["with.dot"]': "update",
      'm["gone"]': "delete",
      'm["come"]': "add",
    });
    assert.deepEqual(mapChanges("m", undefined, map), {
      'm["same"]': "add",
      'm["list"]': "add",
      'm["with.dot"]': "add",
      'm["gone"]': "add",
    });
  });

  it("tells a list's new entries from its old ones (property)", () => {
    const list = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 6 });
    fc.assert(
      fc.property(list, list, (before, after) => {
        const detailed = listChanges("l", before, after);
        const places = Object.entries(detailed).map(([path, kind]) => [Number(path.slice(2, -1)), kind]);
        const gone = places.filter(([, kind]) => kind !== "add").map(([place]) => place);
        const come = places.filter(([, kind]) => kind !== "delete").map(([place]) => place);
        const inOrder = "l" in detailed;
        const left = inOrder ? before : before.filter((_, place) => !gone.includes(place));
        const added = inOrder ? [] : after.filter((_, place) => come.includes(place));
        assert.deepEqual([...left, ...added].sort(), [...after].sort());
        assert.equal(Object.keys(detailed).length === 0, JSON.stringify(before) === JSON.stringify(after));
      }),
    );
  });
});
