import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, parseAllDocuments } from "yaml";
import { describeField, keepFields, keptFaults } from "../../provider/git/yaml/kept-fields";
import type { KeptField } from "../../manifests/git/kept-fields";
import { deployment, IMAGE, MARKER } from "./kept-deployment";

const REPLICAS: KeptField = { path: ["spec", "replicas"] };

describe("keepFields", () => {
  const text = (ours: string, theirs: string, ...fields: KeptField[]): string =>
    keepFields(ours, theirs, fields).text;

  it("takes over values as they are spelled, and nothing else", () => {
    const theirs = deployment("'calcom/cal.com:v2'", { replicas: 5, env: "B", sidecar: "relay:9" });
    assert.equal(
      text(deployment("calcom/cal.com:v1"), theirs, IMAGE, REPLICAS),
      deployment("'calcom/cal.com:v2'", { replicas: 5 }),
    );
    assert.deepEqual(keepFields(deployment("c:1"), theirs, [IMAGE]).kept, [
      {
        field: "Deployment calcom: spec.template.spec.containers[name=calcom].image",
        value: "calcom/cal.com:v2",
      },
    ]);
  });

  it("finds every entry by its name, whatever the order", () => {
    const all: KeptField = { path: ["containers", "*", "image"] };
    const ours = "containers:\n- {name: a, image: a:1}\n- {name: b, image: b:1}\n- {name: c, image: c:1}\n";
    const theirs =
      "containers:\n- {name: b, image: 'b:2'}\n- {name: a, image: a:2}\n- {name: d, image: d:2}\n";
    assert.equal(
      text(ours, theirs, all),
      "containers:\n- {name: a, image: a:2}\n- {name: b, image: 'b:2'}\n- {name: c, image: c:1}\n",
    );
    assert.equal(text("l: [a, b]\n", "l: [c]\n", { path: ["l", "*"] }), "l: [c, b]\n");
    assert.equal(text("l: [a, b]\n", "l: [c, d]\n", { path: ["l", 1] }), "l: [a, d]\n");
  });

  it("keeps image automation's marker, once", () => {
    const theirs = deployment(`calcom/cal.com:v2 ${MARKER}`);
    const kept = text(deployment("calcom/cal.com:v1"), theirs, IMAGE);
    assert.equal(kept, theirs);
    assert.equal(text(kept, theirs, IMAGE), theirs);
    assert.equal(text(deployment("c:1 # which one"), theirs, IMAGE), theirs);
    const own = MARKER.replace("calcom", "other");
    assert.equal(text(deployment(`c:1 ${own}`), theirs, IMAGE), deployment(`calcom/cal.com:v2 ${own}`));
    // A comment of a person is a change of the file.
    assert.equal(text(deployment("c:1"), deployment("c:1 # by hand"), IMAGE), deployment("c:1"));
  });

  it("keeps line ends, and spells a value anew where theirs would mean something else", () => {
    const crlf = (lines: string): string => lines.replaceAll("\n", "\r\n");
    assert.equal(
      text(crlf(deployment("c:1")), deployment(`c:2 ${MARKER}`), IMAGE),
      crlf(deployment(`c:2 ${MARKER}`)),
    );
    const tag: KeptField = { path: ["tag"] };
    assert.equal(text("{tag: v1, a: 1}\n", "tag: a,b]\n", tag), '{tag: "a,b]", a: 1}\n');
    assert.equal(text("tag: v1\n", "tag: two\n  lines\n", tag), 'tag: "two lines"\n');
    assert.equal(text("tag: v1\n", "tag: !!str 5\n", tag), 'tag: "5"\n');
    assert.equal(text("tag:\na: 1\n", "tag: v2\n", tag), "tag: v2\na: 1\n");
    assert.equal(text("tag: v1\na: 1\n", "tag:\n", tag), "tag: \na: 1\n");
    assert.equal(text('tag: "5"\n', "tag: 5\n", tag), "tag: 5\n");
  });

  it("leaves ours where theirs has no such value, or is broken", () => {
    for (const theirs of [
      "",
      "a: 1\n",
      "spec: {replicas: {a: 1}}\n",
      "spec: [\n",
      "spec:\n  replicas: |\n    1\n",
      "kind: StatefulSet\n",
    ]) {
      assert.equal(text(deployment("c:1"), theirs, REPLICAS, IMAGE), deployment("c:1"));
    }
  });

  it("tells documents apart by kind and name", () => {
    const of = (kind: string, name: string, replicas: number): string =>
      `kind: ${kind}\nmetadata: {name: ${name}}\nspec:\n  replicas: ${String(replicas)}\n`;
    const ours = [of("Deployment", "a", 1), of("Deployment", "b", 1), of("StatefulSet", "a", 1)].join(
      "---\n",
    );
    const theirs = [of("StatefulSet", "a", 3), of("Deployment", "b", 4), of("Deployment", "a", 5)].join(
      "---\n",
    );
    const field = { ...REPLICAS, kind: "Deployment", name: "a" };
    assert.equal(text(ours, theirs, field), ours.replace("replicas: 1", "replicas: 5"));
    assert.deepEqual(keptFaults(ours, [field]), []);
    assert.deepEqual(keptFaults(ours, [REPLICAS]), ["spec.replicas is in 3 documents: give kind and name"]);
  });

  it("says what can't be kept", () => {
    const faults = (yaml: string, field: KeptField): string => keptFaults(yaml, [field]).join();
    assert.equal(faults(deployment("c:1"), IMAGE), "");
    assert.match(
      faults(deployment("c:1"), { path: ["spec", "replica"] }),
      /^spec\.replica is no single value/,
    );
    assert.match(
      faults(deployment("c:1"), { path: ["spec", "template"] }),
      /^spec\.template is no single value/,
    );
    assert.match(faults("a: |\n  b\n", { path: ["a"] }), /^a is no single value/);
    assert.match(faults("a: [\n", { path: ["a"] }), /valid YAML/);
    assert.equal(describeField({ kind: "A", path: ["b", "*", 0, { n: "c" }] }), "A: b[*][0][n=c]");
  });

  describe("for any file", () => {
    const value = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom("v1.2", "null", "a: b", " x", "#", "- a", "é\n", '"', "'", "[", "1e3", "~"),
    );
    const file = fc.record({
      first: value,
      list: fc.uniqueArray(fc.record({ name: fc.stringMatching(/^[a-d]$/), image: value, other: value }), {
        selector: ({ name }) => name,
        maxLength: 4,
      }),
      last: value,
    });
    const fields: KeptField[] = [{ path: ["first"] }, { path: ["list", "*", "image"] }];
    type Data = typeof file extends fc.Arbitrary<infer T> ? T : never;
    const write = (data: Data, flow: boolean): string => {
      const scalar = (entry: unknown): string => JSON.stringify(entry);
      const items = data.list.map(({ name, image, other }) =>
        flow
          ? `- {name: ${name}, image: ${scalar(image)}, other: ${scalar(other)}} # ours\n`
          : `- image: ${scalar(image)}\n  name: ${name}\n\n  other:   ${scalar(other)}\n`,
      );
      return `# top\nfirst:  ${scalar(data.first)}\nlist:${items.length === 0 ? " []" : ""}\n${items.join("")}last: ${scalar(data.last)}\n`;
    };
    const styled = fc.tuple(file, fc.boolean()).map(([data, flow]) => ({ data, text: write(data, flow) }));

    it("gives theirs in the fields, ours elsewhere, and the same when done again", () => {
      fc.assert(
        fc.property(styled, styled, (ours, theirs) => {
          const result = keepFields(ours.text, theirs.text, fields);
          const images = new Map(theirs.data.list.map(({ name, image }) => [name, image]));
          assert.deepEqual(parse(result.text), {
            ...ours.data,
            first: theirs.data.first,
            list: ours.data.list.map((entry) => ({ ...entry, image: images.get(entry.name) ?? entry.image })),
          });
          assert.equal(keepFields(result.text, theirs.text, fields).text, result.text);
          assert.equal(keepFields(ours.text, ours.text, fields).text, ours.text);
        }),
      );
    });

    it("is theirs when only kept fields differ, byte for byte", () => {
      fc.assert(
        fc.property(styled, value, value, (ours, first, image) => {
          const list = ours.data.list.map((entry) => ({ ...entry, image }));
          const theirs = write({ ...ours.data, first, list }, ours.text.includes("- {"));
          assert.equal(keepFields(ours.text, theirs, fields).text, theirs);
        }),
      );
    });

    it("never throws and never changes the number of lines, whatever theirs is", () => {
      fc.assert(
        fc.property(styled, fc.string(), (ours, theirs) => {
          const result = keepFields(ours.text, theirs, fields);
          assert.equal(result.text.split("\n").length, ours.text.split("\n").length);
          assert.equal(parseAllDocuments(result.text)[0]?.errors.length, 0);
        }),
      );
    });
  });
});
