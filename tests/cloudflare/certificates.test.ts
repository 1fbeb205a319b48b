import assert from "node:assert/strict";
import { X509Certificate, createPrivateKey } from "node:crypto";
import {
  certificateMarkHandler,
  signedCertificateHandler,
} from "../../provider/cloudflare/certificate-handlers";
import type { Props, State } from "../../provider/plugin/handler";
import { TestCloudflare, testContext, TOKEN, ZONE } from "./cloud";

interface Kept {
  readonly id: string;
  readonly hostnames: readonly string[];
  readonly revoked_at?: string;
}

describe("handlers of handoff:cloudflare:CertificateMark and SignedCertificate", () => {
  const cloud = new TestCloudflare();
  beforeEach(() => cloud.start());
  afterEach(() => cloud.stop());

  const hostnames = ["cal.example.com", "*.cal.example.com"];
  const by = (apiToken = TOKEN): Props => ({ zoneId: ZONE, apiToken, baseUrl: cloud.baseUrl });
  const valid = async (): Promise<string[]> => {
    const { certificates } = (await cloud.state()) as { certificates: Kept[] };
    return certificates.filter((one) => one.revoked_at === undefined).map(({ id }) => id);
  };
  async function marked(): Promise<State> {
    const inputs = { ...by(), keepers: { rotation: "1" } };
    return { inputs, outputs: (await certificateMarkHandler.create(testContext(), inputs)).outputs };
  }
  const wanted = ({ outputs }: State, changes: Props = {}): Props => ({
    ...by(),
    hostnames,
    days: 90,
    privateKey: outputs.privateKey,
    ...changes,
  });
  const signed = async (mark: State, changes: Props = {}) => {
    const inputs = wanted(mark, changes);
    const { id, outputs } = await signedCertificateHandler.create(testContext(), inputs);
    return { id, state: { inputs, outputs } };
  };
  const remove = (id: string, state: State) => signedCertificateHandler.delete(testContext(), id, state);

  it("have a certificate signed for the mark's key, with its hosts and days", async () => {
    const mark = await marked();
    const { state } = await signed(mark);
    const certificate = new X509Certificate(String(state.outputs.certificate));
    assert.equal(certificate.subjectAltName, "DNS:cal.example.com, DNS:*.cal.example.com");
    assert.ok(certificate.checkPrivateKey(createPrivateKey(String(mark.outputs.privateKey))));
    const days = (Date.parse(String(state.outputs.expiresOn)) - Date.now()) / 86_400_000;
    assert.ok(days > 89.9 && days < 90.1, String(days));
    assert.equal(new Date(certificate.validTo).toISOString(), state.outputs.expiresOn);
    // Blocks as Go writes them, so that External Secrets gives back the same bytes.
    assert.match(
      String(state.outputs.certificate),
      /^-----BEGIN CERTIFICATE-----\n([^\n]{64}\n)*[^\n]{1,64}\n-----END CERTIFICATE-----\n$/,
    );
  });

  it("take what a killed run had signed, but nothing that is of another key, other hosts, or revoked", async () => {
    const [mark, another] = [await marked(), await marked()];
    const { id } = await signed(mark);
    assert.equal((await signed(mark)).id, id);
    assert.notEqual((await signed(another)).id, id);
    assert.notEqual((await signed(mark, { hostnames: ["cal.example.com"] })).id, id);
    await remove(id, { inputs: by(), outputs: {} });
    assert.notEqual((await signed(mark)).id, id);
  });

  it("end in one certificate when the answer to its making is lost", async () => {
    const mark = await marked();
    await cloud.fault({ answer: "cut", done: true, method: "POST", path: "/certificates", times: 1 });
    const { id } = await signed(mark);
    assert.deepEqual(await valid(), [id]);
    await cloud.fault({ answer: "cut", done: false, method: "POST", path: "/certificates", times: 1 });
    const { id: further } = await signed(await marked());
    assert.deepEqual(await valid(), [id, further]);
  });

  it("see in a refresh that one is revoked, and take that for deleted", async () => {
    const mark = await marked();
    const { id, state } = await signed(mark);
    assert.equal((await signedCertificateHandler.read(testContext(), id, state))?.id, id);
    await remove(id, state);
    assert.equal(await signedCertificateHandler.read(testContext(), id, state), undefined);
    await remove(id, state);
    await remove("1234", state);
  });

  it("revoke on destroy what no state knows of, and nothing of others", async () => {
    const [mark, another] = [await marked(), await marked()];
    const { id: theirs } = await signed(another);
    await signed(mark);
    await signed(mark, { hostnames: ["other.example.com"] });
    const ctx = testContext();
    await certificateMarkHandler.delete(ctx, "", mark);
    assert.deepEqual(await valid(), [theirs]);
    assert.equal(ctx.told.filter((line) => line.includes("revoked the certificate")).length, 2);
  });

  it("make another certificate for other hosts or days, and none for another token", async () => {
    const mark = await marked();
    const { id, state } = await signed(mark);
    const diff = async (changes: Props) =>
      (await signedCertificateHandler.diff(testContext(), id, state, wanted(mark, changes))).replaces;
    assert.deepEqual(await diff({ hostnames: ["cal.example.com"] }), ["hostnames"]);
    assert.deepEqual(await diff({ days: 365 }), ["days"]);
    assert.deepEqual(await diff({ apiToken: "another" }), []);
  });

  it("say which permission a token lacks, and show no key", async () => {
    const resources = { [`com.cloudflare.api.account.zone.${ZONE}`]: "*" };
    const policies = [
      { effect: "allow", permission_groups: [{ id: "7b7216b327b04b8fbc8f524e1f9b7531" }], resources },
    ];
    const { value } = await cloud.call<{ value: string }>("POST", "/tokens", { name: "reads", policies });
    const mark = await marked();
    await assert.rejects(signed(mark, { apiToken: value }), (error: Error) => {
      assert.match(error.message, /HTTP 403.*\(1016\)\n→ Give .* "Zone \/ SSL and Certificates \/ Edit"/);
      assert.doesNotMatch(error.message, /PRIVATE KEY/);
      return true;
    });
    const refused = /\(1010\)\n→ .*zone/;
    await assert.rejects(signed(mark, { hostnames: ["cal.example.net"] }), refused);
  });
});
