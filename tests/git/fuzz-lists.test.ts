import assert from "node:assert/strict";
import fc from "fast-check";
import { ensureEntry, removeEntry } from "../../provider/git/yaml/edits";
import type { ListEdit } from "../../manifests/git/edits";

describe("any list of others", () => {
  const eol = fc.constantFrom("\n", "\r\n");
  const indent = fc.constantFrom("", "  ", "    ");
  const line = fc.constantFrom(
    "./a",
    '"./b"',
    "'./c' # why",
    "./d   # spaces ",
    "https://x.example.com/y?ref=v1",
    "é ☃",
  );
  const gap = fc.constantFrom("", "# comment", "  # - ./ours", "", "# resources:");
  const file = fc
    .record({
      eol,
      indent,
      lines: fc.array(fc.tuple(gap, line), { minLength: 1, maxLength: 6 }),
      end: gap,
      final: fc.boolean(),
    })
    .map(({ eol, indent, lines, end, final }) => {
      const body = lines.flatMap(([before, entry]) => [
        ...(before === "" ? [] : [indent + before.trimStart()]),
        `${indent}- ${entry}`,
      ]);
      const text = [
        "# head",
        "kind: Kustomization",
        "resources:",
        ...body,
        ...(end === "" ? [] : [end.trim()]),
      ].join(eol);
      return final ? text + eol : text;
    });
  const edit: ListEdit = { list: ["resources"], entry: "./ours" };

  it("keeps every line of others when ours comes, and is as it was when ours goes", () => {
    fc.assert(
      fc.property(file, (text) => {
        const added = ensureEntry(text, edit);
        assert.equal(added.added, true);
        const others = added.text.split(/\r?\n/).filter((line) => line.trim() !== "- ./ours");
        assert.deepEqual(others, text.split(/\r?\n/));
        assert.deepEqual(ensureEntry(added.text, edit).text, added.text);
        assert.equal(removeEntry(added.text, edit, added.before), text);
      }),
      { numRuns: 500 },
    );
  });
});
