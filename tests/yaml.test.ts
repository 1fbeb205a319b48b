import { strict as assert } from "node:assert";
import fc from "fast-check";
import { parse, parseAllDocuments } from "yaml";
import { toYaml, withComments } from "../manifests/yaml";

const object = (fields: object) => ({ apiVersion: "v1", kind: "Test", ...fields });

describe("toYaml", () => {
  it("writes as Flux does", () => {
    const labels = { app: "x" };
    const text = toYaml(
      [
        object({ metadata: { labels }, list: [{ a: 1, b: [2] }], same: labels, gone: undefined }),
        object({ none: [] }),
      ],
      "Made by Handoff.",
    );
    assert.equal(
      text,
      [
        "# Made by Handoff.",
        "apiVersion: v1",
        "kind: Test",
        "metadata:",
        "  labels:",
        "    app: x",
        "list:",
        "- a: 1",
        "  b:",
        "  - 2",
        "same:",
        "  app: x",
        "---",
        "apiVersion: v1",
        "kind: Test",
        "none: []",
        "",
      ].join("\n"),
    );
  });

  const scalars = {
    "25": '"25"',
    on: '"on"',
    y: '"y"',
    "1_000": '"1_000"',
    "12:30": '"12:30"',
    "2024-01-01": '"2024-01-01"',
    "<<": '"<<"',
    "*": "'*'",
    '["example.com"]': "'[\"example.com\"]'",
    "250m": "250m",
    "https://cal.example.com": "https://cal.example.com",
    "a\nb\n": "|\n  a\n  b",
    " \n": '"\\ \\n"',
  };
  for (const [value, text] of Object.entries(scalars)) {
    it(`writes the string ${JSON.stringify(value)} as ${JSON.stringify(text)}`, () => {
      assert.equal(toYaml(object({ value })), `apiVersion: v1\nkind: Test\nvalue: ${text}\n`);
    });
  }

  it("puts comments above fields, list entries and documents", () => {
    const source = withComments(object({ list: [{ a: 1 }, { a: 2 }] }), {
      "": "Top",
      list: "All\n\nof it",
      "list.1": "Two",
    });
    assert.equal(
      toYaml(source),
      "# Top\napiVersion: v1\nkind: Test\n# All\n#\n# of it\nlist:\n- a: 1\n# Two\n- a: 2\n",
    );
  });

  it("doesn't lose a comment silently", () => {
    assert.throws(() => toYaml(withComments(object({ a: 1 }), { "a.b": "?" })), /a\.b/);
  });

  it("puts markers behind plain values, and nowhere else", () => {
    const marked = (markers: Readonly<Record<string, string>>): string =>
      toYaml(withComments(object({ a: ["one", "two"] }), { a: "above" }, markers));
    assert.match(marked({ "a.1": "behind" }), /\n# above\na:\n- one\n- two # behind\n$/);
    assert.throws(() => marked({ "a.2": "?" }), /No field a\.2 with a plain value/);
    assert.throws(() => marked({ a: "?" }), /No field a with a plain value/);
  });

  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.stringMatching(/^[ \t\na#'"]{0,8}$/),
      fc.stringMatching(/^[-+.0-9:_eExXonyNf \n#]{0,6}$/),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[-a-zA-Z0-9./_]{1,6}$/), tie("tree"), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    ),
  }));

  it("writes plain objects as the library does, which writes those with comments (property)", () => {
    const words = fc.stringMatching(/^[-+.0-9:_/@eExXonyNfTtrus]{0,6}$/);
    const { plain } = fc.letrec<{ plain: unknown }>((tie) => ({
      plain: fc.oneof(
        { maxDepth: 4 },
        words,
        fc.constantFrom("...", "---", "a:", "10m", "./apps", "v1.2.3", undefined, -0, 0.5, 1e21),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("plain"), { maxLength: 3 }),
        fc.dictionary(words, tie("plain"), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.oneof(plain, tree), (value) => {
        const source = object({ spec: { value } });
        assert.equal(toYaml(withComments(source, { "": "Top" })), `# Top\n${toYaml(source)}`);
      }),
      { numRuns: 500 },
    );
  });

  it("has no character that Go's reader refuses, or takes for the end of a line", () => {
    const odd = ["\u007F", "\u0080", "\u0085", "\u009F", "\u2028", "\u2029", "\uFEFF", "\uFFFE", "\uFFFF"];
    for (const text of odd.flatMap((it) => [it, `a${it}b`, `${it}\nb`, `: ${it}`])) {
      const written = toYaml(object({ [text]: [text] }));
      assert.ok(!odd.some((it) => written.includes(it)), JSON.stringify(written));
      assert.deepEqual(parse(written), object({ [text]: [text] }));
    }
  });

  it("gives back what it was given, to readers of YAML 1.1 and 1.2", () => {
    fc.assert(
      fc.property(tree, tree, (first, second) => {
        const objects = [object({ value: first }), object({ value: second })];
        const text = toYaml(objects);
        assert.deepEqual(
          parseAllDocuments(text).map((document) => document.toJS() as unknown),
          objects,
        );
        assert.deepEqual(parse(toYaml(object({ value: first })), { version: "1.1" }), objects[0]);
      }),
      { numRuns: 500 },
    );
  });
});
