import assert from "node:assert/strict";
import fc from "fast-check";
import { type Document, isMap, isSeq, parse, parseAllDocuments, parseDocument } from "yaml";
import { gitCommitHandler } from "../../provider/git/commit-handler";
import { describeField, keepFields, keptFaults } from "../../provider/git/yaml/kept-fields";
import { Hand, testContext, TestRemote } from "./remote";
import type { KeptField } from "../../manifests/git/kept-fields";

const IMAGE: KeptField = {
  path: ["spec", "template", "spec", "containers", { name: "calcom" }, "image"],
};
const REPLICAS: KeptField = { path: ["spec", "replicas"] };
const MARKER = '# {"$imagepolicy": "flux-system:calcom"}';

const deployment = (image: string, { replicas = 1, env = "A", sidecar = "relay:1" } = {}): string =>
  `# what runs
apiVersion: apps/v1
kind: Deployment
metadata: {name: calcom}
spec:
  replicas: ${String(replicas)}
  template:
    spec:
      containers:
      - name: relay
        image: ${sidecar}
      - image: ${image}
        name:   "calcom"   # theirs and ours
        env: [{name: ${env}}]
`;

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

function sortKeys(node: unknown): void {
  if (isSeq(node)) for (const item of node.items) sortKeys(item);
  if (!isMap(node)) return;
  node.items.sort((one, other) => String(one.key).localeCompare(String(other.key)));
  for (const { value } of node.items) sortKeys(value);
}

describe("fields that others own", () => {
  const PATH = "k8s/app.yaml";
  let remote: TestRemote;
  let hand: Hand;
  let context: ReturnType<typeof testContext>;
  const inputs = (image: string, options = {}) => ({
    files: { [PATH]: deployment(image, options), "other.yaml": "a: 1\n" },
    keep: { [PATH]: [IMAGE] },
  });

  beforeEach(async () => {
    remote = new TestRemote();
    context = testContext();
    hand = new Hand(remote.url, context);
    await hand.up(inputs("c:1"));
    remote.commit({ [PATH]: deployment(`c:2 ${MARKER}`) }, "Bump");
  });
  afterEach(() => {
    remote.dispose();
  });

  it("stay as the repository has them while the rest of the file changes", async () => {
    const outputs = await hand.up(inputs("c:1", { env: "B" }));
    assert.equal(remote.read(PATH), deployment(`c:2 ${MARKER}`, { env: "B" }));
    assert.deepEqual(outputs.kept, [`${PATH}: spec.template.spec.containers[name=calcom].image`]);
    assert(context.messages.some((message) => message.endsWith('containers[name=calcom].image = "c:2"')));
    remote.commit({ [PATH]: deployment(`c:3 ${MARKER}`, { env: "B" }) });
    await hand.up(inputs("c:9", { env: "C" }));
    assert.equal(remote.read(PATH), deployment(`c:3 ${MARKER}`, { env: "C" }));
  });

  it("are no foreign edit: no commit, and no drift in a refresh", async () => {
    const { inputs: before, outputs } = hand.state!;
    await hand.refresh();
    assert.deepEqual(hand.state?.inputs, before);
    assert.deepEqual(hand.state.outputs, outputs);
    await hand.up({ ...inputs("c:1"), files: { ...inputs("c:1").files, "other.yaml": "a: 2\n" } });
    await hand.up(inputs("c:7"));
    assert.deepEqual(remote.log().slice(0, 3), ["Hand off", "Hand off", "Bump"]);
    assert.equal(remote.log("%b")[0], "M other.yaml");
    assert.equal(remote.read(PATH), deployment(`c:2 ${MARKER}`));
    const count = remote.log().length;
    await hand.up(inputs("c:8"));
    assert.equal(remote.log().length, count);
  });

  it("make no commit when the state was lost", async () => {
    await new Hand(remote.url).up(inputs("c:1"));
    assert.equal(remote.log()[0], "Bump");
  });

  it("don't hide other edits, of which a refresh shows nothing else", async () => {
    remote.commit({ [PATH]: deployment(`c:2 ${MARKER}`, { replicas: 3 }) });
    await assert.rejects(
      hand.up(inputs("c:1", { env: "B" })),
      /somebody else changed this file of ours:[^]*-  replicas: 3\n\+  replicas: 1/,
    );
    await hand.refresh();
    const files = hand.state?.inputs.files as Record<string, string>;
    assert.equal(files[PATH], deployment(`c:1 ${MARKER}`, { replicas: 3 }));
    await hand.up(inputs("c:1", { env: "B" }));
    assert.equal(remote.read(PATH), deployment(`c:2 ${MARKER}`, { env: "B" }));
  });

  describe("in a file that their owner formats anew", () => {
    const data = (image: string, options = {}): Document => parseDocument(deployment(image, options));
    const styles: Readonly<Record<string, (image: string, options?: object) => string>> = {
      "indented by four": (image, options) => data(image, options).toString({ indent: 4 }),
      "with lists on their key's column, quoted, begun by ---": (image, options) =>
        data(image, options).toString({
          ...{ indentSeq: false, singleQuote: true, directives: true },
          ...{ defaultStringType: "QUOTE_SINGLE", defaultKeyType: "PLAIN" },
        }),
      "in the order of the keys": (image, options) => {
        const document = data(image, options);
        sortKeys(document.contents);
        return document.toString();
      },
      "with the line ends of Windows": (image, options) =>
        deployment(image, options).replaceAll("\n", "\r\n"),
    };
    for (const [style, written] of Object.entries(styles)) {
      it(style, async () => {
        remote.commit({ [PATH]: written("c:3") }, "Format");
        assert.notEqual(remote.read(PATH), deployment("c:3"));
        const { inputs: before, outputs } = hand.state!;
        await hand.refresh();
        assert.deepEqual([hand.state?.inputs, hand.state?.outputs], [before, outputs], "no drift");
        // Neither its own value nor another file of ours is a reason to write it.
        await hand.up({ ...inputs("c:8"), files: { ...inputs("c:8").files, "other.yaml": "a: 2\n" } });
        assert.equal(remote.log("%b")[0], "M other.yaml");
        assert.equal(remote.read(PATH), written("c:3"));
        // What the program says anew is written as the program writes it.
        await hand.up(inputs("c:1", { env: "B" }));
        assert.equal(remote.read(PATH), deployment("c:3", { env: "B" }));
        remote.commit({ [PATH]: written("c:4", { env: "B" }) }, "Format");
        await hand.destroy();
        assert.deepEqual(remote.files(), ["README.md"]);
      });

      it(`${style}: another value or comment in it is somebody's edit`, async () => {
        for (const text of [written("c:3", { replicas: 3 }), `${written("c:3")}# by hand\n`]) {
          remote.commit({ [PATH]: text }, "Format");
          await assert.rejects(
            hand.up(inputs("c:1", { env: "B" })),
            /somebody else changed this file of ours:/,
          );
        }
      });
    }
  });

  it("can be named after others have changed them, and taken back", async () => {
    const plain = new TestRemote();
    try {
      const other = new Hand(plain.url);
      const { files } = inputs("c:1");
      await other.up({ files });
      plain.commit({ [PATH]: deployment("c:2") });
      await assert.rejects(
        other.up({ files: { ...files, "other.yaml": "a: 2\n", [PATH]: deployment("c:3") } }),
      );
      await other.up({ ...inputs("c:1", { env: "B" }) });
      assert.equal(plain.read(PATH), deployment("c:2", { env: "B" }));
      await other.up({ files: { ...files, [PATH]: deployment("c:4") } });
      assert.equal(plain.read(PATH), deployment("c:4"));
    } finally {
      plain.dispose();
    }
  });

  it("go with their file", async () => {
    await hand.destroy();
    assert.deepEqual(remote.files(), ["README.md"]);
  });

  it("are named in the preview, and refused when the file hasn't got them", async () => {
    context.messages.length = 0;
    const news = { ...hand.state!.inputs, ...inputs("c:1", { env: "B" }) };
    const preview = await gitCommitHandler.preview?.(context, news, hand.state);
    assert.deepEqual(preview?.kept, [`${PATH}: spec.template.spec.containers[name=calcom].image`]);
    assert.match(
      context.messages.at(-1) ?? "",
      /^values of others, kept as the repository has them .*\nk8s\/app\.yaml: /,
    );
    await assert.rejects(
      hand.up({ ...inputs("c:1"), keep: { [PATH]: [{ path: ["spec", "replica"] }], "no.yaml": [IMAGE] } }),
      /^Error: keep\["k8s\/app\.yaml"\]: k8s\/app\.yaml to keep: spec\.replica is no single value in it$/,
    );
  });
});
