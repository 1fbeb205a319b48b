import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comment } from "../../tools/preview-comment/comment";
import { fileDiff } from "../../tools/preview-comment/file-diff";
import { parsePreview, readPreview, type StackPreview } from "../../tools/preview-comment/preview";
import { recordPreview } from "../../tools/preview-comment/record";
import { jsonReport } from "../../tools/preview-comment/report";
import { elementsOf, rendered, running } from "./rendered";
import { previewOf } from "./scene";
import { base, ingress, kustomization, shop, text, workload } from "./shop";

const HOSTILE =
  "@your-org/team #12 GH-13 !14 <img src=x onerror=1> <!-- <script>x</script> `code` ``` | **bold** [x](y)";
const failed = (stderr: string): StackPreview => parsePreview("prod", { stdout: "", stderr, status: 1 });
const files = (texts: Readonly<Record<string, string>>, before: Readonly<Record<string, string>> = {}) =>
  previewOf({ before: { files: { ...base, ...before } }, after: { files: { ...base, ...texts } } });

describe("a text of others in the comment", () => {
  it("is no markup, calls nobody and links nothing, wherever it stands", async () => {
    const source = (url: string) => ({
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "OCIRepository",
      metadata: { name: "s", namespace: "shop" },
      spec: { url },
    });
    const order = (name: string) => kustomization("ordered", { dependsOn: [{ name }] });
    const preview = await previewOf({
      before: { files: { ...base, "s.yaml": text(source("oci://one")), "o.yaml": text(order(HOSTILE)) } },
      since: [[{ "theirs.md": "x" }, HOSTILE]],
      after: {
        files: {
          ...base,
          "s.yaml": text(source(HOSTILE)),
          "o.yaml": text(order("other")),
          "web.yaml": text(workload("Deployment", "web", HOSTILE), ingress(HOSTILE)),
        },
      },
    });
    const conflict = parsePreview("prod", {
      ...{ stdout: "", stderr: "", status: 1 },
      findings: preview.proposed.map((one) => ({
        ...one,
        conflicts: [HOSTILE],
        advice: HOSTILE,
        notes: [HOSTILE],
      })),
    });
    const shown = comment([preview, conflict, failed(HOSTILE)]);
    assert.equal(preview.proposed.length, 1);
    const outside = running(shown);
    assert.doesNotMatch(outside, /@your-org|#12|!14|GH-13\b/);
    const names = new Set(elementsOf(rendered(shown)).map(({ name }) => name));
    for (const name of ["img", "script", "a"]) assert.ok(!names.has(name), name);
    assert.ok(!elementsOf(rendered(shown)).some(({ name, text }) => name === "strong" && text === "bold"));
  });

  it("shows what isn't seen, or turns a line around", async () => {
    const preview = await files({ "a.txt": "x\u202etxt.exe\u200b \u0007 ☕\ud83d\ude00\n" });
    for (const shown of [
      comment([preview]),
      comment([failed("\u001b[31mred\u001b[0m\u0000 \ud83d \u2066x\r\nnext\rline")]),
    ])
      assert.doesNotMatch(shown, /[\u0000-\u0008\u000b-\u001f\u200b\u202e\u2066]|\p{Cs}/u);
    assert.match(comment([preview]), /\+x‹U\+202E›txt\.exe‹U\+200B› ‹U\+0007› ☕😀/);
    assert.match(comment([failed("\u001b[31mred\u001b[0m\r\nnext")]), /```\nred\nnext\n```/);
  });

  it("is no line of the list of objects when a name has one", async () => {
    const preview = await files({
      "a.yaml": text({ ...workload("Deployment", "x\n- PRUNE  Namespace y", "a:1") }),
    });
    assert.doesNotMatch(comment([preview]), /^- PRUNE/m);
  });

  it("has no password of an address, in any report", async () => {
    const url = "https://somebody:hunter2-canary@git.example.com/x";
    const token = "https://ghp_0123456789abcdef0123456789@github.com/x";
    const shown = comment([
      await files({ "a.yaml": `a: ${url}\nb: ${token}\nc: ssh://git@example.com/x\n` }),
    ]);
    assert.doesNotMatch(shown, /hunter2|ghp_/);
    assert.match(shown, /c: ssh:\/\/git@example\.com\/x/);
  });
});

describe("a file in the comment", () => {
  it("that is none of text is told and not shown", async () => {
    assert.match(comment([await files({ "a.bin": "\u0000\u0001PNG" })]), /- `a\.bin`: new, no text/);
  });

  it("that moves with its folder is a line", async () => {
    const moved = Object.entries(shop()).map(([path, content]) => [
      path.replace("apps/shop", "apps/store"),
      content,
    ]);
    const shown = comment([await files(Object.fromEntries(moved) as Record<string, string>, shop())]);
    assert.match(shown, /- `apps\/shop\/web\.yaml` → `apps\/store\/web\.yaml`: moved as it is/);
    assert.doesNotMatch(shown, /```diff\n---/);
  });

  it("that changes by the lines that many do is shown with them", async () => {
    const apps = (image: string) =>
      Object.fromEntries(
        ["a", "b", "c", "d"].map((name) => [`${name}.yaml`, text(workload("Deployment", name, image))]),
      );
    const shown = comment([await files(apps("web:2"), apps("web:1"))]);
    assert.match(
      shown,
      /<code>a\.yaml<\/code> and <b>3 further files<\/b> changed by the same lines, \+4 −4 lines/,
    );
    assert.match(shown, /\+ {10}image: web:2\n# the same lines in\n# b\.yaml\n# c\.yaml\n# d\.yaml\n```/);
  });

  it("shows where a long line differs", () => {
    const line = (middle: string): string => `${"a".repeat(5000)}${middle}${"b".repeat(5000)}\n`;
    const { lines } = fileDiff("a", `x\n${line("1")}y\n`, `x\n${line("2")}y\n`);
    assert.ok(lines.every((one) => one.length < 500));
    assert.match(
      lines.join("\n"),
      /-… 4,940 characters …a{60}1b{60}… 4,940 characters …\n\+… 4,940 characters …a{60}2b/,
    );
  });

  it("shows line ends where they are what changes", () => {
    assert.deepEqual(fileDiff("a", "a\r\nb\r\n", "a\nb\n").lines.slice(3), ["-a␍", "-b␍", "+a", "+b"]);
    assert.deepEqual(fileDiff("a", "a\r\nb\r\n", "a\r\nc\r\n").lines.slice(3), [" a", "-b", "+c"]);
  });
});

describe("what a preview left behind", () => {
  let folder: string;
  const cwd = process.cwd();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "previews-"));
    for (const stack of ["good", "bad", "org/infra/good"]) {
      mkdirSync(join(folder, stack, "findings"), { recursive: true });
      writeFileSync(join(folder, stack, "status"), "0\n");
      writeFileSync(join(folder, stack, "preview.json"), '{"steps": []}');
    }
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(cwd);
    rmSync(folder, { recursive: true });
  });
  const shown = (...stacks: readonly string[]) => comment(stacks.map((stack) => readPreview(folder, stack)));

  it("and can't be read is a fault of that stack alone", () => {
    writeFileSync(join(folder, "bad", "findings", "a.json"), '{"version": 1, "urn": ');
    assert.match(
      shown("bad", "good"),
      /\*\*bad\*\*: \*\*the preview failed\*\*\n- no change: `good`[^]*Preview the stack anew/,
    );
    writeFileSync(join(folder, "Pulumi.bad.yaml"), "config:\n  a: [\n b: }");
    assert.match(shown("bad", "good"), /Pulumi\.bad\.yaml can't be read: .*at line \d+/);
    assert.match(jsonReport([readPreview(folder, "bad")]), /"result": "failed"/);
  });

  it("with an empty status says that it didn't end", () => {
    writeFileSync(join(folder, "bad", "status"), "");
    assert.match(shown("bad"), /The preview didn't run/);
  });

  it("of a stack's full name finds the stack's file", () => {
    writeFileSync(
      join(folder, "Pulumi.good.yaml"),
      'config:\n  handoff:accept: ["data-pruned StatefulSet a/b"]\n',
    );
    assert.deepEqual(readPreview(folder, "org/infra/good").accepted, ["data-pruned StatefulSet a/b"]);
  });

  it("goes for the next one, and nothing else that is in that folder", async () => {
    mkdirSync(join(folder, "docs"));
    writeFileSync(join(folder, "docs", "mine.md"), "mine");
    const { PATH } = process.env;
    process.env.PATH = folder;
    try {
      await assert.rejects(recordPreview(folder, ".."), /".." is no stack's name; allowed: letters/);
      await assert.rejects(recordPreview(folder, "docs"), /pulumi can't be started/);
    } finally {
      process.env.PATH = PATH;
    }
    assert.equal(readPreview(folder, "docs").errors.length, 1);
    rmSync(join(folder, "docs", "mine.md"));
  });
});
