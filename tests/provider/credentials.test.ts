import { strict as assert } from "node:assert";
import { withoutCredentials, withoutNamedCredentials } from "../../provider/http/credentials";
import { oneLine } from "../../provider/flux/follow/pods";

const KEY =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACm\nFlczI1Ni1jdH\n-----END OPENSSH PRIVATE KEY-----";
const TUNNEL = Buffer.from(`{"a":"${"0".repeat(32)}","t":"x-y","s":"${"c".repeat(40)}"}`).toString("base64");

/** Texts by what of them is a credential. */
const BY_FORM: readonly (readonly [text: string, credential: string])[] = [
  ["clone https://somebody:hunter2-x@git.example.com/x failed", "hunter2-x"],
  [`https://${"t".repeat(24)}@git.example.com/x`, "t".repeat(24)],
  [`found ${KEY} in it`, KEY],
  [`AGE-SECRET-KEY-1${"Q".repeat(58)}`, `AGE-SECRET-KEY-1${"Q".repeat(58)}`],
  [`token ghp_${"a".repeat(36)}.`, `ghp_${"a".repeat(36)}`],
  [`github_pat_${"a1_".repeat(20)}`, "a1_a1_"],
  [`glpat-${"x".repeat(20)}`, `glpat-${"x".repeat(20)}`],
  ["xoxb-1234567890-abc", "xoxb-1234567890-abc"],
  [`hvs.${"C".repeat(24)}`, `hvs.${"C".repeat(24)}`],
  [`pul-${"0".repeat(40)}`, "0000"],
  [`Authorization: Bearer ${"a1".repeat(10)}`, "a1a1"],
  ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIi"],
  [`cloudflared run ${TUNNEL}`, TUNNEL],
  ['Post "https://hooks.slack.com/services/T00/B00/XXcanaryXX": EOF', "XXcanaryXX"],
  ["https://discord.com/api/webhooks/123/canary_-x: 404", "canary_-x"],
  ["https://api.telegram.org/bot12345:AAcanary/sendMessage", "AAcanary"],
  [`/hook/${"0f".repeat(32)}`, "0f0f"],
  ["GET https://x.blob.example.net/a?sv=1&sig=can%2Fary&x=1", "can%2Fary"],
];
const BY_NAME: readonly (readonly [text: string, credential: string])[] = [
  ['invalid values: {"auth":{"password":"canary one"}}', "one"],
  ["cannot parse: password: 'canary'", "canary"],
  ["args --db-password=canary --x", "canary"],
  ["POSTGRES_PASSWORD=canary", "canary"],
  [String.raw`{\"apiToken\":\"canary\"}`, "canary"],
  ['clientSecret="canary"', "canary"],
];
const ORDINARY = [
  "dependency 'flux-system/cert-manager' is not ready",
  'Secret "db" not found: password is missing',
  "couldn't find key password in Secret shop/db",
  "ssh://git@git.example.com/your-org/flux.git, https://user@git.example.com/x?ref=main&path=token",
  "main@sha1:59032e8d00000000000000000000000000000000, sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "passwordSecretRef: { name: db, key: password }",
  "token expired; the basic authentication of the registry failed",
];

describe("a credential that nobody knows of", () => {
  it("is told by its form, or by the words before it", () => {
    for (const [text, credential] of BY_FORM) {
      const shown = withoutCredentials(text);
      assert.ok(shown.includes("[secret]") && !shown.includes(credential), `${text}: ${shown}`);
    }
  });

  it("is taken out of JSON, which stays JSON", () => {
    for (const [text, credential] of BY_FORM) {
      const shown = withoutCredentials(JSON.stringify({ a: `x\n${text}\n`, b: [text] }));
      assert.ok(!JSON.stringify(JSON.parse(shown)).includes(credential), shown);
    }
  });

  it("is told by its name in what a cluster says", () => {
    for (const [text, credential] of [...BY_FORM, ...BY_NAME]) {
      const shown = oneLine(text);
      assert.ok(shown.includes("[secret]") && !shown.includes(credential), `${text}: ${shown}`);
    }
  });

  it("is nothing in ordinary words, and nothing is taken out twice", () => {
    for (const text of ORDINARY) assert.equal(withoutNamedCredentials(text), text);
    for (const [text] of [...BY_FORM, ...BY_NAME]) {
      const once = withoutNamedCredentials(text);
      assert.equal(withoutNamedCredentials(once), once);
    }
  });

  it("takes no time in an enormous text", () => {
    for (const part of ["a", "-----BEGIN PRIVATE KEY-----", "eyJ", "password=", "https://", "\\"])
      assert.ok(withoutNamedCredentials(part.repeat(100_000 / part.length)).length > 0);
  }).timeout(20_000);
});
