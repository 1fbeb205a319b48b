import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { parse } from "yaml";
import { apps } from "../../stacks/apps";
import { parseSettings } from "../../stacks/settings";
import { configuration, type Document, fixtures, merge, readFixture } from "./fixture";

function faultsOf(document: unknown): string[] {
  const { raw, env } = configuration(document as Document);
  try {
    parseSettings(raw, { ...env, stack: "apps" }, ["apps"], apps);
  } catch (error) {
    assert.ok(error instanceof RunError, String(error));
    return error.message.split("\n");
  }
  return [];
}

describe("settings of the apps", () => {
  const minimal = readFixture("apps", "minimal.yaml").document;

  it("take the smallest stack", () => {
    assert.deepEqual(faultsOf(minimal), []);
  });

  it("take Pulumi.apps.yaml as it stands, but for the keys that it only names", () => {
    const text = readFileSync(join(__dirname, "..", "..", "Pulumi.apps.yaml"), "utf8");
    const faults = faultsOf(parse(text)).slice(1);
    assert.ok(faults.length > 0);
    for (const fault of faults) assert.match(fault, /FLUX_DEPLOY_KEY|GIT_KNOWN_HOSTS/);
  });

  // Each is a patch of the smallest stack with one fault; its first line is the message.
  for (const name of fixtures("apps/invalid")) {
    it(`refuse ${name}`, () => {
      const { text, document } = readFixture("apps/invalid", name);
      const [head, ...faults] = faultsOf(merge(minimal, document));
      assert.equal(head, "Pulumi.apps.yaml has 1 fault:");
      assert.deepEqual(faults, [`  ${text.split("\n")[0]!.replace(/^# /, "")}`]);
      assert.doesNotMatch(faults.join("\n"), /canary/);
    });
  }
});
