import assert from "node:assert/strict";
import {
  OriginCaCertificate,
  type OriginCaCertificateArgs,
} from "../../components/cloudflare/origin-ca-certificate";
import { byName, failure, run, tree, valueOf } from "../mocks";

const zoneId = "fedcba9876543210fedcba9876543210";
const hostnames = ["cal.example.com", "*.example.com"];
const answers = {
  outputs: {
    "handoff:secrets:CredentialAge": () => ({ generation: 2 }),
    "handoff:cloudflare:CertificateMark": () => ({ privateKey: "canary-key\n" }),
    "handoff:cloudflare:SignedCertificate": () => ({
      certificate: "certificate\n",
      expiresOn: "2041-11-25T00:00:00.000Z",
    }),
  },
};
const made = (args: Partial<OriginCaCertificateArgs> = {}) =>
  new OriginCaCertificate("calcom-tls", { zoneId, hostnames, apiToken: "canary-token", ...args });

describe("OriginCaCertificate", () => {
  it("makes a key that remembers its hosts, days and rotation, and has a certificate signed for it", async () => {
    const { result, resources } = await run(answers, () => made({ days: 365, rotation: 3 }));
    assert.deepEqual(tree(resources), [
      "handoff:cloudflare:CertificateMark calcom-tls-mark (calcom-tls)",
      "handoff:cloudflare:OriginCaCertificate calcom-tls",
      "handoff:cloudflare:SignedCertificate calcom-tls-certificate (calcom-tls)",
      "handoff:secrets:CredentialAge calcom-tls-age (calcom-tls)",
    ]);
    assert.deepEqual(byName(resources, "calcom-tls-age").inputs, { maxAge: "243d", rotation: 3 });
    const apiToken = { secret: "canary-token" };
    assert.deepEqual(byName(resources, "calcom-tls-mark").inputs, {
      zoneId,
      apiToken,
      keepers: { hostnames: hostnames.join(), days: "365", rotation: "3", generation: "2" },
    });
    assert.deepEqual(byName(resources, "calcom-tls-certificate").inputs, {
      zoneId,
      apiToken,
      hostnames,
      days: 365,
      privateKey: { secret: "canary-key\n" },
    });
    assert.deepEqual(await valueOf(result.pem), { secret: "certificate\ncanary-key\n" });
  });

  it("renews each kind of certificate with a third of its time left", async () => {
    const ages = [];
    for (const days of [7, 30, 90, 5475])
      ages.push(byName((await run(answers, () => made({ days }))).resources, "calcom-tls-age").inputs.maxAge);
    assert.deepEqual(ages, ["4d", "20d", "60d", "3650d"]);
  });

  it("refuses what Cloudflare doesn't sign, all of it at once", async () => {
    const error = await failure(answers, () =>
      made({ hostnames: ["192.0.2.7", "*.*.example.com", "Cal.example.com"], days: 400, rotation: 0 }),
    );
    const { message } = error as Error;
    for (const said of [
      '"192.0.2.7" is no',
      '"*.*.example.com" is no',
      '"Cal.example.com" is no',
      "400 days: Cloudflare signs for 7, 30",
      "rotation is 0",
    ])
      assert.ok(message.includes(said), `${said} in ${message}`);
    assert.match(((await failure(answers, () => made({ hostnames: [] }))) as Error).message, /no hosts/);
  });
});
