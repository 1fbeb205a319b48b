import { strict as assert } from "node:assert";
import { eventually } from "../commands";
import type { Sandbox } from "../sandbox";
import { kustomizationsOf, LIST, REPOSITORY, stalwartPassword } from "./homelab-facts";

/** A service leaves the cluster and comes back, by one word. */
export function parking(sandbox: Sandbox): void {
  const listed = (): string => sandbox.file(REPOSITORY, LIST);
  const park = (...names: string[]): void => {
    sandbox.configure([["handoff:homelab", "parked"], names]);
  };

  describe("a service that is parked", () => {
    let generated: string | undefined;

    it("is pruned by Flux; its files stay, and its Secret leaves the cluster", async () => {
      generated = await stalwartPassword(sandbox);
      const files = sandbox.files(REPOSITORY);
      park("stalwart");
      await sandbox.up();
      const { [LIST]: list, ...others } = sandbox.files(REPOSITORY);
      assert.deepEqual({ ...others, [LIST]: files[LIST] }, files);
      assert.notEqual(list, files[LIST]);
      assert.doesNotMatch(listed(), /stalwart\.yaml/);
      assert.equal(sandbox.commits(REPOSITORY)[0]?.subject, "Park stalwart");
      await eventually("stalwart is gone", async () => {
        assert.ok(!(await kustomizationsOf(sandbox)).includes("stalwart"));
        assert.deepEqual(await sandbox.get("deployments", "stalwart"), []);
        assert.deepEqual(await sandbox.get("secrets", "stalwart"), []);
      });
      const { parked, readme } = await sandbox.outputs();
      assert.deepEqual(parked, ["stalwart"]);
      assert.match(String(readme), /## Parked\n\nstalwart/);
    });

    it("is refused while others wait for it, before anything changes", async () => {
      const head = sandbox.head(REPOSITORY);
      park("cnpg-operator");
      const { status, output } = await sandbox.tryUp();
      assert.notEqual(status, 0);
      assert.match(output, /stalwart waits for cnpg-operator, which is parked/);
      assert.equal(sandbox.head(REPOSITORY), head);
    });

    it("comes back with the same value", async () => {
      park();
      await sandbox.up();
      assert.match(listed(), / {2}- stalwart\.yaml\n/);
      assert.equal(sandbox.commits(REPOSITORY)[0]?.subject, "Unpark stalwart");
      assert.ok((await kustomizationsOf(sandbox)).includes("stalwart"));
      assert.equal((await sandbox.get("deployments", "stalwart")).length, 1);
      assert.equal(await stalwartPassword(sandbox), generated);
    });
  });
}
