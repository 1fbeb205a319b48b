/** The modules for tofu-controller, by the parser that OpenTofu has. The types of providers' resources are beyond it. */
import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { cachedCommand, obtain } from "../../tools/sandbox/obtain";
import { parts } from "../../tools/sandbox/parts";
import { rendered } from "../catalog/apps";

const modules = Object.entries(rendered()).filter(([file]) => file.endsWith(".tf"));

describe("HCL", () => {
  let hclfmt = "";
  before(async () => {
    await obtain(parts.filter(({ name }) => name === "hclfmt"));
    hclfmt = cachedCommand(parts, "hclfmt") ?? "";
  });
  const format = (text: string) => spawnSync(hclfmt, ["-check"], { input: text, encoding: "utf8" });

  it("is looked at", () => {
    assert.ok(modules.length > 10);
    assert.notEqual(format('variable "a" {').status, 0);
    assert.notEqual(format("a=1\n").stdout, "a=1\n");
  });

  for (const [file, text] of modules) {
    it(`of ${file} can be read, and is formatted`, () => {
      const { status, stdout, stderr } = format(text);
      assert.equal(status, 0, stderr);
      assert.equal(stdout, text);
    });
  }
});
