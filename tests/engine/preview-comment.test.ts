/** The comment of a preview under the real engine: a change against a repository that others have moved on. */
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { type HostedRepository, SIGN_IN, TestHost } from "../git/host";
import { comment } from "../../tools/preview-comment/comment";
import { readPreview } from "../../tools/preview-comment/preview";
import { isUnchanged } from "../../tools/preview-comment/summary";
import { type TestStack, useEngine } from "./stack";

const THEIRS = {
  "kustomization.yaml": "# theirs\nresources:\n- ./theirs # by hand\n",
  "theirs/a.yaml": "a: 1\n",
};
const EDITS = { "kustomization.yaml": [{ list: ["resources"], entry: "./apps" }] };
const main = path.resolve(__dirname, "../../tools/preview-comment/main.ts");

const deployment = (image: string): string =>
  [
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata: {name: web, namespace: shop}",
    "spec: {template: {spec: {containers: [",
    `  {name: web, image: ${image}},`,
    "  ]}}}",
    "",
  ].join("\n");

describe("the preview's comment under the engine", function () {
  this.timeout(300_000);
  let host: TestHost;
  let repository: HostedRepository;
  let stack: TestStack;
  const { password } = SIGN_IN.basic;
  const set = (image: string, edits = {}): Promise<void> =>
    stack.set([
      "handOffs",
      JSON.stringify({ one: { url: repository.url, files: { "apps/web.yaml": deployment(image) }, edits } }),
    ]);
  /** The comments by the document and by the event log. */
  const comments = async (name: string): Promise<readonly [string, string]> => {
    const folder = path.join(host.folder, name);
    await stack.preview(path.join(folder, "dev"));
    const printed = (): string =>
      execFileSync(process.execPath, ["--import", "tsx", main, folder, "dev"], { encoding: "utf8" });
    const byDocument = printed();
    assert.ok(fs.existsSync(path.join(folder, "dev", "findings")), byDocument);
    fs.rmSync(path.join(folder, "dev", "preview.json"));
    for (const file of fs.readdirSync(path.join(folder, "dev", "findings")))
      assert.ok(!fs.readFileSync(path.join(folder, "dev", "findings", file), "utf8").includes(password));
    return [byDocument, printed()];
  };

  useEngine(async (engine) => {
    host = await TestHost.start();
    engine.ends(() => {
      host.stop();
    });
    repository = host.add("shop", THEIRS);
    stack = await engine.stack("commits", {});
    await stack.pulumi("config", "set", "--secret", "password", password);
    await set("example.org/web:1.0");
    await stack.up();
  });

  it("finds drift in what others changed of ours, and none where they changed theirs", async () => {
    const drifted = async (name: string): Promise<string> => {
      const folder = path.join(host.folder, name);
      await stack.preview(path.join(folder, "dev"), "--refresh");
      const preview = readPreview(folder, "dev");
      return isUnchanged(preview) ? "" : comment([preview], { kind: "drift" });
    };
    assert.equal(await drifted("still"), "");
    repository.remote.commit({ "theirs/a.yaml": "a: 3\n" }, "Raise a");
    assert.equal(await drifted("theirs"), "");
    const ours = deployment("example.org/web:1.0");
    repository.remote.commit({ "apps/web.yaml": ours.replace("1.0", "hotfix") }, "Hotfix");
    const text = await drifted("ours");
    assert.match(text, /^- \*\*dev\*\*: 1 file in 1 repository/m);
    assert.ok(
      text.includes(
        "-  {name: web, image: example.org/web:hotfix},\n+  {name: web, image: example.org/web:1.0},",
      ),
      text,
    );
    repository.remote.commit({ "apps/web.yaml": ours }, "Take the hotfix back");
    assert.equal(await drifted("back"), "");
  });

  it("shows the diff against the head as it is now, names what others committed, and touches nothing", async () => {
    const theirs = repository.remote.commit({ "theirs/a.yaml": "a: 2\n" }, `Raise a, ${password}`);
    await set("example.org/web", EDITS);
    const [text, byEvents] = await comments("moved");
    assert.equal(byEvents, text);
    assert.ok(
      text.includes("- **dev**: 2 files in 1 repository · objects: 1 changed · 1 image · ⚠️ **1 danger**"),
      text,
    );
    assert.ok(text.includes("- **image-unpinned**"), text);
    assert.match(text, /\d commits? on `main` that the stack's state doesn't know:/);
    assert.ok(text.includes(`- \`${theirs.slice(0, 12)}\` \`Raise a, [secret]\` by \`Somebody\``), text);
    assert.ok(
      text.includes("-  {name: web, image: example.org/web:1.0},\n+  {name: web, image: example.org/web},"),
      text,
    );
    assert.ok(text.includes(" resources:\n - ./theirs # by hand\n+- ./apps\n"), text);
    assert.ok(text.includes("| `example.org/web:1.0` | `example.org/web` | `Deployment shop/web` |"), text);
    assert.ok(!text.includes(password));
    assert.equal(repository.remote.log()[0], "Raise a, [secret]".replace("[secret]", password));
  });

  it("shows a conflict with somebody's push where it is", async () => {
    repository.remote.commit({ "apps/web.yaml": deployment("example.org/web:by-hand") }, "Try another image");
    await set("example.org/web:2.0");
    const [text, byEvents] = await comments("conflict");
    assert.equal(byEvents, text);
    assert.ok(text.includes("- **dev**: **the preview failed, 1 conflict**"), text);
    assert.ok(text.includes("- apps/web.yaml: somebody else changed this file of ours\n\n```diff\n"), text);
    assert.ok(
      text.includes(
        "-  {name: web, image: example.org/web:by-hand},\n+  {name: web, image: example.org/web:2.0},",
      ),
    );
    assert.ok(text.includes("→ To put ours back run `pulumi refresh`"), text);
    assert.ok(text.includes("`Try another image` by `Somebody`"), text);
  });

  it("keeps nothing of it in the state", async () => {
    const state = await stack.pulumi("stack", "export");
    for (const word of ["forecast", "Raise a", "by-hand"]) assert.ok(!state.includes(word), word);
  });
});
