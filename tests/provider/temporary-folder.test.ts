import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { temporaryFolder } from "../../provider/temporary-folder";

describe("a folder of the plugin's for a while", () => {
  const parent = mkdtempSync(join(tmpdir(), "parent-"));
  after(() => {
    rmSync(parent, { recursive: true });
  });
  const host = hostname().replaceAll(/[^\w.]/g, "_");
  const ended = spawnSync(process.execPath, ["-e", ""]).pid;
  const left = (name: string): string => {
    const folder = join(parent, name);
    mkdirSync(join(folder, "within"), { recursive: true });
    return folder;
  };

  it("is the user's alone, and takes those along that a killed run left, whatever they were for", async () => {
    const gone = ["git", "build", "sops"].map((kind) =>
      left(`handoff-${kind}-${host}-${String(ended)}-a1b2c3`),
    );
    const stay = [
      left(`handoff-build-${host}-${String(process.pid)}-a1b2c3`),
      left(`handoff-build-another-host-${String(ended)}-a1b2c3`),
      left(`handoff-build-${host}-${String(ended)}`),
      left("handoff-stack-a1b2c3"),
      left(`my-handoff-git-${host}-${String(ended)}-a1b2c3`),
    ];
    const folder = await temporaryFolder("sops", parent);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(gone.filter(existsSync), []);
    assert.deepEqual(
      stay.filter((one) => !existsSync(one)),
      [],
    );
  });
});
