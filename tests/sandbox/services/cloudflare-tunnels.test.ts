import { strict as assert } from "node:assert";
import { accountId, useCloudflare } from "./cloudflare-stand-in";

const account_id = accountId;

describe("Cloudflare stand-in", () => {
  const cloudflare = useCloudflare();
  const { rejects } = cloudflare;

  describe("tunnels", () => {
    const create = (name = "home") =>
      cloudflare.api.zeroTrust.tunnels.cloudflared.create({ account_id, name, config_src: "cloudflare" });

    it("refuses a name that is taken and frees it on deletion", async () => {
      const { tunnels } = cloudflare.api.zeroTrust;
      const { id = "" } = await create();
      await rejects(create(), 409, 1013);
      await tunnels.cloudflared.delete(id, { account_id });
      const deleted = await tunnels.cloudflared.get(id, { account_id });
      assert.ok(deleted.deleted_at);
      await rejects(tunnels.cloudflared.configurations.get(id, { account_id }), 404, 1055);
      const live = await tunnels.cloudflared.list({ account_id, name: "home", is_deleted: false });
      assert.equal(live.result.length, 0);
      await create();
    });

    it("gives the token that cloudflared decodes", async () => {
      const secret = Buffer.alloc(32, 7).toString("base64");
      const { cloudflared } = cloudflare.api.zeroTrust.tunnels;
      const { id = "" } = await cloudflared.create({ account_id, name: "home", tunnel_secret: secret });
      const token = await cloudflared.token.get(id, { account_id });
      const decoded: unknown = JSON.parse(Buffer.from(token, "base64").toString());
      assert.deepEqual(decoded, { a: accountId, t: id, s: secret });
    });

    it("replaces the configuration as a whole and counts versions", async () => {
      const { configurations } = cloudflare.api.zeroTrust.tunnels.cloudflared;
      const { id = "" } = await create();
      const rule = { hostname: "cal.example.com", service: "http://calcom:3000" };
      const last = { service: "http_status:404" } as typeof rule;
      await configurations.update(id, { account_id, config: { ingress: [rule, last] } });
      const { version, config } = await configurations.update(id, {
        account_id,
        config: { ingress: [last] },
      });
      assert.equal(version, 2);
      assert.deepEqual(config, { ingress: [last], "warp-routing": { enabled: false } });
    });

    it("has no configuration of a tunnel that was never configured", async () => {
      const { configurations } = cloudflare.api.zeroTrust.tunnels.cloudflared;
      const { id = "" } = await create();
      await rejects(configurations.get(id, { account_id }), 404, 1055, /Configuration for tunnel not found/);
      await configurations.update(id, {
        account_id,
        config: { ingress: [{ service: "http_status:404" }] } as never,
      });
      assert.equal((await configurations.get(id, { account_id })).version, 1);
    });

    it("refuses ingress that cloudflared would refuse", async () => {
      const { configurations } = cloudflare.api.zeroTrust.tunnels.cloudflared;
      const { id = "" } = await create();
      const last = { service: "http_status:404" };
      const faults: [object[], RegExp][] = [
        [[], /no rules/],
        [[{ hostname: "a.example.com", service: "http://a" }], /last ingress rule must match every request/],
        [[last, last], /#1 matches every request/],
        [[{ hostname: "a.example.com:443", service: "http://a" }, last], /must not contain a port/],
        [[{ hostname: "a.*.example.com", service: "http://a" }, last], /leading label/],
        [[{ hostname: "a.example.com", service: "http://a/path" }, last], /must not have a path/],
        [[{ hostname: "a.example.com", path: "(", service: "http://a" }, last], /regular expression/],
        [[{ hostname: "a.example.com", service: "a:80" }, last], /must be a URL/],
        [[{ ...last, originRequest: { noTlsVerify: true } }], /noTlsVerify/],
        [[{ ...last, originRequest: { connectTimeout: "30s" } }], /whole seconds/],
        [[{ service: "http_status:42" }], /status code/],
      ];
      for (const [ingress, words] of faults) {
        const config = { ingress: ingress as { hostname: string; service: string }[] };
        await rejects(configurations.update(id, { account_id, config }), 400, 1056, words);
      }
      const valid = [
        { hostname: "*.example.com", path: "^/api", service: "https://10.0.0.1:8443" },
        { hostname: "a.example.com", service: "unix:/run/app.sock", originRequest: { noTLSVerify: true } },
        last,
      ] as { hostname: string; service: string }[];
      await configurations.update(id, { account_id, config: { ingress: valid } });
    });
  });
});
