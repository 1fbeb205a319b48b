import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { EditError } from "../../provider/git/yaml/edit-text";
import { ensureEntry, hasEntry, removeEntry } from "../../provider/git/yaml/edits";
import { kustomization } from "./odd-files";
import type { Edit } from "../../manifests/git/edits";
import { SLOW } from "../slow";

type Data = Record<string, unknown>;

/** What a reader of a version of YAML sees of all documents, of a file without any one of nothing; undefined when it can't. */
function read(text: string, version: "1.1" | "1.2"): (Data | null)[] | undefined {
  const documents = parseAllDocuments(text, { version, merge: true, logLevel: "silent" });
  if (documents.some(({ errors }) => errors.length > 0)) return undefined;
  if (documents.length === 0) return [null];
  return documents.map((document) => document.toJS({ maxAliasCount: -1 }) as Data | null);
}

/** The data without what is empty, and without our entry: only others' is left. */
function others(documents: readonly (Data | null)[] | undefined, edit: Edit): unknown {
  const key = "list" in edit ? edit.list[0] : edit.map[0];
  return documents?.map((document) => {
    const data: Data = { ...document };
    const value = key === undefined ? data : data[key];
    if ("map" in edit) {
      const { [edit.key]: _, ...rest } = (value ?? {}) as Data;
      if (key === undefined) return rest;
      data[key] = rest;
    } else if (key !== undefined) {
      const entry = JSON.stringify(edit.entry);
      data[key] = ((value ?? []) as unknown[]).filter((one) => JSON.stringify(one) !== entry);
    }
    const isEmpty = key !== undefined && Object.keys(data[key] as object).length === 0;
    return isEmpty ? Object.fromEntries(Object.entries(data).filter(([name]) => name !== key)) : data;
  });
}

const edits: readonly Edit[] = [
  { list: ["resources"], entry: "./ours/app" },
  { list: ["components"], entry: "no" },
  { list: ["patches"], entry: { path: "12:30", target: { kind: "y", name: "0o7" } }, identity: ["path"] },
  { map: ["commonLabels"], key: "ours", value: "no" },
  { map: ["commonLabels"], key: "on", value: "1_000" },
  { map: [], key: "ours", value: { "<<": "=", list: ["~", "1e3", "", "2024-01-01"] } },
];

describe("edits of odd files", () => {
  it("leave others' data as it is to both readers, are read as meant, and restore the bytes (property)", function () {
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(kustomization, fc.constantFrom(...edits), (text, edit) => {
        const before = [read(text, "1.1"), read(text, "1.2")];
        fc.pre(before.every((data) => data !== undefined));
        let result;
        try {
          result = ensureEntry(text, edit);
        } catch (error) {
          if (!(error instanceof EditError)) throw error;
          assert.match(error.message, /\S/);
          refused++;
          return;
        }
        accepted++;
        for (const [index, version] of (["1.1", "1.2"] as const).entries()) {
          const after = read(result.text, version);
          assert.deepEqual(others(after, edit), others(before[index], edit));
          const found = after?.some((data) => {
            const [key] = "list" in edit ? edit.list : edit.map;
            const value = key === undefined ? data : data?.[key];
            if ("map" in edit) {
              const is = (value as Data | undefined)?.[edit.key];
              return is !== undefined && JSON.stringify(sorted(is)) === JSON.stringify(sorted(edit.value));
            }
            return ((value ?? []) as unknown[]).some(
              (one) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(edit.entry)),
            );
          });
          assert.ok(found, `YAML ${version}: ${result.text}`);
        }
        assert.ok(hasEntry(result.text, edit));
        assert.equal(removeEntry(result.text, edit, result.before), text);
      }),
      { numRuns: Number(process.env.ODD_FILES ?? (SLOW ? 150 : 40)) },
    );
    assert.ok(refused * 5 < accepted, `${String(refused)} of ${String(refused + accepted)} refused`);
  });

  const forms: readonly (readonly [string, string, string])[] = [
    ["null", "kind: K\nresources: null # none\nx: 1\n", "kind: K\nresources: # none\n- ./a\nx: 1\n"],
    ["~", "kind: K\nresources:   ~\n", "kind: K\nresources:\n- ./a\n"],
    ["nothing, below another key", "kind: K\nresources:\nx: 1\n", "kind: K\nresources:\n- ./a\nx: 1\n"],
    ["a null in JSON", '{"kind": "K", "resources": null}\n', '{"kind": "K", "resources": ["./a"]}\n'],
    ["JSON", '{\n  "resources": [\n    "x"\n  ]\n}\n', '{\n  "resources": [\n    "x", "./a"\n  ]\n}\n'],
    ["a mark and no list", "\uFEFFkind: K\n", "\uFEFFkind: K\nresources:\n- ./a\n"],
    ["a null entry", "resources:\n-\n- ~\n", "resources:\n-\n- ~\n- ./a\n"],
    ["a comma at the end", "resources: [x,\ty,]\n", 'resources: [x,\ty, "./a",]\n'],
    [
      "comments after the last",
      "resources:\n- x\n  # of x\n# end\n",
      "resources:\n- x\n  # of x\n- ./a\n# end\n",
    ],
  ];
  for (const [name, before, after] of forms) {
    it(`edit a file with ${name} and restore it`, () => {
      const edit: Edit = { list: ["resources"], entry: "./a" };
      const result = ensureEntry(before, edit);
      assert.equal(result.text, after);
      assert.equal(removeEntry(after, edit, result.before), before);
    });
  }

  it("quote what a reader of YAML 1.1 would take for something else", () => {
    for (const value of [
      "no",
      "y",
      "1_000",
      "12:30",
      "0o7",
      "on",
      "~",
      "2024-01-01",
      ".5",
      "0x1F",
      "1e3",
      "=",
    ]) {
      const { text } = ensureEntry("data:\n  a: b\n", { map: ["data"], key: "k", value });
      assert.equal(text, `data:\n  a: b\n  k: ${JSON.stringify(value)}\n`);
    }
  });

  it("are refused where they would change what others' lines mean", () => {
    const refusals: readonly (readonly [string, Edit])[] = [
      ["resources: &all\n- x\nbases: *all\n", { list: ["resources"], entry: "./a" }],
      ["base: &b\n  resources: [x]\n<<: *b\n", { list: ["resources"], entry: "./a" }],
      ["resources: &none null\nother: *none\n", { list: ["resources"], entry: "./a" }],
      ["l: &l\n  a: b\ncommonLabels: *l\n", { map: ["commonLabels"], key: "k", value: "v" }],
    ];
    for (const [text, edit] of refusals)
      assert.throws(
        () => ensureEntry(text, edit),
        (error) => error instanceof EditError,
        text,
      );
  });
});

/** Whatever the order of keys. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
