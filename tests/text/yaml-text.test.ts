import assert from "node:assert/strict";
import fc from "fast-check";
import { isMap, isScalar, parse, parseDocument, visit } from "yaml";
import { valueAt, withoutKey, withValue } from "../../tools/text/yaml-text";
import { sampleOf } from "../init/answers";
import { SLOW } from "../slow";

const samples = ["apps", "homelab", "prod", "sites"].map(sampleOf);

/** Paths of all that is a mapping's value. */
function pathsOf(text: string): string[][] {
  const paths: string[][] = [];
  visit(parseDocument(text), {
    Pair: (_key, { key }, ancestors) => {
      const above = ancestors.flatMap((one) =>
        typeof one === "object" && "key" in one && isScalar(one.key) ? [String(one.key.value)] : [],
      );
      const inList = ancestors.some((one) => "items" in one && !isMap(one));
      if (isScalar(key) && !inList) paths.push([...above, String(key.value)]);
    },
  });
  return paths;
}

const anyPlace = fc
  .constantFrom(...samples)
  .chain((text) => fc.record({ text: fc.constant(text), path: fc.constantFrom(...pathsOf(text)) }));

const anyValue = fc.oneof(
  fc.string({ unit: "grapheme-ascii" }),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom("one\ntwo\n", "a: b", "# no comment", "00123", "{a}", "yes"),
  fc.array(fc.string({ unit: "grapheme-ascii" }), { maxLength: 3 }),
  fc.constantFrom({ config: "name" }, { ssh: { privateKey: { env: "KEY" }, knownHosts: "one\ntwo\n" } }),
);

/** The same document with another value. */
function expected(
  text: string,
  path: readonly string[],
  change: (parent: Record<string, unknown>) => void,
): unknown {
  const whole = parse(text) as Record<string, unknown>;
  const parent = path.slice(0, -1).reduce((one, key) => one[key] as Record<string, unknown>, whole);
  change(parent);
  return whole;
}

const comments = (text: string): string[] => text.split("\n").filter((line) => line.trim().startsWith("#"));

describe("a stack's file", () => {
  it("has the value that was set, and all else as it was", () => {
    fc.assert(
      fc.property(anyPlace, anyValue, ({ text, path }, value) => {
        const key = path.at(-1) ?? "";
        const changed = withValue(text, path, value);
        assert.deepEqual(
          parse(changed),
          expected(text, path, (parent) => (parent[key] = value)),
        );
        assert.deepEqual(valueAt(changed, path), value);
        if (typeof valueAt(text, path) === "object") return;
        assert.deepEqual(comments(changed), comments(text));
      }),
      { numRuns: SLOW ? 200 : 25 },
    );
  });

  it("takes no comment for a line of a text, however deep the text stands", () => {
    const value = { ssh: { knownHosts: "one\ntwo\n" } };
    const commented = "config:\n  a:\n    b: 1\n      # of b\n  # c: 1\n      # of c\n";
    for (const [text, path] of [
      [sampleOf("prod"), ["config", "handoff:fluxRepository"]],
      [commented, ["config", "a"]],
      [commented, ["config", "a", "b"]],
      [commented, ["config", "a", "d"]],
      [commented, ["config", "c"]],
    ] as const) {
      const changed = withValue(text, path, value);
      assert.deepEqual(valueAt(changed, path), value, changed);
      assert.deepEqual(comments(changed).slice(-1), comments(text).slice(-1));
    }
  });

  it("lacks the key that was taken out, and nothing else", () => {
    for (const text of samples) {
      for (const path of pathsOf(text).filter(({ length }) => length === 2)) {
        const key = path.at(-1) ?? "";
        const changed = withoutKey(text, path);
        assert.deepEqual(
          parse(changed),
          expected(text, path, (parent) => Reflect.deleteProperty(parent, key)),
          key,
        );
      }
    }
  });

  it("gets a key where a comment has it, else at the end", () => {
    const text =
      "config:\n  handoff:a:\n    name: x\n    # Path.\n    # path: y\n    # Not: this\n  handoff:b: 1\n";
    assert.equal(withValue(text, ["config", "handoff:a", "path"], "z"), text.replace("# path: y", "path: z"));
    assert.equal(
      withValue(text, ["config", "handoff:a", "more"], "z"),
      text.replace("name: x\n", "name: x\n    more: z\n"),
    );
    assert.equal(
      withValue(text, ["config", "handoff:c"], { env: "C" }),
      `${text.trimEnd()}\n  handoff:c: { env: C }\n`,
    );
  });
});
