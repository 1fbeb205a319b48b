import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Files } from "../manifests/files";

/**
 * Compares a set of files with a folder, byte for byte and both ways: a missing or a surplus file fails too.
 *
 * After an intended change, `UPDATE_GOLDEN=1 npx mocha tests/<the test>` writes the folder anew; the change is then
 * reviewed as a diff. In CI that is refused, so that a failing golden can't pass by rewriting itself.
 */
export function assertGolden(folder: string, files: Files): void {
  if (process.env.UPDATE_GOLDEN === "1") {
    assert(!process.env.CI, "UPDATE_GOLDEN is set in CI: goldens are updated and reviewed by people.");
    rmSync(folder, { recursive: true, force: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return;
  }
  const expected = readFolder(folder);
  assert.deepEqual(Object.keys(files).sort(), Object.keys(expected).sort(), `files of ${folder}`);
  for (const [path, text] of Object.entries(files)) assert.equal(text, expected[path], join(folder, path));
}

/** The files below a folder, path → text; nothing when it doesn't exist. */
function readFolder(folder: string): Files {
  if (!existsSync(folder)) return {};
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((entry) => join(folder, entry))
    .filter((path) => statSync(path).isFile());
  return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path, "utf8")]));
}
