import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { kustomizeBuild, NO_KUBECTL } from "../../provider/kubernetes/kustomize";
import { APP, listing, object, ROOT, useRemotes } from "../git/build";
import { Hand } from "../git/remote";

describe("a build by kustomize", () => {
  const { PATH } = process.env;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
  });
  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  });
  /** A program of that name, which ends in other ways than kustomize does. */
  const kubectl = (script: string): void => {
    writeFileSync(join(folder, "kubectl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env.PATH = `${folder}:${PATH ?? ""}`;
  };
  const { remoteWith } = useRemotes();

  const ends: readonly [string, string, object][] = [
    ["objects", "echo 'kind: A'", { objects: [{ kind: "A" }] }],
    ["a fault in its words", "echo 'Error: no such file' >&2; exit 1", { fault: "Error: no such file" }],
    ["nothing, by a time limit", "exec sleep 20", { unknown: "`kubectl kustomize` took more than 1 s" }],
    [
      "nothing, as when there is no memory",
      "kill -9 $$",
      { unknown: "`kubectl kustomize` was ended, or couldn't be started" },
    ],
    ["more than is taken", "exec yes 'kind: A'", { unknown: "it is larger than 64 MB" }],
  ];
  for (const [name, script, expected] of ends)
    it(`gives ${name}`, async () => {
      kubectl(script);
      const seconds = name.includes("time limit") ? 1 : 60;
      assert.deepEqual(await kustomizeBuild({ "kustomization.yaml": "" }, "", seconds), expected);
    });

  it("leaves nothing behind", async () => {
    kubectl(`echo "$4" > '${join(folder, "where")}'`);
    await kustomizeBuild({ "a/kustomization.yaml": "" }, "a");
    const where = readFileSync(join(folder, "where"), "utf8").trim();
    assert.ok(where.startsWith(join(tmpdir(), "handoff-build-")), where);
    assert.equal(existsSync(dirname(where)), false);
  });

  it("gives nothing without kubectl", async () => {
    process.env.PATH = folder;
    assert.deepEqual(await kustomizeBuild({}, ""), { unknown: NO_KUBECTL });
  });

  it("that came to no verdict refuses no commit, and is said", async () => {
    kubectl("kill -9 $$");
    const remote = remoteWith({
      [`${ROOT}/kustomization.yaml`]: listing("theirs.yaml"),
      [`${ROOT}/theirs.yaml`]: object("ConfigMap", "theirs", "default"),
    });
    const hand = new Hand(remote.url);
    await hand.preview(APP);
    const words = `whether kustomize takes what ${ROOT}/ becomes isn't known here: \`kubectl kustomize\` was ended, or couldn't be started`;
    assert.ok(hand.ctx.messages.includes(words), hand.ctx.messages.join("\n"));
    await hand.up(APP);
    assert.equal(remote.log().length, 2);
  });
});
