import { strict as assert } from "node:assert";
import type { Sandbox } from "../sandbox";
import { patched, REPOSITORY, stalwartPassword } from "./homelab-facts";

const RECONCILE = "kustomize.toolkit.fluxcd.io/reconcile";

/** Secrets that are placeholders in git, which the program fills. */
export function patchedSecrets(sandbox: Sandbox): void {
  describe("a patched Secret", () => {
    let generated: string | undefined;

    it("is filled, and its placeholder is in git", async () => {
      for (const [path, keys] of Object.entries(patched)) {
        const [namespace = "", name = ""] = path.split("/");
        const { metadata } = await sandbox.object("secret", namespace, name);
        assert.equal(metadata.annotations?.[RECONCILE], "disabled", path);
        const values = await sandbox.secret(namespace, name);
        assert.deepEqual(Object.keys(values).sort(), keys, path);
        for (const value of Object.values(values)) {
          assert.doesNotMatch(value, /REPLACE_ME/);
          for (const [file, text] of sandbox.texts("backend")) assert.ok(!text.includes(value), file);
          assert.ok(!sandbox.git(REPOSITORY, "log", "-p").includes(value), path);
        }
      }
      generated = await stalwartPassword(sandbox);
    });

    it("keeps its value while Flux reconciles it", async () => {
      const { status, output } = await sandbox.exec("flux", [
        "reconcile",
        "kustomization",
        "stalwart",
        "--with-source",
      ]);
      assert.equal(status, 0, output);
      assert.equal(await stalwartPassword(sandbox), generated);
    });

    it("shows somebody's patch in a refresh, by a digest, and gets the key right; theirs stay", async () => {
      const patch = { stringData: { "admin-password": "canary by hand", others: "theirs" } };
      const { status, output } = await sandbox.exec("kubectl", [
        ...["patch", "secret", "stalwart-secrets", "-n", "stalwart", "--type=merge"],
        ...["-p", JSON.stringify(patch)],
      ]);
      assert.equal(status, 0, output);
      const refreshed = await sandbox.pulumi(["refresh", "--yes", "--skip-preview", "--diff"]);
      assert.equal(refreshed.status, 0, refreshed.output);
      assert.match(refreshed.output, /admin-password.*scrypt:[0-9a-f]+/);
      assert.doesNotMatch(refreshed.output, /canary/);
      await sandbox.up();
      const { others, ...values } = await sandbox.secret("stalwart", "stalwart-secrets");
      assert.equal(others, "theirs");
      assert.equal(values["admin-password"], generated);
      await sandbox.exec("kubectl", [
        ...["patch", "secret", "stalwart-secrets", "-n", "stalwart", "--type=json"],
        ...["-p", '[{"op":"remove","path":"/data/others"}]'],
      ]);
    });
  });
}
