import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assertGolden } from "../golden";
import { crdTypes } from "../../tools/generate/crd-types";

const crds = readFileSync(join(__dirname, "..", "fixtures", "crds.yaml"), "utf8");

describe("types of CRDs", () => {
  it("are documented, read-only, and of the version that is stored", async () => {
    const files = await crdTypes([crds], "Flux v9.9.9");
    // As texts, so that no tool takes them for the project's code.
    const texts = Object.entries(files).map(([name, text]) => [`${name}.txt`, text] as const);
    assertGolden(join(__dirname, "golden", "crd-types"), Object.fromEntries(texts));
  });

  it("are the same from one file or several, with other objects between", async () => {
    const [first = "", second = "", ...rest] = crds.split(/^---\n/m);
    assert.equal(rest.length, 0);
    const namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n---\n";
    assert.deepEqual(
      await crdTypes([second, "", namespace + first], "Flux v9.9.9"),
      await crdTypes([crds], "Flux v9.9.9"),
    );
  });

  it("refuses a CRD without a spec", async () => {
    const bare = crds.replaceAll("            spec:", "            specification:");
    await assert.rejects(
      crdTypes([bare], "Flux v9.9.9"),
      /^Error: The CRD of \w+ \(example\.com\) has no spec/,
    );
  });
});
