import { strict as assert } from "node:assert";
import { createPrivateKey } from "node:crypto";
import { startCloudflare } from "../../../tools/sandbox/services/cloudflare";
import { closestValidity, OriginCa } from "../../../tools/sandbox/services/certificates/cloudflare-ca";
import { createRequest, inspect } from "../../../tools/sandbox/services/certificates/keys";
import { issuerToken } from "../../../tools/sandbox/services/certificates/issuer";
import type { OriginIssuer } from "../../../tools/sandbox/services/certificates/types";
import type { Cluster, Secret } from "../../../tools/sandbox/services/controllers/cluster";
import type { Service } from "../../../tools/sandbox/services/http";

const accountId = "a".repeat(32);
const zoneId = "b".repeat(32);
const sslWrite = "c03055bc037c4ea9afb9a9f104b7b721";
const dnsWrite = "4755a26eedb94da69e1066d98aa820be";

describe("certificates stand-in", () => {
  let service: Service;
  before(async () => {
    service = await startCloudflare({ apiToken: "owner-token", accountId, zoneId, zoneName: "example.com" });
  });
  after(() => service.close());

  const originCa = (token: string) => new OriginCa(`${service.url}/client/v4`, token);
  const mint = async (group: string): Promise<string> => {
    const response = await fetch(`${service.url}/client/v4/accounts/${accountId}/tokens`, {
      method: "POST",
      headers: { authorization: "Bearer owner-token" },
      body: JSON.stringify({
        name: "origin-ca",
        policies: [
          {
            effect: "allow",
            permission_groups: [{ id: group }],
            resources: { [`com.cloudflare.api.account.zone.${zoneId}`]: "*" },
          },
        ],
      }),
    });
    return ((await response.json()) as { result: { value: string } }).result.value;
  };

  it("takes a token for what it may do", async () => {
    assert.equal(await originCa(await mint(sslWrite)).tokenFault(), undefined);
    assert.match((await originCa(await mint(dnsWrite)).tokenFault()) ?? "", /not authorized.*code 1016/);
    assert.match((await originCa("wrong").tokenFault()) ?? "", /Authentication error \(code 10000\)/);
  });

  for (const [privateKey, type, kind] of [
    [undefined, "rsa", "BEGIN RSA PRIVATE KEY"],
    [{ algorithm: "ECDSA", size: 384 }, "ec", "BEGIN EC PRIVATE KEY"],
    [{ algorithm: "RSA", encoding: "PKCS8" }, "rsa", "BEGIN PRIVATE KEY"],
  ] as const) {
    it(`has a certificate signed for ${JSON.stringify(privateKey ?? "the default key")}`, async () => {
      const dnsNames = ["cal.example.com", "*.example.com"];
      const issuerRef = { name: "cloudflare-origin" };
      const { key, csr } = await createRequest({ secretName: "tls", issuerRef, dnsNames, privateKey });
      assert.equal(createPrivateKey(key).asymmetricKeyType, type);
      assert.ok(key.includes(kind));
      const signed = await originCa(await mint(sslWrite)).sign(csr, dnsNames, "origin-ecc", 365);
      const found = inspect(signed, key);
      assert.deepEqual(found?.names, dnsNames);
      const days = (found.notAfter.getTime() - found.notBefore.getTime()) / 86_400_000;
      assert.equal(Math.round(days), 365);
      const other = await createRequest({ secretName: "tls", issuerRef, dnsNames, privateKey });
      assert.equal(inspect(signed, other.key), undefined);
    });
  }

  it("fails in the API's words", async () => {
    const dnsNames = ["cal.other.com"];
    const { csr } = await createRequest({
      secretName: "tls",
      issuerRef: { name: "x" },
      dnsNames,
      privateKey: { algorithm: "ECDSA" },
    });
    await assert.rejects(originCa(await mint(sslWrite)).sign(csr, dnsNames, "origin-ecc", 365), {
      message: /^Cloudflare API: Failed to validate requested hostname cal\.other\.com: .* \(code 1010\)$/,
    });
  });

  it("asks for the closest validity that there is", () => {
    assert.deepEqual(
      [1, 20, 90, 200, 366, 900, 3000, 9999].map(closestValidity),
      [7, 30, 90, 90, 365, 730, 1095, 5475],
    );
  });

  describe("issuer's token", () => {
    const secrets = (all: Record<string, Secret["data"]>) =>
      ({
        secret: (namespace: string, name: string) => {
          const data = all[`${namespace}/${name}`];
          return Promise.resolve(data && { metadata: { name, namespace }, data });
        },
      }) as unknown as Cluster;
    const issuer = (auth: OriginIssuer["spec"]["auth"]): OriginIssuer => ({
      metadata: { name: "cloudflare-origin", namespace: "calcom" },
      spec: { requestType: "OriginECC", auth },
    });
    const ref = { name: "cfapi-token", key: "api-token" };

    it("is read from the issuer's namespace", async () => {
      const cluster = secrets({
        "calcom/cfapi-token": { "api-token": Buffer.from("t0ken\n").toString("base64") },
      });
      assert.equal(await issuerToken(cluster, issuer({ tokenRef: ref })), "t0ken");
    });

    it("is missed by name", async () => {
      await assert.rejects(issuerToken(secrets({}), issuer({ tokenRef: ref })), {
        message: "Secret calcom/cfapi-token does not exist",
      });
      await assert.rejects(issuerToken(secrets({ "calcom/cfapi-token": {} }), issuer({ tokenRef: ref })), {
        message: "Secret calcom/cfapi-token has no key api-token",
      });
    });

    it("is never a service key", async () => {
      await assert.rejects(
        issuerToken(secrets({}), issuer({ serviceKeyRef: ref })),
        /stopped working on 2026-09-30/,
      );
    });
  });
});
