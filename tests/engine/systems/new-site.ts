import { strict as assert } from "node:assert";
import { assertHas } from "../expect";
import { isReady } from "../observed";
import type { Sandbox } from "../sandbox";

const REPOSITORY = "your-org/platform";

/** A site of one's own, by the README's line. */
export function newSite(sandbox: Sandbox, existing: readonly string[]): void {
  it("takes a further site by one command, whose files the preview shows", async () => {
    const { stdout } = await sandbox.shell(sandbox.project.documented("npm run new -- site"));
    assert.match(stdout, /stacks\/sites\.ts: added the site hello/);
    const preview = await sandbox.pulumi(["preview", "--diff"]);
    assert.equal(preview.status, 0, preview.output);
    for (const file of ["k8s/flux-system/hello-sync.yaml", "k8s/hello/ingress.yaml"]) {
      assert.ok(preview.output.includes(file), file);
    }
  });

  it("publishes it by a commit that names it, and leaves the others as they are", async () => {
    const before = sandbox.files(REPOSITORY);
    await sandbox.up();
    assert.deepEqual(sandbox.commits(REPOSITORY)[0], { author: "Handoff", subject: "Add hello" });
    const after = sandbox.files(REPOSITORY);
    for (const site of existing) {
      for (const [file, id] of Object.entries(before)) {
        if (file.startsWith(`k8s/${site}/`)) assert.equal(after[file], id, file);
      }
    }
    const synced = await sandbox.object(
      "kustomizations.kustomize.toolkit.fluxcd.io",
      ...(["flux-system", "hello"] as const),
    );
    assert.ok(isReady(synced));
    const deployment = await sandbox.object("deployment", "hello", "hello");
    assert.match(JSON.stringify(deployment.spec), /"image":"ghcr\.io\/your-org\/hello:v1\.0\.0"/);
    const route = await sandbox.object("ingressroute", "hello", "hello");
    assertHas(route.spec, { entryPoints: ["websecure"], tls: {} });
    assert.match(JSON.stringify(route.spec), /Host\(`hello\.kevinryan\.io`\)/);
    const { records } = await sandbox.cloudflare();
    const record = records.find(({ name }) => name === "hello.kevinryan.io");
    assertHas(record, { type: "A", content: "203.0.113.10", proxied: true });
  });
}
