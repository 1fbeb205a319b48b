import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, parseDocument } from "yaml";
import { EditError } from "../../provider/git/yaml/edit-text";
import { ensureEntry, hasEntry, removeEntry } from "../../provider/git/yaml/edits";
import type { MapEdit } from "../../manifests/git/edits";

const data = (key: string, value: unknown): MapEdit => ({ map: ["data"], key, value });

const CONFIG_MAP = `# Settings of the wiki.
apiVersion: v1
kind: ConfigMap
data:
  # what the pages look like
  THEME: "dark"   # do not change
  MOTD: |
    Hello

    all
  # the end
metadata: {name: wiki, labels: {team: a}}
`;

describe("co-owned entries of a map", () => {
  it("adds a key after the last one, in the map's own indentation", () => {
    const { text, added } = ensureEntry(CONFIG_MAP, data("HOST", "cal.example.com"));
    assert.equal(added, true);
    assert.equal(text, CONFIG_MAP.replace("    all\n", "    all\n  HOST: cal.example.com\n"));
  });

  it("leaves a file alone that has the same value", () => {
    assert.deepEqual(ensureEntry(CONFIG_MAP, data("THEME", "dark")), {
      text: CONFIG_MAP,
      added: false,
      before: "map",
    });
  });

  it("refuses to replace a value of others, and replaces its own where it stands", () => {
    assert.throws(() => ensureEntry(CONFIG_MAP, data("THEME", "light")), {
      name: "TakenError",
      message:
        "data.THEME already has a value that isn't ours:\nTHEME: dark\n→ Remove that entry, or give this one the same value.",
    });
    const replaced = ensureEntry(CONFIG_MAP, data("MOTD", "Bye\n"), data("MOTD", "Hello\n\nall\n"));
    assert.equal(replaced.text, CONFIG_MAP.replace("    Hello\n\n    all\n", "    Bye\n"));
  });

  it("writes maps and lists as values, and edits the text inside a block", () => {
    const values = "data:\n  values.yaml: |\n    # theirs\n    replicas: 2\n";
    const edit: MapEdit = {
      within: ["data", "values.yaml"],
      map: [],
      key: "ingress",
      value: { hosts: ["a"] },
    };
    const { text, before } = ensureEntry(values, edit);
    assert.equal(text, `${values}    ingress:\n      hosts:\n      - a\n`);
    assert.ok(hasEntry(text, edit));
    assert.equal(removeEntry(text, edit, before), values);
  });

  const forms: readonly (readonly [string, string, string])[] = [
    ["no map", "kind: K\n", "kind: K\ndata:\n  a: 1\n"],
    ["no map and no final newline", "kind: K", "kind: K\ndata:\n  a: 1"],
    ["a map without value", "data:\nkind: K\n", "data:\n  a: 1\nkind: K\n"],
    ["an empty map", "data: {}\nkind: K\n", 'data: {"a": 1}\nkind: K\n'],
    ["a flow map", "data: { x: 1, y: 2 } # z\n", 'data: { x: 1, y: 2, "a": 1 } # z\n'],
    [
      "a key of the same name elsewhere",
      "spec:\n  data:\n    b: 1\n",
      "spec:\n  data:\n    b: 1\ndata:\n  a: 1\n",
    ],
    ["no final newline", "data:\n  x: 1", "data:\n  x: 1\n  a: 1"],
    ["CRLF", "data:\r\n  x: 1\r\nkind: K\r\n", "data:\r\n  x: 1\r\n  a: 1\r\nkind: K\r\n"],
  ];
  for (const [name, before, after] of forms) {
    it(`edits a file with ${name} and restores it`, () => {
      const result = ensureEntry(before, data("a", 1));
      assert.equal(result.text, after);
      assert.equal(removeEntry(after, data("a", 1), result.before), before);
    });
  }

  it("refuses what it can't edit", () => {
    assert.throws(() => ensureEntry("data: text\n", data("a", 1)), /'data' isn't a map/);
    assert.throws(() => ensureEntry("- a\n", data("a", 1)), /no 'data' in this file/);
    assert.throws(() => ensureEntry("? data\n: x: 1\n", data("a", 1)), EditError);
    assert.throws(
      () => ensureEntry("a: 1\n---\nb: 1\n", { map: [], key: "c", value: 1 }),
      /2 documents in this file/,
    );
  });

  const key = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/);
  const value = fc.oneof(
    fc.constantFrom(
      "1",
      "'x'",
      "[1, 2]",
      "{ a: 1 }",
      "|\n    text\n\n    more",
      "\n    nested: 1\n    # inner\n    list:\n    - a",
    ),
    key,
  );
  const comment = fc.constantFrom("", "  # own line\n", "\n", "# at the margin\n");
  const file = fc
    .record({
      entries: fc.uniqueArray(fc.tuple(key, value, comment), {
        minLength: 1,
        maxLength: 5,
        selector: ([name]) => name,
      }),
      tail: fc.constantFrom("", "\n", "\n\n# end\n", "\nkind: K\n", "\n# end\nkind: K"),
      eol: fc.constantFrom("\n", "\r\n"),
    })
    .map(({ entries, tail, eol }) => {
      const lines = entries.map(([name, content, before]) => `${before}  ${name}: ${content}`);
      return `# head\ndata:\n${lines.join("\n")}${tail}`.replaceAll("\n", eol);
    });

  it("never changes a line of others, and removing restores the file (property)", () => {
    fc.assert(
      fc.property(
        file,
        fc.oneof(fc.string(), fc.integer(), fc.constant({ a: ["b", { c: null }] })),
        (text, value) => {
          fc.pre(parseDocument(text).errors.length === 0);
          const edit = data("OURS", value);
          const { text: edited, before } = ensureEntry(text, edit);
          const others = (parse(text) as { data: object }).data;
          assert.deepEqual((parse(edited) as { data: object }).data, { ...others, OURS: value });
          assert.ok(hasEntry(edited, edit));
          assert.equal(removeEntry(edited, edit, before), text);
          const [lines, theirs] = [edited.split(/\r?\n/), text.split(/\r?\n/)];
          const from = lines.findIndex((line, index) => line !== theirs[index]);
          const added = lines.length - theirs.length;
          assert.deepEqual([...lines.slice(0, from), ...lines.slice(from + added)], theirs);
        },
      ),
      { numRuns: 500 },
    );
  });
});
