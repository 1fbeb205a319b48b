import assert from "node:assert/strict";
import { type Document, isMap, isSeq, parseDocument } from "yaml";
import { gitCommitHandler } from "../../provider/git/commit-handler";
import { Hand, testContext, TestRemote } from "./remote";
import { deployment, IMAGE, MARKER } from "./kept-deployment";
import { someOf, slow } from "../slow";

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

  slow("are no foreign edit: no commit, and no drift in a refresh", async () => {
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

  slow("don't hide other edits, of which a refresh shows nothing else", async () => {
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
    for (const [style, written] of someOf(Object.entries(styles))) {
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

  slow("can be named after others have changed them, and taken back", async () => {
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
