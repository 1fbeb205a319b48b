import { strict as assert } from "node:assert";
import { generateKeyPairSync, X509Certificate, webcrypto } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import Cloudflare from "cloudflare";
import { startCloudflare, type CloudflareOptions } from "../../../tools/sandbox/services/cloudflare";
import { createAuthorities, type Authorities } from "../../../tools/sandbox/services/cloudflare/authority";
import type { Service } from "../../../tools/sandbox/services/http";
import { sha256 } from "../../../tools/sandbox/services/state";

const accountId = "a".repeat(32);
const zoneId = "b".repeat(32);
const account_id = accountId;
const zone_id = zoneId;
const sslWrite = "c03055bc037c4ea9afb9a9f104b7b721";

describe("Cloudflare stand-in", () => {
  let folder: string;
  let service: Service;
  let api: Cloudflare;
  const options = (): CloudflareOptions => ({
    stateFile: join(folder, "cloudflare.json"),
    apiToken: "owner-token",
    accountId,
    zoneId,
    zoneName: "example.com",
  });
  const client = (apiToken: string) =>
    new Cloudflare({ apiToken, baseURL: `${service.url}/client/v4`, maxRetries: 0 });

  // Made once: an RSA key takes longer than a test.
  let authorities: Authorities;
  before(async () => {
    authorities = await createAuthorities();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "cloudflare-"));
    writeFileSync(join(folder, "cloudflare.json"), JSON.stringify({ authorities }));
    service = await startCloudflare(options());
    api = client("owner-token");
  });
  afterEach(async () => {
    await service.close();
    rmSync(folder, { recursive: true });
  });

  const rejects = (promise: PromiseLike<unknown>, status: number, code: number, words = /./) =>
    assert.rejects(Promise.resolve(promise), (error: unknown) => {
      assert.ok(error instanceof Cloudflare.APIError, String(error));
      assert.equal(error.status, status);
      assert.equal(error.errors[0]?.code, code);
      assert.match(error.message, words);
      return true;
    });
  const state = async () =>
    (await (await fetch(`${service.url}/__state`)).json()) as Record<string, unknown[]>;

  describe("authentication and routes", () => {
    it("refuses a wrong, a malformed and a missing token", async () => {
      await rejects(client("wrong").zones.get({ zone_id }), 401, 10000);
      const call = async (headers: Record<string, string>) => {
        const response = await fetch(`${service.url}/client/v4/zones`, { headers });
        const body = (await response.json()) as { success: boolean; errors: { code: number }[] };
        return [response.status, body.success, body.errors[0]?.code];
      };
      assert.deepEqual(await call({}), [400, false, 9106]);
      assert.deepEqual(await call({ authorization: "Basic eA==" }), [400, false, 6111]);
      assert.deepEqual(await call({ "x-auth-user-service-key": "v1.0-x" }), [401, false, 10000]);
    });

    it("answers unknown paths, accounts and zones in the envelope", async () => {
      await rejects(api.get("/nothing/here"), 404, 7000);
      await rejects(api.zones.get({ zone_id: "c".repeat(32) }), 404, 7003);
    });

    it("finds the zone by name", async () => {
      const found = await api.zones.list({ name: "example.com" });
      assert.deepEqual(
        found.result.map((zone) => [zone.id, zone.name, zone.status]),
        [[zoneId, "example.com", "active"]],
      );
      assert.equal((await api.zones.list({ name: "other.com" })).result.length, 0);
    });

    it("keeps the records of each zone in it", async () => {
      await service.close();
      const further = "d".repeat(32);
      service = await startCloudflare({ ...options(), furtherZones: { [further]: "example.org" } });
      api = client("owner-token");
      const record = { type: "A", content: "10.0.0.1", ttl: 1 } as const;
      await api.dns.records.create({ ...record, zone_id, name: "cal.example.com" });
      const made = await api.dns.records.create({ ...record, zone_id: further, name: "docs" });
      assert.equal(made.name, "docs.example.org");
      const found = await api.dns.records.list({ zone_id: further });
      assert.deepEqual(
        found.result.map(({ name }) => name),
        ["docs.example.org"],
      );
      assert.equal((await api.zones.get({ zone_id: further })).name, "example.org");
      assert.equal((await api.zones.list({ name: "example.org" })).result.length, 1);
    });

    it("cuts answers, before or after the effect, and repeats the Authorization header on demand", async () => {
      const inject = (fault: object) =>
        fetch(`${service.url}/__faults`, { method: "POST", body: JSON.stringify(fault) });
      const record = { zone_id, type: "A", content: "10.0.0.1", ttl: 1 } as const;
      await inject({ answer: "cut", method: "POST" });
      await assert.rejects(
        Promise.resolve(api.dns.records.create({ ...record, name: "a" })),
        /Connection error/,
      );
      await inject({ answer: "cut", done: true, method: "POST" });
      await assert.rejects(
        Promise.resolve(api.dns.records.create({ ...record, name: "b" })),
        /Connection error/,
      );
      const { result } = await api.dns.records.list({ zone_id });
      assert.deepEqual(
        result.map(({ name }) => name),
        ["b.example.com"],
      );
      await inject({ status: 429, retryAfter: 240, echo: true });
      const { status, headers, body } = await fetch(`${service.url}/client/v4/zones`, {
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
      await fetch(`${service.url}/__faults`, { method: "POST", body: JSON.stringify(fault) });
      await assert.rejects(Promise.resolve(api.zones.get({ zone_id })), /503/);
      assert.equal((await api.zones.get({ zone_id })).name, "example.com");
    });
  });

  describe("tunnels", () => {
    const create = (name = "home") =>
      api.zeroTrust.tunnels.cloudflared.create({ account_id, name, config_src: "cloudflare" });

    it("refuses a name that is taken and frees it on deletion", async () => {
      const { tunnels } = api.zeroTrust;
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
      const { cloudflared } = api.zeroTrust.tunnels;
      const { id = "" } = await cloudflared.create({ account_id, name: "home", tunnel_secret: secret });
      const token = await cloudflared.token.get(id, { account_id });
      const decoded: unknown = JSON.parse(Buffer.from(token, "base64").toString());
      assert.deepEqual(decoded, { a: accountId, t: id, s: secret });
    });

    it("replaces the configuration as a whole and counts versions", async () => {
      const { configurations } = api.zeroTrust.tunnels.cloudflared;
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
      const { configurations } = api.zeroTrust.tunnels.cloudflared;
      const { id = "" } = await create();
      await rejects(configurations.get(id, { account_id }), 404, 1055, /Configuration for tunnel not found/);
      await configurations.update(id, {
        account_id,
        config: { ingress: [{ service: "http_status:404" }] } as never,
      });
      assert.equal((await configurations.get(id, { account_id })).version, 1);
    });

    it("refuses ingress that cloudflared would refuse", async () => {
      const { configurations } = api.zeroTrust.tunnels.cloudflared;
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
      const { id } = await api.dns.records.create(record);
      await api.dns.records.update(id, { ...record, content: "y.cfargotunnel.com" });
      const found = await api.dns.records.list({
        zone_id,
        name: { exact: "cal.example.com" },
        type: "CNAME",
      });
      assert.deepEqual(
        found.result.map((one) => [one.id, one.content, one.proxied, one.ttl]),
        [[id, "y.cfargotunnel.com", true, 1]],
      );
      const byContent = await api.dns.records.list({ zone_id, content: { startswith: "z" } });
      assert.equal(byContent.result.length, 0);
      await api.dns.records.delete(id, { zone_id });
      await rejects(api.dns.records.get(id, { zone_id }), 404, 81044);
    });

    it("completes a name that lacks the zone", async () => {
      assert.equal((await api.dns.records.create({ ...record, name: "cal" })).name, "cal.example.com");
    });

    it("refuses a second record for a host and a TTL on a proxied one", async () => {
      await api.dns.records.create(record);
      await rejects(api.dns.records.create(record), 400, 81053);
      await rejects(api.dns.records.create({ ...record, type: "A", content: "10.0.0.1" }), 400, 81053);
      await rejects(api.dns.records.create({ ...record, name: "b", ttl: 300 }), 400, 9021);
      await api.dns.records.create({ ...record, type: "TXT", content: '"text"', proxied: false });
    });
  });

  describe("tokens and certificates", () => {
    const policies = (id = sslWrite) => [
      {
        effect: "allow" as const,
        permission_groups: [{ id }],
        resources: { [`com.cloudflare.api.account.zone.${zoneId}`]: "*" },
      },
    ];
    const csr = async () => {
      const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
      const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
      const request = await x509.Pkcs10CertificateRequestGenerator.create(
        { keys, signingAlgorithm: algorithm },
        webcrypto,
      );
      return request.toString("pem");
    };
    const ask = async (hostname: string) => ({
      csr: await csr(),
      hostnames: [hostname],
      request_type: "origin-ecc" as const,
      requested_validity: 365 as const,
    });

    it("shows the value once and forgets a deleted token", async () => {
      const token = await api.user.tokens.create({ name: "ca", policies: policies() });
      assert.ok(token.value);
      const read = await api.user.tokens.get(token.id!);
      assert.equal((read as { value?: string }).value, undefined);
      assert.equal(read.policies?.[0]?.permission_groups[0]?.name, "SSL and Certificates Write");
      assert.equal((await client(token.value).user.tokens.verify()).status, "active");
      assert.ok(!JSON.stringify(await state()).includes(token.value));
      assert.equal(
        (await state()).tokens?.map((one) => (one as { value: string }).value)[0],
        sha256(token.value),
      );
      await api.user.tokens.delete(token.id!);
      await rejects(client(token.value).user.tokens.verify(), 401, 10000);
    });

    it("keeps tokens of the user and of the account apart", async () => {
      const token = await api.accounts.tokens.create({ account_id, name: "ca", policies: policies() });
      const own = client(token.value!);
      assert.equal((await own.accounts.tokens.verify({ account_id })).status, "active");
      await rejects(own.user.tokens.verify(), 401, 1000);
      await rejects(api.user.tokens.get(token.id!), 404, 1003);
    });

    it("lists permission groups and refuses unknown ones", async () => {
      const groups = await api.user.tokens.permissionGroups.list({ name: "SSL and Certificates Write" });
      assert.deepEqual(
        groups.result.map((group) => group.id),
        [sslWrite],
      );
      await rejects(api.user.tokens.create({ name: "x", policies: policies("0".repeat(32)) }), 400, 1001);
    });

    it("lets a token do only what its policies say", async () => {
      const token = await api.user.tokens.create({ name: "ca", policies: policies() });
      const limited = client(token.value!);
      await rejects(limited.dns.records.list({ zone_id }), 403, 10000);
      await rejects(limited.user.tokens.list(), 403, 10000);
      await rejects(limited.originCACertificates.create(await ask("cal.other.com")), 400, 1010);
      const dns = await api.user.tokens.create({
        name: "dns",
        policies: policies("4755a26eedb94da69e1066d98aa820be"),
      });
      await rejects(client(dns.value!).originCACertificates.create(await ask("cal.example.com")), 403, 1016);
    });

    it("issues a certificate that its authority signed", async () => {
      const token = await api.user.tokens.create({ name: "ca", policies: policies() });
      const limited = client(token.value!);
      const issued = await limited.originCACertificates.create(await ask("*.example.com"));
      const certificate = new X509Certificate(issued.certificate!);
      assert.ok(certificate.verify(new X509Certificate(authorities.ecc.certificate).publicKey));
      assert.equal(certificate.subjectAltName, "DNS:*.example.com");
      const read = await limited.originCACertificates.get(issued.id!);
      assert.equal(read.certificate, issued.certificate);
      const revoked = await limited.originCACertificates.delete(issued.id!);
      assert.equal(revoked.id, issued.id);
    });

    it("refuses a wrong validity, host and request", async () => {
      const { originCACertificates } = api;
      const good = await ask("cal.example.com");
      await rejects(originCACertificates.create({ ...good, requested_validity: 366 as 365 }), 400, 1004);
      // The type is that of the signature: the key of the request may be of the other kind.
      await originCACertificates.create({ ...good, request_type: "origin-rsa" });
      const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
      await rejects(originCACertificates.create({ ...good, csr: pem }), 400, 1005);
      await rejects(originCACertificates.create({ ...good, hostnames: ["10.0.0.1"] }), 400, 1010);
    });
  });

  it("keeps its state, private, across a restart", async () => {
    const { id } = await api.dns.records.create({
      zone_id,
      name: "a.example.com",
      type: "A",
      content: "10.0.0.1",
      ttl: 300,
    });
    await service.close();
    service = await startCloudflare(options());
    assert.equal((await client("owner-token").dns.records.get(id, { zone_id })).name, "a.example.com");
    assert.equal(statSync(join(folder, "cloudflare.json")).mode & 0o777, 0o600);
  });
});
