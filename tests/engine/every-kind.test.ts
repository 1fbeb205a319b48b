/** Every kind of credential rotated in one `up`, while somebody reads all the time what the cluster has of them. */
import { strict as assert } from "node:assert";
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { assertWhole, declareKinds, KEPT, KEYS, rotateKinds } from "./kinds";
import { Reader, type Texts } from "./reader";
import { useSandbox } from "./sandbox";

const READ = {
  kinds: "kinds/kinds",
  database: "calcom/calcom-db",
  app: "calcom/calcom-secret",
  certificate: "calcom/calcom-tls",
  tunnel: "cloudflare/cloudflared-token",
};
/** Who reads them: namespace, and the label `app` of the pods. */
const CONSUMERS = [
  ["kinds", "kinds"],
  ["calcom", "calcom"],
  ["cloudflare", "cloudflared"],
] as const;

describe("credentials of every kind", () => {
  const sandbox = useSandbox("prod", true);
  const pods = async ([namespace, app]: readonly [string, string]): Promise<readonly string[]> =>
    (await sandbox.get("pods", namespace))
      .filter(({ metadata }) => metadata.labels?.app === app)
      .map(({ metadata }) => metadata.uid);
  const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

  before(async function () {
    this.timeout(1_800_000);
    sandbox.create();
    declareKinds(sandbox.project);
    await sandbox.succeeds("start", "--no-up");
    await sandbox.readEnvironment();
    sandbox.settle([["handoff:cloudflare", "certificates"], "direct"]);
    await sandbox.up();
  });

  /** What is done by what the cluster has: the API takes the token, and nobody has revoked the certificate. */
  async function used(secrets: ReadonlyMap<string, Texts>): Promise<void> {
    const account = sandbox.env.CLOUDFLARE_ACCOUNT_ID ?? "";
    const token = secrets.get(READ.kinds)?.token ?? "";
    const verify = `${sandbox.env.CLOUDFLARE_BASE_URL ?? ""}/accounts/${account}/tokens/verify`;
    const { status } = await fetch(verify, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(status, 200, "the token of the Origin CA is refused");
    const { "tls.crt": crt = "", "tls.key": key = "" } = secrets.get(READ.certificate) ?? {};
    const certificate = new X509Certificate(crt);
    assert.ok(certificate.checkPrivateKey(createPrivateKey(key)), "the key is another certificate's");
    const serial = BigInt(`0x${certificate.serialNumber}`).toString();
    const own = (await sandbox.cloudflare()).certificates.find(({ id }) => id === serial);
    assert.ok(own !== undefined && own.revoked_at === undefined, "the certificate is revoked");
  }

  it("are rotated in one up: vault, Secret, who reads it, and the former is revoked; no reader is refused", async function () {
    this.timeout(900_000);
    const before = { pods: await Promise.all(CONSUMERS.map(pods)), cloud: await sandbox.cloudflare() };
    sandbox.settle(
      ...["postgresPassword", "nextauthSecret", "calendsoEncryptionKey", "certificates"].map(
        (name) => [["handoff:rotate", name], 2] as const,
      ),
      [["handoff:cloudflare", "tunnel", "rotate"], 2],
    );
    rotateKinds(sandbox.project, 2);
    const reader = new Reader(sandbox.env.KUBECONFIG ?? "");
    reader.start(Object.values(READ), ["cloudflare/cloudflared"], used);
    const { output } = await sandbox.up();
    assert.deepEqual(await reader.stop(), []);

    // Each Secret was the former, then the new one, and nothing between.
    const { kinds, ...others } = Object.fromEntries(
      Object.entries(READ).map(([name, path]) => {
        const [former, next, ...more] = reader.seen.get(path) ?? [];
        assert.ok(former !== undefined && next !== undefined, `${path} has another value`);
        assert.deepEqual(more.map(Object.keys), [], `${path} was read in a third way`);
        assert.deepEqual(Object.keys(next), Object.keys(former));
        return [name, { former, next }];
      }),
    ) as Record<keyof typeof READ, { readonly former: Texts; readonly next: Texts }>;
    for (const texts of Object.values(kinds)) await assertWhole(texts);
    const vault = await sandbox.vault();
    for (const [key, name] of Object.entries(KEYS)) {
      const [text, former] = [kinds.next[key] ?? "", kinds.former[key] ?? ""];
      assert.equal(vault[name], digest(text), name);
      assert.equal(text === former, KEPT.includes(key), name);
    }
    const { database, app, tunnel } = others;
    const password = database.next.POSTGRES_PASSWORD ?? "";
    assert.notEqual(password, database.former.POSTGRES_PASSWORD);
    assert.equal(vault["calcom-postgres-password"], digest(password));
    assert.equal(decodeURIComponent(new URL(app.next.DATABASE_URL ?? "").password), password);
    assert.match(output, /the role calcom of calcom\/calcom-db has its new password/);
    for (const [key, name] of [
      ["NEXTAUTH_SECRET", "calcom-nextauth-secret"],
      ["CALENDSO_ENCRYPTION_KEY", "calcom-calendso-encryption-key"],
    ] as const) {
      assert.notEqual(app.next[key], app.former[key]);
      assert.equal(vault[name], digest(app.next[key] ?? ""));
    }

    const now = await Promise.all(CONSUMERS.map(pods));
    for (const [index, uids] of now.entries()) {
      const former = before.pods[index] ?? [];
      const restarted = uids.length > 0 && uids.every((uid) => !former.includes(uid));
      assert.ok(restarted, `${String(CONSUMERS[index])} runs with the new values`);
    }

    const { tunnels, tokens, certificates } = await sandbox.cloudflare();
    assert.deepEqual(
      tokens.map(({ value }) => value),
      [digest(kinds.next.token ?? "")],
    );
    const secretOf = (texts: Texts): string =>
      (JSON.parse(Buffer.from(Object.values(texts)[0] ?? "", "base64").toString()) as { s: string }).s;
    const [live] = tunnels;
    assert.equal(live?.id, before.cloud.tunnels[0]?.id);
    assert.equal(live?.tunnel_secret, digest(secretOf(tunnel.next)));
    assert.notEqual(secretOf(tunnel.next), secretOf(tunnel.former));
    // A proof of each token was signed by it, for a name of its own.
    const valid = (proof: boolean) =>
      certificates
        .filter(({ hostnames }) => hostnames.some((name) => name.startsWith("handoff-")) === proof)
        .map(({ revoked_at }) => revoked_at === undefined);
    assert.deepEqual(valid(false), [false, true]);
    assert.deepEqual(valid(true), [false, false]);
  });

  it("are left alone by the next up", async function () {
    this.timeout(600_000);
    const { output } = await sandbox.up();
    assert.doesNotMatch(output, /\d+ (created|updated|replaced|deleted)/, output);
  });
});
