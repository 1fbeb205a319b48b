import { strict as assert } from "node:assert";
import { blobId } from "../../provider/git/branch";
import { readFolder, type Reading } from "../../provider/git/build/reading";
import { kustomizeBuild } from "../../provider/kubernetes/kustomize";
import { nameOf } from "../../provider/live/objects";
import { KUSTOMIZATIONS } from "./kustomizations";
import { slow } from "../slow";

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

  slow("as kustomize itself does", async function () {
    for (const [name, [files, expected]] of Object.entries(KUSTOMIZATIONS)) {
      const built = await kustomizeBuild(files, "");
      if ("unknown" in built) {
        console.log("      not compared: there is no kubectl");
        this.skip();
      }
      if (expected instanceof RegExp) assert.ok("fault" in built, name);
      else {
        assert.ok("objects" in built, name);
        assert.deepEqual(built.objects.map(nameOf).sort(), expected, name);
      }
    }
  });
});
