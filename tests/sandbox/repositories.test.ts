import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedRepositories } from "../../tools/sandbox/repositories";
import { slow } from "../slow";

describe("seeded repositories", () => {
  const folder = mkdtempSync(join(tmpdir(), "repositories-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  slow("have Dremio's chart where Dremio has it, in the same commit each time", async () => {
    const names = ["one", "two"];
    for (const name of names) await seedRepositories(join(folder, name));
    const heads = names.map((name) => {
      const repository = join(folder, name, "dremio/dremio-cloud-tools.git");
      const git = (...args: string[]) => execFileSync("git", ["-C", repository, ...args]).toString();
      const files = git("ls-tree", "-r", "--name-only", "main", "charts/dremio_v2").split("\n");
      for (const file of ["Chart.yaml", "values.yaml", "values.schema.json", "templates/executor.yaml"]) {
        assert.ok(files.includes(`charts/dremio_v2/${file}`), file);
      }
      return git("rev-parse", "main");
    });
    assert.equal(heads[0], heads[1]);
  });
});
