import assert from "node:assert/strict";
import { hostRule } from "../../manifests/cloudflare/host-rule";
import { ruleFaults } from "../../manifests/cloudflare/ingress-rule-checks";
import { localIngressRule, type OriginRequest } from "../../manifests/cloudflare/ingress-rules";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { tunnelRules } from "../../stacks/hosts";
import { checkReferences } from "../../stacks/check-references";
import { TestCloudflare, testContext } from "./cloud";

/** All that cloudflared knows. */
const ALL: Required<OriginRequest> = {
  originServerName: "app.internal",
  caPool: "/etc/ssl/own.pem",
  noTLSVerify: true,
  http2Origin: true,
  matchSNItoHost: true,
  httpHostHeader: "app.internal",
  disableChunkedEncoding: true,
  noHappyEyeballs: true,
  keepAliveConnections: 10,
  connectTimeout: 5,
  tlsTimeout: 6,
  tcpKeepAlive: 7,
  keepAliveTimeout: 80,
  access: { required: true, teamName: "your-team", audTag: ["f".repeat(64)] },
  proxyType: "socks",
  bastionMode: false,
  proxyAddress: "127.0.0.1",
  proxyPort: 8123,
  ipRules: [{ prefix: "10.0.0.0/8", ports: [22], allow: true }],
};
const hostname = "app.example.com";
const rule = { hostname, service: "https://origin:443" };

describe("originRequest of a host", () => {
  const messages = (originRequest: object): string[] =>
    ruleFaults({ ...rule, originRequest }).map(({ message }) => message);

  it("takes every field that cloudflared knows", () => {
    assert.deepEqual(messages(ALL), []);
  });

  for (const [what, given, told] of [
    ["a text for a number", { connectTimeout: "30s" }, /^connectTimeout is "30s": the API takes whole sec/],
    ["a part of a second", { tlsTimeout: 0.5 }, /^tlsTimeout is 0\.5: /],
    ["a misspelled field", { noTlsVerify: true }, /^noTlsVerify is nothing .*\. Did you mean noTLSVerify\?$/],
    ["a text for a flag", { noTLSVerify: "yes" }, /^noTLSVerify is "yes": allowed: true or false$/],
    ["an empty name", { originServerName: "" }, /^originServerName is "": allowed: a text$/],
    ["another proxy", { proxyType: "http" }, /^proxyType is "http": allowed: "" or "socks"$/],
    ["a port that there isn't", { proxyPort: 70_000 }, /^proxyPort is 70000: allowed: a port$/],
    ["Access without a team", { access: { required: true, audTag: ["a"] } }, /^access is .*: allowed: {req/],
    ["Access for no application", { access: { teamName: "t", audTag: [] } }, /audience tag$/],
    ["a team's whole domain", { access: { teamName: "t.cloudflareaccess.com", audTag: ["a"] } }, /dot/],
    ["a field of Access that there isn't", { access: { teamName: "t", audTags: ["a"] } }, /^access is /],
    ["a rule for no network", { ipRules: [{ prefix: "10.0.0.0", allow: true }] }, /^ipRules is .*a network/],
    ["a rule for too wide a network", { ipRules: [{ prefix: "10.0.0.0/33" }] }, /^ipRules is /],
    ["something else in its place", ["a"] as object, /^is no mapping$/],
  ] as const)
    it(`refuses ${what}`, () => {
      const [message = "", ...more] = messages(given);
      assert.match(message, told);
      assert.deepEqual(more, []);
    });

  it("counts more than what follows from the service, and is beside it", () => {
    const of = (originRequest: OriginRequest, service?: string, caPool?: string) =>
      hostRule({ hostname, service, caPool, originRequest }).originRequest;
    assert.deepEqual(of({ noTLSVerify: true }), { originServerName: hostname, noTLSVerify: true });
    assert.deepEqual(of({ originServerName: "o", caPool: "/b" }, undefined, "/a"), {
      originServerName: "o",
      caPool: "/b",
    });
    assert.deepEqual(of({ matchSNItoHost: true }), { matchSNItoHost: true });
    assert.deepEqual(of({ connectTimeout: 5 }, "ssh://host:22"), { connectTimeout: 5 });
    assert.equal(of({}, "tcp://db:5432"), undefined);
  });

  it("is in the rule of the app's host, and refused with the app's name", () => {
    const app = (originRequest: object) => [
      { name: "app", kustomizations: [], hosts: [{ name: hostname, service: "http://a:80", originRequest }] },
    ];
    assert.deepEqual(tunnelRules(app({ httpHostHeader: "a" }), undefined), [
      { hostname, service: "http://a:80", originRequest: { httpHostHeader: "a" } },
    ]);
    assert.deepEqual(checkReferences(app({ httpHostHeader: 1 }), {}).faults, [
      "The app app has the host app.example.com: httpHostHeader is 1: allowed: a text.",
    ]);
  });

  it("has texts for durations in config.yaml, and all else as it is", () => {
    const { originRequest } = localIngressRule({ ...rule, originRequest: ALL });
    assert.deepEqual(originRequest, {
      ...ALL,
      connectTimeout: "5s",
      tlsTimeout: "6s",
      tcpKeepAlive: "7s",
      keepAliveTimeout: "80s",
    });
  });

  it("is kept by the API as it was sent, and read back without a difference", async () => {
    const cloud = new TestCloudflare();
    await cloud.start();
    try {
      const tunnelId = await cloud.tunnel();
      const handler = ingressRuleHandler();
      const inputs = cloud.inputs(tunnelId, { originRequest: ALL });
      const { id, outputs } = await handler.create(testContext(), inputs);
      assert.deepEqual((await cloud.config(tunnelId)).ingress[0]?.originRequest, ALL);
      const live = await handler.read(testContext(), id, { inputs, outputs });
      assert.deepEqual(live?.inputs, inputs);
    } finally {
      await cloud.stop();
    }
  });

  it("stops an update where a person changed a field of ours, and leaves those beside ours", async () => {
    const cloud = new TestCloudflare();
    await cloud.start();
    try {
      const tunnelId = await cloud.tunnel();
      const handler = ingressRuleHandler();
      const inputs = cloud.inputs(tunnelId, { originRequest: { connectTimeout: 5 } });
      const { id, outputs } = await handler.create(testContext(), inputs);
      const edit = async (originRequest: object): Promise<void> => {
        const { ingress } = await cloud.config(tunnelId);
        await cloud.write(tunnelId, { ingress: [{ ...ingress[0], originRequest }, ...ingress.slice(1)] });
      };
      const next = { ...inputs, originRequest: { connectTimeout: 6 } };
      await edit({ connectTimeout: 9, access: ALL.access });
      await assert.rejects(
        handler.update(testContext(), id, { inputs, outputs }, next),
        /somebody changed .*:\n {2}originRequest\.connectTimeout: 9; it was 5, and is to be 6/,
      );
      await edit({ connectTimeout: 5, access: ALL.access });
      await handler.update(testContext(), id, { inputs, outputs }, next);
      assert.deepEqual((await cloud.config(tunnelId)).ingress[0]?.originRequest, {
        connectTimeout: 6,
        access: ALL.access,
      });
    } finally {
      await cloud.stop();
    }
  });
});
