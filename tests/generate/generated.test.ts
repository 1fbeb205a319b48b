import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outdated, write } from "../../tools/generate/generated";
import { ofEveryController, pinnedRelease } from "../../tools/generate/crd-source";
import { setFolder } from "../../tools/sandbox/go-build";

describe("generated files", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "handoff-test-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("are current only when each is there, as made, and no other", () => {
    const wanted = { "a.ts": "a\n", "b.ts": "b\n", "c.ts": "c\n" };
    write(folder, wanted);
    assert.deepEqual(outdated(folder, wanted), []);
    writeFileSync(join(folder, "a.ts"), "a \n");
    rmSync(join(folder, "b.ts"));
    writeFileSync(join(folder, "d.ts"), "d\n");
    assert.deepEqual(outdated(folder, wanted), [
      `${join(folder, "a.ts")} is outdated`,
      `${join(folder, "b.ts")} is missing`,
      `${join(folder, "d.ts")} is no longer made`,
    ]);
    write(folder, wanted);
    assert.deepEqual(outdated(folder, wanted), []);
  });

  it("are all missing from a folder that isn't there", () => {
    const gone = join(folder, "gone");
    assert.deepEqual(outdated(gone, { "a.ts": "a\n" }), [`${join(gone, "a.ts")} is missing`]);
  });
});

describe("the CRDs to generate from", () => {
  it("are those of every controller, or none", () => {
    assert.throws(
      () => ofEveryController({ "source-controller.yaml": "", "rbac.yaml": "" }, "Flux v9.9.9"),
      new Error(
        "Flux v9.9.9 has no manifests of kustomize-controller, helm-controller, notification-controller, " +
          "image-reflector-controller, image-automation-controller, source-watcher.",
      ),
    );
  });

  it("are of one release, from wherever they come", () => {
    const modules = readFileSync(join(setFolder("flux-manifests"), "go.mod"), "utf8");
    assert.match(modules, new RegExp(`^\\tgithub.com/fluxcd/flux2/v2 ${pinnedRelease()}$`, "m"));
  });
});
