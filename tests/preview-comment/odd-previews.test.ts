import { strict as assert } from "node:assert";
import { comment } from "../../tools/preview-comment/comment";
import { fileDiff } from "../../tools/preview-comment/file-diff";
import { parsePreview } from "../../tools/preview-comment/preview";
import { previewOf } from "./scene";
import { base, text, workload } from "./shop";

const urn = (type: string, name: string): string => `urn:pulumi:prod::handoff::${type}::${name}`;
const PASSWORD = urn("random:index/randomPassword:RandomPassword", "p");
const preview = (parts: object, status = 0) =>
  parsePreview("prod", { stdout: JSON.stringify({ steps: [], ...parts }), stderr: "", status });
const log = (...events: readonly object[]): string => events.map((one) => JSON.stringify(one)).join("\n");

describe("steps of a preview", () => {
  const step = (op: string) => ({ op, urn: PASSWORD, newState: { custom: true, inputs: { length: 1 } } });

  it("that only look at something are no change", () => {
    const shown = comment([preview({ steps: ["read", "refresh", "discard"].map(step) })]);
    assert.match(shown, /- no change: `prod`/);
    assert.doesNotMatch(shown, /details/);
  });

  it("are counted on top, whatever they are", () => {
    const shown = comment([
      preview({ steps: [step("import"), { ...step("mend"), urn: urn("a:b:C", "x") }] }),
    ]);
    assert.match(shown, /\*\*prod\*\*: resources: 1 to import, 1 to mend\n/);
  });

  it("say what stays where it is when it leaves the stack, in the document as in the event log", () => {
    const old = { custom: true, retainOnDelete: true, inputs: { name: "kv" } };
    const vault = urn("azure-native:keyvault:Vault", "kv");
    const document = JSON.stringify({ steps: [{ op: "delete", urn: vault, oldState: old }] });
    const event = { resourcePreEvent: { metadata: { op: "delete", urn: vault, old } } };
    const events = log(event, { summaryEvent: {} });
    for (const stdout of [document, events])
      assert.match(
        comment([parsePreview("prod", { stdout, stderr: "", status: 0 })]),
        /^- delete azure-native:keyvault:Vault kv \(leaves the stack, and stays: retainOnDelete\)$/m,
      );
  });

  it("that are the halves of a replacement are told by it, in the event log as in the document", () => {
    const event = (op: string) => ({
      resourcePreEvent: {
        metadata: {
          ...{ op, urn: PASSWORD, keys: ["length"] },
          old: { custom: true, inputs: { length: 1 } },
          new: { custom: true, inputs: { length: 2 } },
        },
      },
    });
    const stdout = log(event("delete-replaced"), event("replace"), event("create-replacement"));
    const shown = comment([parsePreview("prod", { stdout, stderr: "", status: 0 })]);
    assert.match(shown, /Resources of <b>prod<\/b>: 1</);
    assert.equal(shown.match(/- length: 1/g)?.length, 1);
  });
});

describe("what policies say of a preview", () => {
  const policy = (enforcementLevel: string, message: string) => ({
    policyEvent: {
      ...{ resourceUrn: urn("a:b:C", "x"), message, color: "raw", policyName: "no-public" },
      ...{ policyPackName: "rules", policyPackVersion: "1", enforcementLevel },
    },
  });
  const lines = log(policy("mandatory", "<{%fg 1%}>not public<{%reset%}>\n"), policy("warning", "name it"));

  it("is why it failed, from the event log, and from beside the document, which leaves it out", () => {
    const document = { stdout: '{"steps": []}', stderr: "", status: 255, policies: lines };
    for (const output of [document, { stdout: lines, stderr: "", status: 255 }]) {
      const shown = comment([parsePreview("prod", output)]);
      assert.match(
        shown,
        /the preview failed\*\*\n\n```\na:b:C \(x\):\nno-public of rules \(mandatory\): not public\n```/,
      );
      assert.match(shown, /warnings\*\*\n\n```\na:b:C \(x\):\nno-public of rules \(warning\): name it\n```/);
    }
  });
});

describe("an enormous line", () => {
  const enormous = `the API says: ${"x".repeat(200_000)} the end`;

  it("of a fault leaves its beginning and end to be read", () => {
    const shown = comment([preview({ diagnostics: [{ severity: "error", message: enormous }] }, 1)]);
    assert.match(shown, /```\nthe API says: x+… 1\d\d,\d{3} characters …x+ the end\n```/);
  });

  it("leaves the lines beside it", () => {
    const message = `first\n${enormous}\nlast`;
    const shown = comment([preview({ diagnostics: [{ severity: "error", message }] }, 1)], { limit: 3000 });
    assert.match(
      shown,
      /```\nfirst\nthe API says: .*… the end\nlast\n```|```\nfirst\nthe API.* the end\nlast\n```/,
    );
    assert.ok(shown.length <= 3000);
  });

  it("is cut between characters, not within one", () => {
    const smiles = (last: string): string =>
      `${"😀".repeat(300)}${last}${"😀".repeat(299)}x${"😀".repeat(300)}\n`;
    const { lines } = fileDiff("a", smiles("1"), smiles("2"));
    for (const limit of [1001, 1002, 1003, 1004]) {
      const message = `${"😀".repeat(5000)} `;
      const shown = comment([preview({ diagnostics: [{ severity: "error", message }] }, 1)], { limit });
      assert.doesNotMatch(`${shown}${lines.join("\n")}`, /\p{Cs}|‹U\+D/u);
    }
  });
});

describe("a file that moves and changes", () => {
  const files = (texts: Readonly<Record<string, string>>) => ({ files: { ...base, ...texts } });
  const web = (image: string) => text(workload("Deployment", "web", image));

  it("is shown by what changes in it, as git shows it", async () => {
    const shown = comment([
      await previewOf({
        before: files({ "apps/web.yaml": web("web:1"), "apps/db.yaml": web("db:1") }),
        after: files({ "prod/web.yaml": web("web:2"), "prod/db.yaml": web("db:2") }),
      }),
    ]);
    assert.match(
      shown,
      /<code>apps\/web\.yaml<\/code> → <code>prod\/web\.yaml<\/code> moved and changed, \+1 −1 lines/,
    );
    assert.match(shown, /--- apps\/db\.yaml\n\+\+\+ prod\/db\.yaml\n@@/);
    assert.match(shown, /\n- {10}image: web:1\n\+ {10}image: web:2\n/);
    assert.doesNotMatch(shown, /\/dev\/null/);
  });

  it("is two where little of it stays", async () => {
    const shown = comment([
      await previewOf({
        before: files({ "apps/web.yaml": web("web:1") }),
        after: files({ "prod/other.yaml": "another: text\n".repeat(20) }),
      }),
    ]);
    assert.doesNotMatch(shown, /moved and/);
    assert.match(shown, /apps\/web\.yaml<\/code> <b>removed<\/b>/);
  });
});

describe("previews of several stacks", () => {
  const from = async (stack: string, files: Readonly<Record<string, string>>) => ({
    ...(await previewOf({ theirs: base, after: { files } })),
    stack,
  });

  it("tell first what two of them would write otherwise, since no preview knows of another's", async () => {
    const web = (image: string) => text(workload("Deployment", "web", image));
    const equal = { "apps/base.yaml": web("equal:1") };
    const one = await from("prod", { ...equal, "apps/web.yaml": web("web:1") });
    const other = await from("staging", { ...equal, "apps/web.yaml": web("web:2") });
    const shown = comment([one, other]);
    const list =
      "- `apps/web.yaml` in `main` of `ssh://git@git.example.com/your-org/flux-config.git`: `prod`, `staging`";
    assert.ok(shown.includes(`the \`up\` that comes second stops there.`));
    assert.ok(
      shown.indexOf(list) > 0 && shown.indexOf(list) < shown.indexOf("### prod"),
      shown.slice(0, 2000),
    );
    assert.doesNotMatch(shown, /- `apps\/base\.yaml` in/);
    assert.doesNotMatch(comment([one]), /comes second/);
    assert.doesNotMatch(comment([one, { ...one, stack: "staging" }]), /comes second/);
  });

  it("are told of two hundred, those without a change in one line", async () => {
    const one = await from("prod", { "apps/web.yaml": "a: b\n" });
    const many = Array.from({ length: 200 }, (_, index) => ({ ...one, stack: `stack-${String(index)}` }));
    const none = Array.from({ length: 200 }, (_, index) => ({
      ...preview({}),
      stack: `same-${String(index)}`,
    }));
    const shown = comment([...many, ...none]);
    assert.ok(shown.length <= 65_536);
    for (const { stack } of many) assert.ok(shown.includes(`- **${stack}**: 1 file in 1 repository`), stack);
    assert.match(shown, /^- no change: `same-0`, .*`same-199`$/m);
  });
});
