import { strict as assert } from "node:assert";
import { generateKeyPairSync, X509Certificate, webcrypto } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { sha256 } from "../../../tools/sandbox/services/state";
import { accountId, useCloudflare, zoneId } from "./cloudflare-stand-in";

const account_id = accountId;
const zone_id = zoneId;
const sslWrite = "c03055bc037c4ea9afb9a9f104b7b721";

describe("Cloudflare stand-in", () => {
  const cloudflare = useCloudflare();
  const { client, rejects, state } = cloudflare;

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
      const token = await cloudflare.api.user.tokens.create({ name: "ca", policies: policies() });
      assert.ok(token.value);
      const read = await cloudflare.api.user.tokens.get(token.id!);
      assert.equal((read as { value?: string }).value, undefined);
      assert.equal(read.policies?.[0]?.permission_groups[0]?.name, "SSL and Certificates Write");
      assert.equal((await client(token.value).user.tokens.verify()).status, "active");
      assert.ok(!JSON.stringify(await state()).includes(token.value));
      assert.equal(
        (await state()).tokens?.map((one) => (one as { value: string }).value)[0],
        sha256(token.value),
      );
      await cloudflare.api.user.tokens.delete(token.id!);
      await rejects(client(token.value).user.tokens.verify(), 401, 10000);
    });

    it("keeps tokens of the user and of the account apart", async () => {
      const token = await cloudflare.api.accounts.tokens.create({
        account_id,
        name: "ca",
        policies: policies(),
      });
      const own = client(token.value!);
      assert.equal((await own.accounts.tokens.verify({ account_id })).status, "active");
      await rejects(own.user.tokens.verify(), 401, 1000);
      await rejects(cloudflare.api.user.tokens.get(token.id!), 404, 1003);
    });

    it("lists permission groups and refuses unknown ones", async () => {
      const groups = await cloudflare.api.user.tokens.permissionGroups.list({
        name: "SSL and Certificates Write",
      });
      assert.deepEqual(
        groups.result.map((group) => group.id),
        [sslWrite],
      );
      await rejects(
        cloudflare.api.user.tokens.create({ name: "x", policies: policies("0".repeat(32)) }),
        400,
        1001,
      );
    });

    it("lets a token do only what its policies say", async () => {
      const token = await cloudflare.api.user.tokens.create({ name: "ca", policies: policies() });
      const limited = client(token.value!);
      await rejects(limited.dns.records.list({ zone_id }), 403, 10000);
      await rejects(limited.user.tokens.list(), 403, 10000);
      await rejects(limited.originCACertificates.create(await ask("cal.other.com")), 400, 1010);
      const dns = await cloudflare.api.user.tokens.create({
        name: "dns",
        policies: policies("4755a26eedb94da69e1066d98aa820be"),
      });
      await rejects(client(dns.value!).originCACertificates.create(await ask("cal.example.com")), 403, 1016);
    });

    it("issues a certificate that its authority signed", async () => {
      const token = await cloudflare.api.user.tokens.create({ name: "ca", policies: policies() });
      const limited = client(token.value!);
      const issued = await limited.originCACertificates.create(await ask("*.example.com"));
      const certificate = new X509Certificate(issued.certificate!);
      assert.ok(certificate.verify(new X509Certificate(cloudflare.authorities.ecc.certificate).publicKey));
      assert.equal(certificate.subjectAltName, "DNS:*.example.com");
      const read = await limited.originCACertificates.get(issued.id!);
      assert.equal(read.certificate, issued.certificate);
      const revoked = await limited.originCACertificates.delete(issued.id!);
      assert.equal(revoked.id, issued.id);
    });

    it("refuses a wrong validity, host and request", async () => {
      const { originCACertificates } = cloudflare.api;
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
});
