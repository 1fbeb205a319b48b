import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { blobId } from "../../provider/git/branch";
import { objectsIn } from "../../provider/git/build/objects";
import { readFolder, type Reading } from "../../provider/git/build/reading";
import { KUSTOMIZATIONS } from "./kustomizations";

function read(files: Readonly<Record<string, string>>): Reading {
  const texts = new Map(Object.values(files).map((text) => [blobId(Buffer.from(text)), text]));
  const tree = new Map(
    Object.entries(files).map(([path, text]) => [path, { mode: "100644", oid: blobId(Buffer.from(text)) }]),
  );
  const found = {
    tree,
    text: (oid: string) => texts.get(oid),
    unknown: new Set<string>(),
    ignored: () => false,
  };
  const missing = new Set<string>();
  const reading = readFolder(
    "",
    { ...found, written: new Set(tree.keys()) },
    { lists: new Map(), objects: new Map() },
    missing,
  );
  assert.deepEqual([...missing], []);
  return reading;
}

/** What kustomize builds; undefined when it refuses. */
function kustomized(files: Readonly<Record<string, string>>): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const args = ["kustomize", "--load-restrictor", "LoadRestrictionsNone", folder];
    return execFileSync("kubectl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw error;
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a folder is read as kustomize builds it", () => {
  for (const [name, [files, expected]] of Object.entries(KUSTOMIZATIONS)) {
    it(`with ${name}`, () => {
      const { objects, faults } = read(files);
      const words = [...faults.values()].join("\n");
      if (expected instanceof RegExp) assert.match(words, expected);
      else {
        assert.equal(words, "");
        assert.deepEqual([...objects.values()].map(({ label }) => label).sort(), expected);
      }
    });
  }

  it("as kustomize itself does", function () {
    this.timeout(120_000);
    for (const [name, [files, expected]] of Object.entries(KUSTOMIZATIONS)) {
      try {
        const built = kustomized(files);
        if (expected instanceof RegExp) assert.equal(built, undefined, name);
        else {
          assert.notEqual(built, undefined, name);
          const objects = objectsIn(built ?? "");
          const labels =
            typeof objects === "string"
              ? objects
              : objects
                  .map(
                    ({ kind, namespace, name: own }) =>
                      `${kind} ${namespace === "" ? "" : `${namespace}/`}${own}`,
                  )
                  .sort();
          assert.deepEqual(labels, expected, name);
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        console.log("      not compared: there is no kubectl");
        this.skip();
      }
    }
  });
});
