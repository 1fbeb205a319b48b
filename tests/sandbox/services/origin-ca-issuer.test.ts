import "reflect-metadata";
import { strict as assert } from "node:assert";
import { webcrypto, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { startCloudflare } from "../../../tools/sandbox/services/cloudflare";
import type { Service } from "../../../tools/sandbox/services/http";
import { closestValidity } from "../../../tools/sandbox/services/origin-ca-issuer/cloudflare-ca";
import { issuerController } from "../../../tools/sandbox/services/origin-ca-issuer/issuer";
import { reconcileRequest } from "../../../tools/sandbox/services/origin-ca-issuer/request";
import { FakeCluster } from "./fake-cluster";

const accountId = "a".repeat(32);
const zoneId = "b".repeat(32);
const sslWrite = "c03055bc037c4ea9afb9a9f104b7b721";
const dnsWrite = "4755a26eedb94da69e1066d98aa820be";
const group = "cert-manager.k8s.cloudflare.com";
const ISSUER = `/apis/${group}/v1/namespaces/calcom/originissuers/cloudflare-origin`;
const REQUEST = "/apis/cert-manager.io/v1/namespaces/calcom/certificaterequests/calcom-tls-1";
const approved = { type: "Approved", status: "True" } as const;

async function csr(names: readonly string[]): Promise<string> {
  const signingAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ["sign", "verify"]);
  const sans = new x509.SubjectAlternativeNameExtension(
    names.map((value) => ({ type: "dns" as const, value })),
  );
  const made = await x509.Pkcs10CertificateRequestGenerator.create(
    { keys, signingAlgorithm, extensions: [sans] },
    webcrypto,
  );
  return Buffer.from(made.toString("pem")).toString("base64");
}

describe("Origin CA issuer stand-in", () => {
  let cloudflare: Service;
  let cluster: FakeCluster;
  before(async () => {
    cloudflare = await startCloudflare({
      ...{ apiToken: "owner-token", accountId, zoneId, zoneName: "example.com" },
    });
  });
  after(() => cloudflare.close());
  beforeEach(async () => {
    cluster = await FakeCluster.start();
    cluster.put(ISSUER, {
      kind: "OriginIssuer",
      spec: {
        requestType: "OriginECC",
        auth: { tokenRef: { name: "cfapi-token", key: "api-token" } },
      },
    });
  });
  afterEach(() => cluster.stop());

  const mint = async (permission: string): Promise<string> => {
    const response = await fetch(`${cloudflare.url}/client/v4/accounts/${accountId}/tokens`, {
      method: "POST",
      headers: { authorization: "Bearer owner-token" },
      body: JSON.stringify({
        name: "origin-ca",
        policies: [
          {
            effect: "allow",
            permission_groups: [{ id: permission }],
            resources: { [`com.cloudflare.api.account.zone.${zoneId}`]: "*" },
          },
        ],
      }),
    });
    return ((await response.json()) as { result: { value: string } }).result.value;
  };
  const checkIssuer = async () =>
    issuerController(cluster.client(), "originissuers").reconcile("calcom/cloudflare-origin");
  const look = async () =>
    reconcileRequest(cluster.client(), `${cloudflare.url}/client/v4`, "calcom/calcom-tls-1");
  const request = async (
    conditions: readonly { readonly type: string; readonly status: "True" | "False" }[] = [approved],
    { names = ["cal.example.com", "*.example.com"], age = 0, issuerRef = {} } = {},
  ): Promise<void> => {
    cluster.put(REQUEST, {
      kind: "CertificateRequest",
      metadata: { creationTimestamp: new Date(Date.now() - age).toISOString() } as object,
      spec: {
        issuerRef: { group, kind: "OriginIssuer", name: "cloudflare-origin", ...issuerRef },
        request: await csr(names),
        duration: "8760h0m0s",
      },
      status: { conditions: [...conditions] },
    });
  };
  const ready = async (token: string): Promise<void> => {
    cluster.putSecret("calcom", "cfapi-token", { "api-token": token });
    await checkIssuer();
    cluster.told();
  };

  it("has an issuer Ready as soon as the Secret has its key, whatever the token may do", async () => {
    await checkIssuer();
    assert.equal(cluster.ready(ISSUER), 'False Pending: Not ready yet: secrets "cfapi-token" not found');
    cluster.putSecret("calcom", "cfapi-token", { other: "x" });
    await checkIssuer();
    assert.match(cluster.ready(ISSUER), /secret "cfapi-token" does not contain key "api-token"$/);
    cluster.putSecret("calcom", "cfapi-token", { "api-token": "wrong" });
    await checkIssuer();
    assert.equal(cluster.ready(ISSUER), "True Checked: Succeeded checking the issuer");
    assert.equal(cluster.told().at(-1), "Normal Checked: Succeeded checking the issuer");
  });

  it("has no issuer by a service key, which Cloudflare no longer takes", async () => {
    const auth = { serviceKeyRef: { name: "cfapi-token", key: "api-token" } };
    cluster.put(ISSUER, { spec: { requestType: "OriginECC", auth } });
    await checkIssuer();
    assert.match(cluster.ready(ISSUER), /^False Failed: Failed permanently: no authentication methods/);
  });

  it("signs what is approved, for the names of the request and the closest time that there is", async () => {
    await ready(await mint(sslWrite));
    await request();
    assert.equal(await look(), undefined);
    assert.equal(cluster.ready(REQUEST), "True Issued: Succeeded signing the CertificateRequest");
    const { conditions = [], certificate } = cluster.get(REQUEST)?.status ?? {};
    assert.deepEqual(conditions[0], approved);
    const signed = new X509Certificate(Buffer.from(String(certificate), "base64"));
    assert.equal(signed.subjectAltName, "DNS:cal.example.com, DNS:*.example.com");
    const days = (Date.parse(signed.validTo) - Date.parse(signed.validFrom)) / 86_400_000;
    assert.equal(Math.round(days), 365);
  });

  it("leaves alone what nobody approved, and what another issuer is to sign", async () => {
    await ready(await mint(sslWrite));
    await request([]);
    await look();
    await request([{ type: "Approved", status: "False" }]);
    await look();
    await request([approved], { issuerRef: { group: "cert-manager.io", kind: "Issuer" } });
    await look();
    assert.equal(cluster.ready(REQUEST), "");
    assert.deepEqual(cluster.told(), []);
  });

  it("never signs what was denied", async () => {
    await ready(await mint(sslWrite));
    await request([{ type: "Denied", status: "True" }, approved]);
    assert.equal(await look(), undefined);
    assert.match(cluster.ready(REQUEST), /^False Denied: /);
    assert.equal(cluster.get(REQUEST)?.status?.certificate, undefined);
  });

  it("waits for an issuer that isn't there or isn't ready", async () => {
    await request();
    assert.ok((await look())! > 0);
    assert.match(cluster.ready(REQUEST), /^False Pending: Waiting .* condition: <none>\.$/);
    cluster.remove(ISSUER);
    await look();
    assert.match(cluster.ready(REQUEST), /^False Pending: .*"cloudflare-origin" not found\. Waiting for it/);
  });

  it("tries again what Cloudflare refuses, and gives it up after a minute", async () => {
    for (const [token, names, words] of [
      [await mint(dnsWrite), ["cal.example.com"], /not authorized.*\(code 1016\)$/],
      ["wrong", ["cal.example.com"], /Authentication error \(code 10000\)$/],
      [await mint(sslWrite), ["cal.other.com"], /requested hostname cal\.other\.com: .* \(code 1010\)$/],
    ] as const) {
      await ready(token);
      await request([approved], { names: [...names] });
      assert.ok((await look())! > 0);
      assert.match(cluster.ready(REQUEST), /^False Pending: Failed to sign CertificateRequest, will retry: /);
      assert.match(cluster.ready(REQUEST), words);
      await request([approved], { names: [...names], age: 61_000 });
      assert.equal(await look(), undefined);
      assert.match(cluster.ready(REQUEST), /^False Failed: Failed permanently to sign CertificateRequest: /);
      assert.ok(cluster.get(REQUEST)?.status?.failureTime);
      assert.match(cluster.told().at(-1) ?? "", /^Warning PermanentError: /);
    }
  });

  it("asks for the closest validity that there is", () => {
    assert.deepEqual(
      [1, 20, 90, 200, 366, 900, 3000, 9999].map(closestValidity),
      [7, 30, 90, 90, 365, 730, 1095, 5475],
    );
  });
});
