import { strict as assert } from "node:assert";
import { statSync } from "node:fs";
import { join } from "node:path";
import { useCloudflare, zoneId } from "./cloudflare-stand-in";

const zone_id = zoneId;

describe("Cloudflare stand-in", () => {
  const cloudflare = useCloudflare();
  const { client, rejects } = cloudflare;

  describe("authentication and routes", () => {
    it("refuses a wrong, a malformed and a missing token", async () => {
      await rejects(client("wrong").zones.get({ zone_id }), 401, 10000);
      const call = async (headers: Record<string, string>) => {
        const response = await fetch(`${cloudflare.service.url}/client/v4/zones`, { headers });
        const body = (await response.json()) as { success: boolean; errors: { code: number }[] };
        return [response.status, body.success, body.errors[0]?.code];
      };
      assert.deepEqual(await call({}), [400, false, 9106]);
      assert.deepEqual(await call({ authorization: "Basic eA==" }), [400, false, 6111]);
      assert.deepEqual(await call({ "x-auth-user-service-key": "v1.0-x" }), [401, false, 10000]);
    });

    it("answers unknown paths, accounts and zones in the envelope", async () => {
      await rejects(cloudflare.api.get("/nothing/here"), 404, 7000);
      await rejects(cloudflare.api.zones.get({ zone_id: "c".repeat(32) }), 404, 7003);
    });

    it("finds the zone by name", async () => {
      const found = await cloudflare.api.zones.list({ name: "example.com" });
      assert.deepEqual(
        found.result.map((zone) => [zone.id, zone.name, zone.status]),
        [[zoneId, "example.com", "active"]],
      );
      assert.equal((await cloudflare.api.zones.list({ name: "other.com" })).result.length, 0);
    });

    it("keeps the records of each zone in it", async () => {
      const further = "d".repeat(32);
      await cloudflare.restart({ furtherZones: { [further]: "example.org" } });
      const record = { type: "A", content: "10.0.0.1", ttl: 1 } as const;
      await cloudflare.api.dns.records.create({ ...record, zone_id, name: "cal.example.com" });
      const made = await cloudflare.api.dns.records.create({ ...record, zone_id: further, name: "docs" });
      assert.equal(made.name, "docs.example.org");
      const found = await cloudflare.api.dns.records.list({ zone_id: further });
      assert.deepEqual(
        found.result.map(({ name }) => name),
        ["docs.example.org"],
      );
      assert.equal((await cloudflare.api.zones.get({ zone_id: further })).name, "example.org");
      assert.equal((await cloudflare.api.zones.list({ name: "example.org" })).result.length, 1);
    });

    it("cuts answers, before or after the effect, and repeats the Authorization header on demand", async () => {
      const inject = (fault: object) =>
        fetch(`${cloudflare.service.url}/__faults`, { method: "POST", body: JSON.stringify(fault) });
      const record = { zone_id, type: "A", content: "10.0.0.1", ttl: 1 } as const;
      await inject({ answer: "cut", method: "POST" });
      await assert.rejects(
        Promise.resolve(cloudflare.api.dns.records.create({ ...record, name: "a" })),
        /Connection error/,
      );
      await inject({ answer: "cut", done: true, method: "POST" });
      await assert.rejects(
        Promise.resolve(cloudflare.api.dns.records.create({ ...record, name: "b" })),
        /Connection error/,
      );
      const { result } = await cloudflare.api.dns.records.list({ zone_id });
      assert.deepEqual(
        result.map(({ name }) => name),
        ["b.example.com"],
      );
      await inject({ status: 429, retryAfter: 240, echo: true });
      const { status, headers, body } = await fetch(`${cloudflare.service.url}/client/v4/zones`, {
        headers: { authorization: "Bearer owner-token" },
      }).then(async (answer) => ({
        status: answer.status,
        headers: answer.headers,
        body: await answer.text(),
      }));
      assert.deepEqual([status, headers.get("retry-after")], [429, "240"]);
      assert.match(body, /Bearer owner-token/);
    });

    it("injects faults that the client retries", async () => {
      const fault = { status: 503, times: 1, method: "GET", path: "/zones" };
      await fetch(`${cloudflare.service.url}/__faults`, { method: "POST", body: JSON.stringify(fault) });
      await assert.rejects(Promise.resolve(cloudflare.api.zones.get({ zone_id })), /503/);
      assert.equal((await cloudflare.api.zones.get({ zone_id })).name, "example.com");
    });
  });

  describe("DNS records", () => {
    const record = {
      zone_id,
      name: "cal.example.com",
      type: "CNAME" as const,
      content: "x.cfargotunnel.com",
      ttl: 1 as const,
      proxied: true,
    };

    it("creates, changes, finds and deletes", async () => {
      const { id } = await cloudflare.api.dns.records.create(record);
      await cloudflare.api.dns.records.update(id, { ...record, content: "y.cfargotunnel.com" });
      const found = await cloudflare.api.dns.records.list({
        zone_id,
        name: { exact: "cal.example.com" },
        type: "CNAME",
      });
      assert.deepEqual(
        found.result.map((one) => [one.id, one.content, one.proxied, one.ttl]),
        [[id, "y.cfargotunnel.com", true, 1]],
      );
      const byContent = await cloudflare.api.dns.records.list({ zone_id, content: { startswith: "z" } });
      assert.equal(byContent.result.length, 0);
      await cloudflare.api.dns.records.delete(id, { zone_id });
      await rejects(cloudflare.api.dns.records.get(id, { zone_id }), 404, 81044);
    });

    it("completes a name that lacks the zone", async () => {
      assert.equal(
        (await cloudflare.api.dns.records.create({ ...record, name: "cal" })).name,
        "cal.example.com",
      );
    });

    it("refuses a second record for a host and a TTL on a proxied one", async () => {
      await cloudflare.api.dns.records.create(record);
      await rejects(cloudflare.api.dns.records.create(record), 400, 81053);
      await rejects(
        cloudflare.api.dns.records.create({ ...record, type: "A", content: "10.0.0.1" }),
        400,
        81053,
      );
      await rejects(cloudflare.api.dns.records.create({ ...record, name: "b", ttl: 300 }), 400, 9021);
      await cloudflare.api.dns.records.create({ ...record, type: "TXT", content: '"text"', proxied: false });
    });
  });

  it("keeps its state, private, across a restart", async () => {
    const { id } = await cloudflare.api.dns.records.create({
      zone_id,
      name: "a.example.com",
      type: "A",
      content: "10.0.0.1",
      ttl: 300,
    });
    await cloudflare.restart();
    assert.equal((await client("owner-token").dns.records.get(id, { zone_id })).name, "a.example.com");
    assert.equal(statSync(join(cloudflare.folder, "cloudflare.json")).mode & 0o777, 0o600);
  });
});
