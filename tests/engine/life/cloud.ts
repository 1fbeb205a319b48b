import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import type { Rule } from "../observed";
import type { Sandbox } from "../sandbox";

const service = "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443";
const ours = { hostname: "cal.example.com", service, originRequest: { originServerName: "cal.example.com" } };
const catchAll = { service: "http_status:404" };
/** "SSL and Certificates Write", as Cloudflare's API names it. */
const sslWrite = "c03055bc037c4ea9afb9a9f104b7b721";

export const othersRules: readonly Rule[] = [
  { hostname: "chat.example.com", service: "http://chat.apps.svc.cluster.local:8065" },
  {
    hostname: "grafana.example.com",
    service,
    originRequest: { originServerName: "grafana.example.com", noTLSVerify: false },
  },
];

/** Somebody else writes the whole list of the tunnel's rules, as the dashboard does. */
export async function putRules(sandbox: Sandbox, tunnelId: string, ingress: readonly Rule[]): Promise<void> {
  const { CLOUDFLARE_BASE_URL: base = "", CLOUDFLARE_ACCOUNT_ID: account = "" } = sandbox.env;
  const answer = await fetch(`${base}/accounts/${account}/cfd_tunnel/${tunnelId}/configurations`, {
    method: "PUT",
    headers: { authorization: `Bearer ${sandbox.env.CLOUDFLARE_API_TOKEN ?? ""}` },
    body: JSON.stringify({ config: { ingress } }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** Somebody else makes a tunnel whose rules Cloudflare keeps; gives its id. */
export async function makeTunnel({ env }: Sandbox, name: string): Promise<string> {
  const { CLOUDFLARE_BASE_URL: base = "", CLOUDFLARE_ACCOUNT_ID: account = "" } = env;
  const answer = await fetch(`${base}/accounts/${account}/cfd_tunnel`, {
    method: "POST",
    headers: { authorization: `Bearer ${env.CLOUDFLARE_API_TOKEN ?? ""}` },
    body: JSON.stringify({ name, config_src: "cloudflare" }),
  });
  assert.equal(answer.status, 200);
  return ((await answer.json()) as { result: { id: string } }).result.id;
}

export function cloud(sandbox: Sandbox): void {
  describe("Cloudflare and the vault", () => {
    const tunnel = async () => {
      const { tunnels } = await sandbox.cloudflare();
      const live = tunnels.filter(({ deleted_at }) => deleted_at === null);
      assert.equal(live.length, 1);
      assert.ok(live[0] !== undefined);
      return live[0];
    };

    it("hold a tunnel with one rule before the catch-all, and the proxied CNAME", async () => {
      const { id, name, config_src, configuration } = await tunnel();
      assert.deepEqual({ name, config_src }, { name: "my-cluster", config_src: "cloudflare" });
      assert.deepEqual(configuration?.config.ingress, [ours, catchAll]);
      const { records } = await sandbox.cloudflare();
      assert.deepEqual(
        records.map(({ name, type, content, proxied }) => ({ name, type, content, proxied })),
        [{ name: "cal.example.com", type: "CNAME", content: `${id}.cfargotunnel.com`, proxied: true }],
      );
    });

    it("hold a token that may write certificates of the one zone, and nothing else", async () => {
      const { tokens } = await sandbox.cloudflare();
      assert.equal(tokens.length, 1);
      const [{ name, policies } = { name: "", policies: [] }] = tokens;
      assert.match(name, /^my-cluster Origin CA \(example\.com\) [0-9a-f]{12}$/);
      const zone = `com.cloudflare.api.account.zone.${sandbox.env.CLOUDFLARE_ZONE_ID ?? ""}`;
      assert.deepEqual(
        (policies as { effect: string; permission_groups: { id: string }[]; resources: object }[]).map(
          ({ effect, permission_groups, resources }) => ({ effect, permission_groups, resources }),
        ),
        [{ effect: "allow", permission_groups: [{ id: sslWrite }], resources: { [zone]: "*" } }],
      );
    });

    it("hold the six secrets, and the cluster has the same values", async () => {
      const { POSTGRES_PASSWORD } = await sandbox.secret("calcom", "calcom-db");
      const app = await sandbox.secret("calcom", "calcom-secret");
      const expected = {
        "calcom-postgres-password": POSTGRES_PASSWORD,
        "calcom-database-url": app.DATABASE_URL,
        "calcom-nextauth-secret": app.NEXTAUTH_SECRET,
        "calcom-calendso-encryption-key": app.CALENDSO_ENCRYPTION_KEY,
        "calcom-cfapi-token": (await sandbox.secret("calcom", "cfapi-token"))["api-token"],
        "cloudflared-token": (await sandbox.secret("cloudflare", "cloudflared-token")).token,
      };
      const hashes = Object.entries(expected).map(([name, value]): [string, string] => [
        name,
        createHash("sha256")
          .update(value ?? "")
          .digest("hex"),
      ]);
      assert.deepEqual(await sandbox.vault(), Object.fromEntries(hashes));
    });

    it("keep the rules of others when ours changes", async () => {
      const { id } = await tunnel();
      await putRules(sandbox, id, [...othersRules, ours, catchAll]);
      const heads = sandbox.heads();
      const other = "https://traefik.traefik.svc.cluster.local:443";
      sandbox.configure([["handoff:cloudflare", "tunnel", "service"], other]);
      await sandbox.up();
      const { configuration } = await tunnel();
      assert.deepEqual(configuration?.config.ingress, [
        ...othersRules,
        { ...ours, service: other },
        catchAll,
      ]);
      assert.deepEqual(sandbox.heads(), heads, "the rule is Cloudflare's, not the repository's");
    });
  });
}
