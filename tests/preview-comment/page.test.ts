import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { page } from "../../tools/preview-comment/page";
import { parsePreview } from "../../tools/preview-comment/preview";
import { elementsOf } from "./rendered";
import { previewOf } from "./scene";
import { base, ingress, text } from "./shop";

const captured = (name: string) =>
  parsePreview(name, {
    stdout: readFileSync(join(__dirname, "fixtures", `${name}.json`), "utf8"),
    ...{ stderr: "", status: name === "failed" ? 1 : 0 },
  });

describe("the page of a preview", () => {
  it("has all that the comment has, without a script or anything from elsewhere", () => {
    const shown = page([captured("create"), captured("update"), captured("failed")], { commit: "0123abc" });
    const elements = elementsOf(shown);
    const names = new Set(elements.map(({ name }) => name));
    for (const name of ["script", "link", "img", "iframe", "object", "form"])
      assert.ok(!names.has(name), name);
    assert.ok(
      elements.every(({ attributes }) =>
        Object.keys(attributes).every((name) => !/^on|^src|^style$/.test(name)),
      ),
    );
    assert.doesNotMatch(shown, /url\(|@import/);
    assert.match(shown, /default-src 'none'; style-src 'unsafe-inline'/);
    assert.match(shown, /name="viewport" content="width=device-width/);
    assert.match(shown, /prefers-color-scheme: dark/);
    const summaries = elements.filter(({ name }) => name === "summary").map((one) => one.text);
    assert.ok(
      summaries.includes("k8s/prod/30-calcom-deployment.yaml changed, +2 −17 lines"),
      summaries.join("\n"),
    );
    assert.equal(elements.filter(({ name }) => name === "table").length, 2);
    assert.doesNotMatch(shown, /left out here|mermaid/);
  });

  it("has the failed stack first", () => {
    const shown = page([captured("update"), captured("failed")]);
    const at = (what: string): number =>
      elementsOf(shown).findIndex(({ name, text }) => name === "strong" && text.includes(what));
    assert.ok(at("failed: the preview failed") < at("update: look twice"));
    assert.match(shown, /<li><strong>failed<\/strong>.*\n<li><strong>update<\/strong>/);
  });

  it("marks lines and colours what is in them", () => {
    const spans = elementsOf(page([captured("update")])).filter(({ name }) => name === "span");
    const line = spans.find(({ attributes, text }) => attributes.class === "add" && text.includes("v6.2.0"));
    assert.equal(line?.text, "+        image: calcom/cal.com:v6.2.0");
    assert.ok(spans.some(({ attributes, text }) => attributes.class === "hljs-attr" && text === "image:"));
    assert.ok(
      spans.some(({ attributes, text }) => attributes.class === "head" && text.startsWith("--- k8s/")),
    );
    assert.ok(
      spans.some(
        ({ attributes, text }) => attributes.class === "del" && text === "- PRUNE  Service calcom/calcom-lb",
      ),
    );
  });

  it("lists the waves, and what is new in them", () => {
    const state = (...names: readonly string[]) => ({
      inputs: {
        kustomizations: names.map((name, index) => ({
          name,
          dependsOn: names.slice(0, index).map((one) => ({ name: one })),
        })),
      },
    });
    const urn = "urn:pulumi:prod::handoff::handoff:flux:FluxHandoff$handoff:flux:FluxReady::handoff-ready";
    const steps = [{ op: "update", urn, oldState: state("a", "gone"), newState: state("a", "b") }];
    const shown = page([parsePreview("prod", { stdout: JSON.stringify({ steps }), stderr: "", status: 0 })]);
    const items = elementsOf(shown)
      .filter(({ name }) => name === "li")
      .map((one) => one.text);
    assert.deepEqual(items.slice(-2), ["a", "b (new)"]);
    assert.match(shown, /<strong>goes<\/strong>: <code>gone<\/code>/);
  });

  it("shows a text of others as it is", async () => {
    const hostile = "</code></pre></details><script>x</script><img src=x>";
    const preview = await previewOf({
      before: { files: base },
      after: { files: { ...base, "a.yaml": text(ingress(hostile)), "b.txt": hostile } },
    });
    const shown = page([preview, parsePreview("bad", { stdout: "", stderr: hostile, status: 1 })]);
    const elements = elementsOf(shown);
    assert.ok(!elements.some(({ name }) => name === "script" || name === "img"));
    assert.ok(elements.some(({ attributes, text }) => attributes.class === "add" && text === `+${hostile}`));
  });
});
