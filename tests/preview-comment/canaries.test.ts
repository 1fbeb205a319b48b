import { strict as assert } from "node:assert";
import { withoutSecretValues } from "../../provider/live/secret-values";
import { mask } from "../../provider/http/mask";
import { comment } from "../../tools/preview-comment/comment";
import { page } from "../../tools/preview-comment/page";
import { parsePreview } from "../../tools/preview-comment/preview";
import { jsonReport } from "../../tools/preview-comment/report";
import { previewOf } from "./scene";
import { text } from "./shop";

const CANARY = "canary-4711-yellow";
const encoded = Buffer.from(CANARY).toString("base64");

const secret = (values: Readonly<Record<string, string>>) =>
  text({ apiVersion: "v1", kind: "Secret", metadata: { name: "db", namespace: "shop" }, ...values });

describe("a secret in a preview", () => {
  it("isn't shown, wherever in a repository it stands", async () => {
    const list = (end: string) => `# ${CANARY}\nresources:\n- theirs # ${CANARY}\n${end}`;
    const preview = await previewOf({
      theirs: { "kustomization.yaml": list("") },
      before: { files: { "a.yaml": `a: ${CANARY}\n`, [`${CANARY}.yaml`]: "b: 1\n" } },
      since: [[{ "theirs.yaml": "a: 1\n" }, `Say ${CANARY}`]],
      after: {
        files: { "a.yaml": `a: ${CANARY}\nb: ${encoded}\n`, [`${CANARY}.yaml`]: "b: 2\n" },
        edits: { "kustomization.yaml": [{ list: ["resources"], entry: `./${CANARY}` }] },
      },
      mask: (shown) => mask(shown, [CANARY]),
    });
    preview.steps.forEach((step) => Object.assign(step, { oldState: undefined, newState: undefined }));
    for (const shown of [comment([preview]), page([preview]), jsonReport([preview])]) {
      assert.ok(shown.includes("[secret]"));
      assert.ok(!shown.includes(CANARY) && !shown.includes(encoded), shown);
    }
  });

  it("isn't shown in a Secret that somebody has in git, which nobody knows to be one", async () => {
    const preview = await previewOf({
      before: { files: { "db.yaml": secret({}) } },
      since: [[{ "db.yaml": secret({ stringData: { password: CANARY } } as never) }, "By hand"]],
      after: {
        files: { "db.yaml": text({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "db" } }) },
        adopt: true,
      },
    });
    const shown = comment([preview]);
    assert.ok(shown.includes("-  password: [secret]"), shown);
    assert.ok(!shown.includes(CANARY), shown);
  });

  it("is told apart from another one without being shown", () => {
    const values = (one: string, other: string) =>
      secret({ data: { one, other }, stringData: { "a.txt": `${one}\nx\n` } } as never);
    const { before, after } = withoutSecretValues(values("MQ==", CANARY), values("MQ==", encoded));
    assert.equal(
      before,
      values("[secret]", "[secret]")
        .replace(/\|\n.*\n.*\n/, "[secret]\n")
        .replaceAll('"', ""),
    );
    assert.match(after ?? "", /one: \[secret\]\n  other: \[another secret\]\n/);
  });

  it("stays the engine's `[secret]`, in the document and in the event log", () => {
    const mark = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: CANARY,
    };
    const urn = "urn:pulumi:prod::handoff::azure-native:keyvault:Secret::one";
    const metadata = {
      op: "update",
      urn,
      old: { custom: true, inputs: { value: mark, a: 1 } },
      new: { custom: true, inputs: { value: mark, a: 2 } },
    };
    const stdout = [{ resourcePreEvent: { metadata } }, { summaryEvent: { resourceChanges: { update: 1 } } }]
      .map((one) => JSON.stringify(one))
      .join("\n");
    const shown = comment([parsePreview("prod", { stdout, stderr: "", status: 0 })]);
    assert.ok(shown.includes("- a: 1\n+ a: 2") && !shown.includes(CANARY), shown);
  });
});
