import assert from "node:assert/strict";
import { recordMarkHandler } from "../../provider/cloudflare/record-mark-handler";
import { clearRecord } from "../../provider/cloudflare/record-orphans";
import { tunnelDrainHandler } from "../../provider/cloudflare/tunnel-drain-handler";
import { tunnelMarkHandler } from "../../provider/cloudflare/tunnel-mark-handler";
import { clearTunnel } from "../../provider/cloudflare/tunnel-orphans";
import { UNKNOWN, type Props, type State } from "../../provider/plugin/handler";
import { ACCOUNT, TestCloudflare, testContext, TOKEN, ZONE } from "./cloud";

interface Listed {
  readonly id: string;
}

const OWNER = "Pulumi stack handoff/prod";
const MARK = `${OWNER} 0123456789ab`;

describe("what a create may have left", () => {
  const cloud = new TestCloudflare();
  beforeEach(() => cloud.start());
  afterEach(() => cloud.stop());
  const by = (): Props => ({ apiToken: TOKEN, baseUrl: cloud.baseUrl });
  const tunnels = () => cloud.call<Listed[]>("GET", "/cfd_tunnel?is_deleted=false");
  const records = () => cloud.call<Listed[]>("GET", `/../../zones/${ZONE}/dns_records`);

  async function marked(name = "prod") {
    const inputs = { ...by(), accountId: ACCOUNT, name };
    const { outputs } = await tunnelMarkHandler.create(testContext(), inputs);
    return { inputs, outputs, wanted: { ...inputs, tunnelSecret: outputs.tunnelSecret } };
  }
  const made = async ({ name, tunnelSecret }: Props): Promise<string> =>
    (await cloud.call<Listed>("POST", "/cfd_tunnel", { name, tunnel_secret: tunnelSecret })).id;

  describe("of a tunnel", () => {
    it("is known by its secret, and goes before the tunnel is made; a preview leaves it", async () => {
      const { wanted } = await marked();
      await made(wanted);
      assert.deepEqual(await clearTunnel({ ...wanted, dryRun: true }, testContext()), { cleared: true });
      assert.equal((await tunnels()).length, 1);
      assert.deepEqual(await clearTunnel({ ...wanted, dryRun: false }, testContext()), { cleared: true });
      assert.deepEqual(await tunnels(), []);
    });

    it("isn't one that somebody else made with the same name", async () => {
      const { wanted, inputs, outputs } = await marked();
      const id = await made({ ...wanted, tunnelSecret: Buffer.alloc(32, 7).toString("base64") });
      await cloud.connect(id, 4);
      for (const asked of [wanted, { ...wanted, tunnelSecret: undefined }]) {
        const { fault } = await clearTunnel({ ...asked, dryRun: false }, testContext());
        assert.match(String(fault), new RegExp(`a tunnel prod \\(${id}, .*, 4 connections are open\\)`));
        assert.match(String(fault), new RegExp(`\n→ .*\`cloudflare\\.tunnel\\.id: ${id}\``));
      }
      await tunnelMarkHandler.delete(testContext(), "", { inputs, outputs });
      assert.equal((await tunnels()).length, 1);
    });

    it("gets another secret when the number is raised, in the preview an unknown one, and no other time", async () => {
      const { inputs, outputs } = await marked();
      const numbers = [undefined, 1, 2, 2, 3, 1, undefined, 2];
      const secrets = [outputs.tunnelSecret];
      let olds: State = { inputs, outputs };
      for (const rotation of numbers) {
        const news: Props = { ...inputs, ...(rotation !== undefined && { rotation }) };
        const foreseen = await tunnelMarkHandler.preview?.(testContext(), news, olds);
        const { outputs: next } = await tunnelMarkHandler.update(testContext(), "", olds, news);
        secrets.push(next.tunnelSecret);
        const isKept = secrets.at(-1) === secrets.at(-2);
        assert.equal(foreseen?.tunnelSecret, isKept ? next.tunnelSecret : UNKNOWN);
        assert.deepEqual(foreseen?.formerSecrets, next.formerSecrets);
        olds = { inputs: news, outputs: next };
      }
      const isAnother = secrets.slice(1).map((secret, index) => secret !== secrets[index]);
      assert.deepEqual(isAnother, [false, false, true, false, true, false, false, true]);
    });

    it("is known by the secret that it was made with, after the number was raised more than once", async () => {
      const { inputs, outputs, wanted } = await marked();
      let olds: State = { inputs, outputs };
      const raise = async (rotation: number): Promise<void> => {
        const news = { ...inputs, rotation };
        olds = {
          inputs: news,
          outputs: (await tunnelMarkHandler.update(testContext(), "", olds, news)).outputs,
        };
      };
      for (const ends of [
        () => clearTunnel({ ...olds.outputs, dryRun: false }, testContext()),
        () => Promise.resolve(tunnelMarkHandler.delete(testContext(), "", olds)),
      ]) {
        await made(wanted);
        for (const more of [1, 2]) await raise(Number(olds.inputs.rotation ?? 1) + more);
        await ends();
        assert.deepEqual(await tunnels(), []);
      }
      const { tunnelSecret, formerSecrets } = olds.outputs;
      assert.equal(new Set([tunnelSecret, ...(formerSecrets as string[])]).size, 5);
      // Whose secret none of them is, is another's.
      await made({ ...wanted, tunnelSecret: Buffer.alloc(32, 7).toString("base64") });
      assert.match(
        String((await clearTunnel({ ...olds.outputs, dryRun: false }, testContext())).fault),
        /has a tunnel prod/,
      );
    });

    it("is known where the mark is of a version that remembered none", async () => {
      const { inputs, outputs, wanted } = await marked();
      const { formerSecrets, ...earlier } = outputs;
      assert.deepEqual(formerSecrets, []);
      await made(wanted);
      const news = { ...inputs, rotation: 2 };
      const olds = { inputs, outputs: earlier };
      const { outputs: next } = await tunnelMarkHandler.update(testContext(), "", olds, news);
      await clearTunnel({ ...next, dryRun: false }, testContext());
      assert.deepEqual(await tunnels(), []);
    });

    it("goes with the mark, when no run came to record it", async () => {
      const { inputs, outputs, wanted } = await marked();
      await made(wanted);
      await tunnelMarkHandler.delete(testContext(), "", { inputs, outputs });
      assert.deepEqual(await tunnels(), []);
    });
  });

  describe("of a record", () => {
    const wanted = (changes: Props = {}): Props => ({
      ...by(),
      zoneId: ZONE,
      ...{ name: "cal.example.com", type: "CNAME", content: "t.cfargotunnel.com" },
      comment: MARK,
      ...changes,
    });
    const clear = async (changes: Props = {}) => {
      const asked = { ...wanted(), owner: OWNER, adopt: false, dryRun: false, ...changes };
      return String((await clearRecord(asked, testContext())).fault);
    };
    const record = (changes: object = {}) =>
      cloud.record({
        ...{ name: "cal.example.com", type: "CNAME", content: "t.cfargotunnel.com", proxied: true },
        ...{ comment: MARK, ...changes },
      });

    for (const [what, live] of [
      ["says the same", {}],
      ["leads elsewhere, since the run that made it was killed", { content: "u.cfargotunnel.com" }],
      ["led to an address, past the tunnel", { type: "A", content: "192.0.2.7" }],
    ] as const) {
      it(`is known by our mark where it ${what}`, async () => {
        await record(live);
        assert.equal(await clear(), "undefined");
        assert.deepEqual(await records(), []);
      });
    }

    it("isn't known in a preview before anything was made, not even by having no comment", async () => {
      await record({ comment: null });
      assert.match(await clear({ comment: undefined, dryRun: true }), /it has no comment/);
    });

    for (const [what, live, told] of [
      [
        "says the same, of another stack with this one's name",
        { comment: `${OWNER} ba9876543210` },
        /another stack of this one's name made it, or this one before its state was lost/,
      ],
      [
        "says the same, of an earlier version",
        { comment: OWNER },
        /another stack of this one's name made it/,
      ],
      ["says the same, made by hand", { comment: "by hand" }, /its comment is "by hand"/],
      ["has another comment", { comment: "by hand" }, /its comment is "by hand"/],
      ["has none", { comment: null }, /it has no comment/],
      ["is of another type", { type: "A", content: "192.0.2.7", comment: null }, /A → 192\.0\.2\.7, proxied/],
    ] as const) {
      it(`isn't one that ${what}: it is named and stays, unless it is to be adopted`, async () => {
        await record(live);
        assert.match(await clear(), told);
        assert.equal((await records()).length, 1);
        for (const dryRun of [true, false]) {
          assert.equal((await records()).length, 1);
          const ctx = testContext();
          const asked = { ...wanted(), owner: OWNER, adopt: true, dryRun };
          assert.equal((await clearRecord(asked, ctx)).fault, undefined);
          const what = "type" in live ? `${live.type} → ${live.content}` : "CNAME → t.cfargotunnel.com";
          assert.match(
            ctx.told.join(),
            new RegExp(`warn: .* the place .* cal\\.example\\.com:\n {2}${what}, proxied`),
          );
        }
        assert.deepEqual(await records(), []);
      });
    }

    it("is known by a name with letters of other scripts, and so is one of others", async () => {
      const name = "xn--bcher-kva.example.com";
      await record({ name });
      assert.deepEqual(
        (await cloud.call<{ name: string }[]>("GET", `/../../zones/${ZONE}/dns_records`)).map(
          (one) => one.name,
        ),
        ["bücher.example.com"],
      );
      assert.equal(await clear({ name }), "undefined");
      assert.deepEqual(await records(), []);
      await record({ name, comment: "by hand" });
      assert.match(await clear({ name }), /its comment is "by hand"/);
    });

    it("isn't one that an app of Cloudflare's keeps, which can't be adopted", async () => {
      await record({ comment: null, meta: { managed_by_apps: true } });
      for (const adopt of [false, true])
        assert.match(
          await clear({ adopt }),
          /an app of Cloudflare's keeps.*\n.*\n→ Remove cal\.example\.com from the custom domains/,
        );
      assert.equal((await records()).length, 1);
    });

    it("isn't the address of the other kind, nor a text at the same name", async () => {
      await record({ type: "AAAA", content: "2001:db8::7" });
      await record({ type: "TXT", content: "v=spf1 -all", proxied: false });
      assert.equal(await clear({ type: "A", content: "192.0.2.7" }), "undefined");
      assert.equal((await records()).length, 2);
    });

    for (const [what, below] of [
      ["a name below", "sub.example.com"],
      ["the name", "cal.sub.example.com"],
    ] as const) {
      it(`isn't made where the zone leaves ${what} to other name servers: nobody would ask for it`, async () => {
        for (const content of ["a.ns.example.net", "b.ns.example.net"])
          await cloud.record({ type: "NS", name: below, content, proxied: false });
        for (const dryRun of [true, false]) {
          const fault = await clear({ name: "cal.sub.example.com", dryRun, adopt: true });
          assert.match(
            fault,
            /is left to other name servers by zone example\.com|which is left to other name servers/,
          );
          assert.match(
            fault,
            /\(NS a\.ns\.example\.net, b\.ns\.example\.net\).*\n→ If .* `cloudflare\.zones`/,
          );
        }
        assert.equal(await clear({ name: "cal.example.com" }), "undefined");
        assert.equal(await clear({ name: "notsub.example.com" }), "undefined");
      });
    }

    it("is made in a zone that names further servers of its own", async () => {
      await cloud.record({ type: "NS", name: "example.com", content: "a.ns.example.net", proxied: false });
      assert.equal(await clear(), "undefined");
      assert.equal(await clear({ name: "example.com" }), "undefined");
    });

    it("goes with the mark", async () => {
      await record();
      await recordMarkHandler.delete(testContext(), "", { inputs: wanted(), outputs: {} });
      assert.deepEqual(await records(), []);
    });
  });
});

describe("handler of handoff:cloudflare:TunnelDrain", () => {
  const cloud = new TestCloudflare();
  let tunnelId: string;
  beforeEach(async () => {
    await cloud.start();
    tunnelId = await cloud.tunnel();
  });
  afterEach(() => cloud.stop());
  const remove = (options: object, ctx = testContext()) =>
    tunnelDrainHandler({ interval: 20, ...options }).delete(ctx, tunnelId, {
      inputs: { apiToken: TOKEN, baseUrl: cloud.baseUrl, accountId: ACCOUNT, tunnelId },
      outputs: {},
    });
  const deleted = () => cloud.call("DELETE", `/cfd_tunnel/${tunnelId}`);

  it("waits until connections are gone, and says so", async () => {
    await cloud.connect(tunnelId, 4, 0.3);
    assert.equal(await deleted(), null);
    const ctx = testContext();
    await remove({}, ctx);
    assert.match(
      ctx.told[0] ?? "",
      /status: waiting until nothing is connected to the tunnel t-.* \(4 connections\)/,
    );
    assert.notEqual(await deleted(), null);
  });

  it("has Cloudflare forget connectors that stopped long ago", async () => {
    await cloud.connect(tunnelId, 4, 3600);
    await remove({ forgetAfter: 50 });
    assert.notEqual(await deleted(), null);
  });

  it("refuses while cloudflared runs, and names each connector", async () => {
    await cloud.connect(tunnelId, 8);
    await assert.rejects(
      remove({ forgetAfter: 30, limit: 100 }),
      /is in use, .*: 8 connections\n {2}connector connector-1: cloudflared 2026\.8\.0 at 192\.0\.2\.10, .*\n {2}connector connector-2: .*\n→ Nothing of the tunnel/,
    );
  });

  it("is done at once where there is no tunnel any more", async () => {
    await deleted();
    await remove({});
    tunnelId = "00000000-0000-0000-0000-000000000000";
    await remove({});
  });
});
