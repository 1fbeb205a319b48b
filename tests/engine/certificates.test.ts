/** Certificates of the Origin CA under the real engine: one each, whatever happens while it is signed, and none that stays. */
import { strict as assert } from "node:assert";
import { X509Certificate, createPrivateKey } from "node:crypto";
import { certificateRequest } from "../../provider/cloudflare/certificate-request";
import { TestCloudflare, TOKEN, ZONE } from "../cloudflare/cloud";
import type { CertificateOfTest } from "./certificates";
import { useCloudflare } from "./cloudflare-stack";
import type { TestStack } from "./stack";

interface Kept {
  readonly id: string;
  readonly hostnames: readonly string[];
  readonly requested_validity: number;
  readonly revoked_at?: string;
}

describe("Origin CA certificates under the engine", function () {
  this.timeout(600_000);
  const cloud = new TestCloudflare();
  let stack: TestStack;

  useCloudflare("certificates", {
    cloud,
    begin: async (made) => {
      stack = made;
      await set({});
    },
  });

  const set = (changes: Partial<CertificateOfTest>): Promise<void> => {
    const hostnames = ["cal.example.com"];
    return stack.set(["certificate", JSON.stringify({ zoneId: ZONE, hostnames, ...changes })]);
  };
  const valid = async (): Promise<Kept[]> => {
    const { certificates } = (await cloud.state()) as { certificates: Kept[] };
    return certificates.filter(({ revoked_at }) => revoked_at === undefined);
  };
  const destroy = () => stack.pulumi("destroy", "--yes", "--skip-preview");
  /** The one certificate that there is, which is that of the stack, with its key. */
  async function whole(): Promise<Kept> {
    const [one, ...more] = await valid();
    assert.ok(one);
    assert.deepEqual(more, []);
    const { pem } = (await stack.outputs()) as { pem: string };
    const certificate = new X509Certificate(pem);
    assert.equal(BigInt(`0x${certificate.serialNumber}`).toString(), one.id);
    const [key = ""] = /-----BEGIN PRIVATE KEY-----[^]*/.exec(pem) ?? [];
    assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
    return one;
  }

  it("are signed once, and their key is nowhere in the open", async () => {
    const told = await stack.up();
    const { requested_validity } = await whole();
    assert.equal(requested_validity, 5475);
    const state = await stack.pulumi("stack", "export");
    assert.match(await stack.pulumi("stack", "output", "expiresOn"), /^20\d\d-.*Z$/m);
    for (const text of [told, state]) assert.doesNotMatch(text, /PRIVATE KEY/);
  });

  it("are others for other hosts, days and numbers, and the former one is revoked after what takes it", async () => {
    const changes = [
      { rotation: 2 },
      { rotation: 2, days: 90 },
      { rotation: 2, days: 90, hostnames: ["cal.example.com", "*.cal.example.com"] },
    ];
    const ids = [(await whole()).id];
    for (const change of changes) {
      await set(change);
      const told = await stack.up();
      assert.match(told, /taker (replaced|creat)[^]*cal-tls-certificate delet/);
      ids.push((await whole()).id);
    }
    assert.equal(new Set(ids).size, ids.length);
  });

  it("are signed again where somebody revoked one", async () => {
    const [{ id } = { id: "" }] = await valid();
    await cloud.call("DELETE", `/../../certificates/${id}`);
    await stack.up("--refresh");
    assert.notEqual((await whole()).id, id);
  });

  it("are one each when the answer to the signing is lost", async () => {
    await destroy();
    await set({});
    assert.deepEqual(await valid(), []);
    await cloud.fault({ answer: "cut", done: true, method: "POST", path: "/certificates" });
    await stack.up();
    await whole();
    await destroy();
  });

  it("are gone on with when a killed run had one signed, and revoked by a destroy as well", async () => {
    for (const ends of [() => stack.up().then(whole), () => Promise.resolve()]) {
      await cloud.fault({ status: 400, method: "POST", path: "/certificates", times: 1000 });
      await assert.rejects(stack.up());
      await cloud.fault(null);
      const exported = await stack.pulumi("stack", "export", "--show-secrets");
      const { deployment } = JSON.parse(exported) as {
        deployment: { resources: { type: string; outputs?: { privateKey?: { plaintext?: string } } }[] };
      };
      const mark = deployment.resources.find(({ type }) => type === "handoff:cloudflare:CertificateMark");
      const key = JSON.parse(mark?.outputs?.privateKey?.plaintext ?? "") as string;
      const hostnames = ["cal.example.com"];
      await cloud.call("POST", "/../../certificates", {
        ...{ csr: await certificateRequest(key, hostnames), hostnames },
        ...{ request_type: "origin-ecc", requested_validity: 5475 },
      });
      assert.equal((await valid()).length, 1);
      await ends();
      await destroy();
      assert.deepEqual(await valid(), []);
    }
  });

  it("end with a word on the permission, and go on when it is there", async () => {
    const resources = { [`com.cloudflare.api.account.zone.${ZONE}`]: "*" };
    const policies = [
      { effect: "allow", permission_groups: [{ id: "7b7216b327b04b8fbc8f524e1f9b7531" }], resources },
    ];
    const { value } = await cloud.call<{ value: string }>("POST", "/tokens", { name: "reads", policies });
    stack.setEnvironment({ CLOUDFLARE_API_TOKEN: value });
    await assert.rejects(stack.up(), /Give the token the permission "Zone \/ SSL and Certificates \/ Edit"/);
    stack.setEnvironment({ CLOUDFLARE_API_TOKEN: TOKEN });
    await stack.up();
    await whole();
    await destroy();
  });
});
