import { strict as assert } from "node:assert";
import { addedLines } from "../expect";
import type { Sandbox } from "../sandbox";

const repository = "your-org/flux-config";
const aggregator = "clusters/my-cluster/kustomization.yaml";
const configMap = "infrastructure/cloudflare/configmap.yaml";

export function whatOthersKeep(sandbox: Sandbox): void {
  describe("what others keep in the flux repository", () => {
    const start = (): string => sandbox.git(repository, "rev-list", "--max-parents=0", "main").trim();

    it("stays byte for byte", () => {
      const before = sandbox.files(repository, start());
      const now = sandbox.files(repository);
      for (const file of ["README.md", configMap, "clusters/my-cluster/apps/settings.yaml"]) {
        assert.ok(file in before, `${file} is no longer in the seed`);
      }
      const changed = Object.keys(before).filter((file) => now[file] !== before[file]);
      assert.deepEqual(changed, [aggregator]);
    });

    it("has our entries added to the aggregator, and nothing else changed", () => {
      const added = addedLines(
        sandbox.file(repository, aggregator, start()),
        sandbox.file(repository, aggregator),
      );
      assert.deepEqual(added, [
        "  - ./flux-system",
        "  - ./cert-manager",
        "  - ./origin-ca-issuer",
        "  - ./external-secrets",
        "  - ./cloudflare",
        "  - ./calcom",
      ]);
    });

    it("is applied by Flux as before", async () => {
      const { data } = await sandbox.object("configmap", "apps", "settings");
      assert.deepEqual(data, { region: "eu-central" });
      assert.deepEqual((await sandbox.object("configmap", "monitoring", "alerts")).data, {
        channel: "on-call",
      });
    });
  });
}
