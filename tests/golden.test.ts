import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertGolden } from "./golden";

describe("assertGolden", () => {
  const environment = { CI: process.env.CI, UPDATE_GOLDEN: process.env.UPDATE_GOLDEN };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "golden-"));
    writeFileSync(join(folder, "a.yaml"), "a: 1\n");
    delete process.env.CI;
    delete process.env.UPDATE_GOLDEN;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  it("passes on equal files and fails on any difference", () => {
    assertGolden(folder, { "a.yaml": "a: 1\n" });
    assert.throws(() => {
      assertGolden(folder, { "a.yaml": "a: 2\n" });
    });
    assert.throws(() => {
      assertGolden(folder, {});
    });
    assert.throws(() => {
      assertGolden(folder, { "a.yaml": "a: 1\n", "b.yaml": "" });
    });
  });

  it("updates when told to, removing what is gone, and refuses in CI", () => {
    process.env.UPDATE_GOLDEN = "1";
    assertGolden(folder, { "b/c.yaml": "c: 1\n" });
    assert(!existsSync(join(folder, "a.yaml")));
    delete process.env.UPDATE_GOLDEN;
    assertGolden(folder, { "b/c.yaml": "c: 1\n" });
    process.env.UPDATE_GOLDEN = "1";
    process.env.CI = "true";
    assert.throws(() => {
      assertGolden(folder, {});
    }, /UPDATE_GOLDEN is set in CI/);
    assert(existsSync(join(folder, "b/c.yaml")));
  });
});
