import { strict as assert } from "node:assert";
import type { Sandbox } from "../sandbox";
import { othersRules, putRules } from "./cloud";
import { assertAllReady, startJson } from "./first-start";

/** Repositories, Cloudflare, vault and cluster hold nothing of the stack; what others have is there. */
export async function assertNothingOfOurs(sandbox: Sandbox): Promise<void> {
  for (const repository of ["your-org/calcom", "your-org/flux-config"] as const) {
    const start = sandbox.git(repository, "rev-list", "--max-parents=0", "main").trim();
    assert.deepEqual(sandbox.files(repository), sandbox.files(repository, start), repository);
  }
  const { tunnels, tokens } = await sandbox.cloudflare();
  assert.deepEqual(
    tunnels.filter(({ deleted_at }) => deleted_at === null),
    [],
  );
  assert.deepEqual(tokens, []);
  assert.deepEqual(await sandbox.vault(), {});
  const namespaces = await sandbox.namespaces();
  for (const name of ["flux-system", "calcom", "cloudflare", "cert-manager", "external-secrets"]) {
    assert.ok(!namespaces.includes(name), `namespace ${name} is still there`);
  }
  const definitions = (await sandbox.get("customresourcedefinitions", "")).map(
    ({ metadata }) => metadata.name,
  );
  assert.deepEqual(
    definitions.filter((name) => name.endsWith(".fluxcd.io")),
    [],
  );
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

    it("is followed by an `npm start` that works again", async () => {
      const [app, flux] = sandbox.programCommits();
      const report = await startJson(sandbox);
      assertAllReady(sandbox, report);
      assert.deepEqual(sandbox.programCommits(), [app + 1, flux + 1]);
    });
  });

  describe("pulumi destroy with an existing tunnel", () => {
    it("keeps the tunnel and the rules of others", async () => {
      const first = await sandbox.command(["run", "--", "destroy"]);
      assert.equal(first.status, 0, first.output);
      const { CLOUDFLARE_BASE_URL: base = "", CLOUDFLARE_ACCOUNT_ID: account = "" } = sandbox.env;
      const answer = await fetch(`${base}/accounts/${account}/cfd_tunnel`, {
        method: "POST",
        headers: { authorization: `Bearer ${sandbox.env.CLOUDFLARE_API_TOKEN ?? ""}` },
        body: JSON.stringify({ name: "shared", config_src: "cloudflare" }),
      });
      const { result } = (await answer.json()) as { result: { id: string } };
      const rules = [...othersRules, { service: "http_status:404" }];
      await putRules(sandbox, result.id, rules);
      sandbox.configure([["handoff:cloudflare", "tunnel"], { id: result.id }]);
      const ingress = async () =>
        (await sandbox.cloudflare()).tunnels.find(({ id }) => id === result.id)?.configuration?.config
          .ingress;
      await sandbox.up();
      assert.deepEqual(
        (await ingress())?.map(({ hostname }) => hostname),
        ["chat.example.com", "grafana.example.com", "cal.example.com", undefined],
      );
      const { status, output } = await sandbox.command(["run", "--", "destroy"]);
      assert.equal(status, 0, output);
      assert.deepEqual(await ingress(), rules);
      const { tunnels } = await sandbox.cloudflare();
      assert.equal(tunnels.find(({ id }) => id === result.id)?.deleted_at, null);
    });
  });
}
