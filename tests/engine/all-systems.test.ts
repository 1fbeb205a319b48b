/** Each further system as a new user starts it: everything Ready, nothing to do the second time. Their lives are in systems/. */
import { strict as assert } from "node:assert";
import { startJson } from "./life/first-start";
import type { RepositoryName } from "./repositories";
import { useSandbox } from "./sandbox";

const systems: Readonly<Record<string, RepositoryName>> = {
  apps: "your-org/cluster",
  homelab: "your-user/homelab",
  sites: "your-org/platform",
};

for (const [system, repository] of Object.entries(systems)) {
  describe(`npm start -- ${system}`, () => {
    const sandbox = useSandbox(system);

    it("ends with every Kustomization and HelmRelease Ready at the commit", async () => {
      sandbox.create();
      const { kustomizations } = await startJson(sandbox);
      assert.deepEqual(
        kustomizations.filter(({ ready }) => !ready),
        [],
      );
      assert.ok(kustomizations.length > 10, `${String(kustomizations.length)} objects`);
      const revision = `main@sha1:${sandbox.head(repository)}`;
      const own = kustomizations.filter(({ kind }) => kind === "Kustomization");
      for (const one of own) assert.equal(one.revision, revision, one.name);
    });

    it("changes nothing the second time, and makes no commit", async () => {
      const before = sandbox.head(repository);
      const { output } = await sandbox.succeeds("start");
      assert.match(output, /\d+ unchanged/);
      assert.doesNotMatch(output, /\d+ (created|updated|replaced|deleted)\b/);
      assert.equal(sandbox.head(repository), before);
    });
  });
}
