import { strict as assert } from "node:assert";
import { eventually } from "../commands";
import type { Sandbox } from "../sandbox";
import { assertAllReady, startJson } from "./first-start";

/** Repositories, Cloudflare, vault and cluster hold nothing of the stack; what others have is there. */
export async function assertNothingOfOurs(
  sandbox: Sandbox,
  othersTunnels: readonly string[] = [],
): Promise<void> {
  for (const repository of ["your-org/calcom", "your-org/flux-config"] as const) {
    const start = sandbox.git(repository, "rev-list", "--max-parents=0", "main").trim();
    assert.deepEqual(sandbox.files(repository), sandbox.files(repository, start), repository);
  }
  const { tunnels, tokens } = await sandbox.cloudflare();
  const live = tunnels.filter(({ deleted_at }) => deleted_at === null);
  assert.deepEqual(
    live.map(({ id }) => id),
    othersTunnels,
  );
  assert.deepEqual(tokens, []);
  assert.deepEqual(await sandbox.vault(), {});
  const ours = [
    "flux-system",
    "calcom",
    "cloudflare",
    "cert-manager",
    "external-secrets",
    "origin-ca-issuer",
  ];
  await eventually("what was in our namespaces has ended", async () => {
    const left = (await sandbox.namespaces()).filter((name) => ours.includes(name));
    assert.deepEqual(left, []);
  });
  const definitions = (await sandbox.get("customresourcedefinitions", "")).map(
    ({ metadata }) => metadata.name,
  );
  assert.deepEqual(
    definitions.filter((name) => name.endsWith(".fluxcd.io")),
    [],
  );
}

export function secondBeginning(sandbox: Sandbox): void {
  describe("npm start after a destroy", () => {
    it("works again", async () => {
      sandbox.configure(); // what was set before is kept
      const [app, flux] = sandbox.programCommits();
      const report = await startJson(sandbox);
      assertAllReady(sandbox, report);
      assert.deepEqual(sandbox.programCommits(), [app + 1, flux + 1]);
    });
  });
}

export function removal(sandbox: Sandbox): void {
  describe("pulumi destroy", () => {
    const record = { type: "A", name: "www.example.com", content: "192.0.2.1", ttl: 1, proxied: false };

    it("takes away what is ours, and nothing else", async () => {
      const { CLOUDFLARE_BASE_URL: base = "", CLOUDFLARE_ZONE_ID: zone = "" } = sandbox.env;
      const headers = { authorization: `Bearer ${sandbox.env.CLOUDFLARE_API_TOKEN ?? ""}` };
      const body = JSON.stringify(record);
      const made = await fetch(`${base}/zones/${zone}/dns_records`, { method: "POST", headers, body });
      assert.equal(made.status, 200, await made.text());

      const { status, output } = await sandbox.command(["run", "--", "destroy"]);
      assert.equal(status, 0, output);
      await assertNothingOfOurs(sandbox);
      const { records } = await sandbox.cloudflare();
      assert.deepEqual(
        records.map(({ name }) => name),
        ["www.example.com"],
      );
      const namespaces = await sandbox.namespaces();
      for (const name of ["apps", "monitoring"]) assert.ok(namespaces.includes(name), name);
      const { data } = await sandbox.object("configmap", "apps", "settings");
      assert.deepEqual(data, { region: "eu-central" });
      assert.deepEqual((await sandbox.outputs()).url, undefined);
    });
  });
}
