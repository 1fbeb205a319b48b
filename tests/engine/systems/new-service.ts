import { strict as assert } from "node:assert";
import { eventually } from "../commands";
import type { Sandbox } from "../sandbox";
import { kustomizationsOf, LIST, REPOSITORY } from "./homelab-facts";

/** A service of one's own, by the README's lines. */
export function newService(sandbox: Sandbox): void {
  describe("a service of one's own", () => {
    it("is one command, whose files the preview shows, and a commit that names it", async () => {
      const { stdout } = await sandbox.shell(sandbox.project.documented("npm run new -- service"));
      assert.match(stdout, /stacks\/homelab\.ts: added the service hello/);
      const preview = await sandbox.pulumi(["preview", "--diff"]);
      assert.equal(preview.status, 0, preview.output);
      for (const file of ["k3s/flux/apps/hello.yaml", "k3s/manifests/hello/hello.yaml"]) {
        assert.ok(preview.output.includes(file), file);
      }
      await sandbox.up();
      assert.deepEqual(sandbox.commits(REPOSITORY)[0], { author: "Handoff", subject: "Add hello" });
      assert.match(sandbox.file(REPOSITORY, LIST), / {2}- hello\.yaml\n/);
      assert.ok((await kustomizationsOf(sandbox)).includes("hello"));
      const deployment = await sandbox.object("deployment", "hello", "hello");
      assert.match(JSON.stringify(deployment.spec), /"image":"ghcr\.io\/your-org\/hello:v1\.0\.0"/);
      await sandbox.object("service", "hello", "hello");
    });

    it("is parked by a word in its entry", async () => {
      sandbox.project.edit("stacks/homelab.ts", 'namespace: "hello",', 'namespace: "hello", parked: true,');
      await sandbox.up();
      assert.equal(sandbox.commits(REPOSITORY)[0]?.subject, "Park hello");
      await eventually("hello is gone", async () => {
        assert.deepEqual(await sandbox.get("deployments", "hello"), []);
      });
      assert.match(sandbox.file(REPOSITORY, "k3s/manifests/hello/hello.yaml"), /kind: Deployment/);
    });
  });
}
