import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { comment, COMMENT_LIMIT, MARKER } from "../../tools/preview-comment/comment";
import { parsePreview, type StackPreview } from "../../tools/preview-comment/preview";
import { allot, shorten } from "../../tools/preview-comment/shorten";
import { assertGolden } from "../golden";

/** What `pulumi preview --json` wrote in the sandbox, without what the comment doesn't read. */
function captured(name: string, stack = name): StackPreview {
  const stdout = readFileSync(join(__dirname, "fixtures", `${name}.json`), "utf8");
  return parsePreview(stack, { stdout, stderr: "", status: name === "failed" ? 1 : 0 });
}

const options = { commit: "0123abc", runUrl: "https://github.example/your-org/infra/actions/runs/1" };

describe("the preview's comment", () => {
  it("shows what real previews say, byte for byte", () => {
    const all = ["create", "update", "replace", "delete", "same", "failed"];
    assertGolden(join(__dirname, "golden", "captured"), {
      ...Object.fromEntries(all.map((name) => [`${name}.md`, comment([captured(name, "prod")], options)])),
      "several.md": comment(
        [captured("update", "prod"), captured("same", "homelab"), captured("failed", "apps")],
        options,
      ),
    });
  });

  it("starts with the marker, and has the summary before any diff", () => {
    const text = comment([captured("create"), captured("update")], options);
    assert(text.startsWith(MARKER));
    const line =
      "- **update**: 1 file in 1 repository · objects: 1 changed, **1 pruned** · 1 image · resources:";
    assert(text.includes(line) && text.indexOf(line) < text.indexOf("```diff"), text.slice(0, 2000));
  });

  it("draws the order where a preview changes it, and lists it where a drawing would be too large", () => {
    const step = (op: string, before: number, after: number): string => {
      const state = (count: number) => ({
        inputs: {
          kustomizations: Array.from({ length: count }, (_, index) => ({
            name: `app-${index}`,
            dependsOn: [{ name: index === 0 ? "theirs" : "app-0" }],
          })),
        },
      });
      const urn = "urn:pulumi:prod::handoff::handoff:flux:FluxHandoff$handoff:flux:FluxReady::handoff-ready";
      return JSON.stringify({ steps: [{ op, urn, oldState: state(before), newState: state(after) }] });
    };
    const shown = (stdout: string): string =>
      comment([parsePreview("prod", { stdout, stderr: "", status: 0 })]);
    assert.match(
      shown(step("update", 1, 2)),
      /<b>prod<\/b>: 2 Kustomizations in 2 waves.*```mermaid\ngraph TD\n.*k_app_0 --> k_app_1\n  classDef added \S+\n  class k_app_1 added\n```/s,
    );
    assert.doesNotMatch(shown(step("update", 2, 2)), /waves/);
    assert.match(
      shown(step("update", 2, 100)),
      /1\. 1: app-0…\n2\. 99: app-1, app-10, app-11, app-12, app-13…/,
    );
  });

  it("shows what a preview said that ended without a document", () => {
    const failed = parsePreview("prod", {
      stdout: "",
      stderr: "error: no stack named 'prod' found\n",
      status: 255,
    });
    assert.match(
      comment([failed]),
      /- \*\*prod\*\*: \*\*the preview failed\*\*\n.*```\nerror: no stack named 'prod' found\n```/s,
    );
    const silent = parsePreview("prod", { stdout: "", stderr: "", status: 137 });
    assert.match(comment([silent]), /ended with status 137 and said nothing/);
    assert.match(comment([parsePreview("prod", undefined)]), /The preview didn't run/);
  });

  it("takes a document with a failed status and no error for a failure", () => {
    const preview = parsePreview("prod", { stdout: '{"steps":[]}', stderr: "killed", status: 1 });
    assert.deepEqual(preview.errors, [{ text: "killed" }]);
  });

  it("shows warnings once", () => {
    const diagnostic = { message: "Flux doesn't run in the cluster\n", severity: "warning" };
    const stdout = JSON.stringify({ steps: [], diagnostics: [diagnostic, diagnostic] });
    const text = comment([parsePreview("prod", { stdout, stderr: "", status: 0 })]);
    assert.equal(text.split("Flux doesn't run").length, 2);
    assert.match(text, /\*\*prod: warnings\*\*/);
  });

  it("keeps a text with a fence of its own from ending the block", () => {
    const stdout = JSON.stringify({ diagnostics: [{ message: "see ````x````", severity: "error" }] });
    const text = comment([parsePreview("prod", { stdout, stderr: "", status: 1 })]);
    assert(text.includes("\n`````\nsee ````x````\n`````"));
  });
});

describe("shortening", () => {
  const long = (stack: string, lines: number): StackPreview => {
    const file = (end: string) => Array.from({ length: lines }, (_, i) => `line ${i} ${end}\n`).join("");
    const urn = "urn:pulumi:prod::handoff::handoff:git:GitCommit::commit";
    const state = (end: string) => ({ custom: true, inputs: { files: { "a.yaml": file(end) } } });
    const steps = [{ op: "update", urn, oldState: state("old"), newState: state("new") }];
    return parsePreview(stack, { stdout: JSON.stringify({ steps }), stderr: "", status: 0 });
  };

  it("cuts the middle out of the long ones, says so, and stays within GitHub's limit", () => {
    const text = comment([long("big", 9000), long("huge", 20000), captured("update", "small")], options);
    assert(text.length <= COMMENT_LIMIT, `${text.length}`);
    assert.match(text, /^# … \d+ of \d+ lines are left out here …$/m);
    assert(text.includes("-        image: calcom/cal.com:v6.1.3"), "the short one is whole");
    assert(
      text.includes(
        `**Shortened**, since the host takes no longer comment; [the run](${options.runUrl}) has all of it.`,
      ),
    );
    assert(!comment([captured("update")], options).includes("Shortened"));
  });

  it("leaves out the least important first, and the lines on top never", () => {
    const previews = [captured("create"), captured("failed"), captured("update")];
    const whole = comment(previews, options);
    const at = (limit: number): string => comment(previews, { ...options, limit });
    const order = [
      ["Resources of <b>create</b>", "+keepers"],
      ["```diff\n--- /dev/null", "+++ k8s/prod"],
      ["+ create Deployment calcom/calcom"],
      ["| – | `postgres:16.4-alpine` |"],
      ["- **host-public**"],
      ["handoff:flux.interval: found 60"],
    ].map(([first = ""]) => first);
    for (const part of order) assert(whole.includes(part), part);
    let left = order;
    for (let limit = whole.length; limit >= 1000; limit -= 1500) {
      const text = at(limit);
      assert(text.length <= limit);
      assert(text.includes("- **create**: 47 files in 2 repositories"), "the line of a stack");
      left = order.filter((part) => text.includes(part));
      // What is there is the end of the order.
      assert.deepEqual(left, order.slice(order.length - left.length), `at ${limit}`);
    }
    assert.equal(left.length < order.length, true);
  });

  it("never exceeds the limit, whatever the limit", () => {
    for (const limit of [900, 2000, 2500, 3000, 5000]) {
      const text = comment([long("big", 300), captured("failed"), captured("create")], { ...options, limit });
      assert(text.length <= limit, `${text.length} > ${limit}`);
    }
  });

  it("shares what there is: short texts whole, the rest among the long", () => {
    assert.deepEqual(allot([10, 100, 1000], 310), [10, 100, 200]);
    assert.deepEqual(allot([500, 10, 500], 210), [100, 10, 100]);
    assert.deepEqual(allot([5, 5], -1), [0, 0]);
  });

  it("keeps whole lines of both ends", () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
    const short = shorten(lines.join("\n"), 200).split("\n");
    assert(short.join("\n").length <= 200);
    assert.equal(short[0], "line 0");
    assert.equal(short.at(-1), "line 99");
    assert(short.every((line) => lines.includes(line) || /^# … \d+ of 100 lines are left out/.test(line)));
    assert.equal(shorten("short", 10), "short");
  });
});
