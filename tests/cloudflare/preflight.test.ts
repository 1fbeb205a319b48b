import assert from "node:assert/strict";
import { cloudflareFaults, type CloudflareChecks } from "../../provider/cloudflare/preflight";
import { preflightHandler } from "../../provider/preflight-handler";
import { ACCOUNT, TestCloudflare, testContext, TOKEN, ZONE } from "./cloud";

const ACCOUNT_RESOURCE = { [`com.cloudflare.api.account.${ACCOUNT}`]: "*" };
const ZONE_RESOURCE = { [`com.cloudflare.api.account.zone.${ZONE}`]: "*" };
/** Ids of permission groups. */
const RIGHTS = {
  settingsRead: { id: "517b21aee92c4d89936c976ba6e4be55", resources: ZONE_RESOURCE },
  zoneRead: { id: "c8fed203ed3043cba015a93ad1616f1f", resources: ZONE_RESOURCE },
  dnsRead: { id: "82e64a83756745bbbb1c9c2701bf816b", resources: ZONE_RESOURCE },
  dnsWrite: { id: "4755a26eedb94da69e1066d98aa820be", resources: ZONE_RESOURCE },
  tunnelRead: { id: "efea2ab8357b47888938f101ae5e053f", resources: ACCOUNT_RESOURCE },
  tunnelWrite: { id: "c07321b023e944ff818fec44d8203567", resources: ACCOUNT_RESOURCE },
  sslRead: { id: "7b7216b327b04b8fbc8f524e1f9b7531", resources: ZONE_RESOURCE },
  sslWrite: { id: "c03055bc037c4ea9afb9a9f104b7b721", resources: ZONE_RESOURCE },
  accessRead: { id: "7ea222f6d5064cfa89ea366d7c1fee89", resources: ACCOUNT_RESOURCE },
  accessWrite: { id: "1e13c5124ca64b72b1969a67e8829049", resources: ACCOUNT_RESOURCE },
  organizationsRead: { id: "26bc23f853634eb4bff59983b9064fde", resources: ACCOUNT_RESOURCE },
  tokensWrite: { id: "5bc3f8b21c554832afc660159ab75fa4", resources: ACCOUNT_RESOURCE },
};

describe("the preflight of Cloudflare", () => {
  const cloud = new TestCloudflare();
  afterEach(() => cloud.stop());

  const checks = (change: Partial<CloudflareChecks>): CloudflareChecks => ({
    accountId: ACCOUNT,
    apiToken: TOKEN,
    baseUrl: cloud.baseUrl,
    zones: [{ zoneId: ZONE, zone: "example.com" }],
    tunnel: { name: "my-cluster", managed: "cloudflare" },
    tokenOwner: "account",
    ...change,
  });
  const faults = async (
    change: Partial<CloudflareChecks> = {},
    ctx = testContext(),
  ): Promise<readonly string[]> => await cloudflareFaults(checks(change), ctx);
  const minted = async (...rights: (keyof typeof RIGHTS)[]): Promise<string> => {
    const policies = rights.map((right) => ({
      effect: "allow",
      permission_groups: [{ id: RIGHTS[right].id }],
      resources: RIGHTS[right].resources,
    }));
    return (await cloud.call<{ value: string }>("POST", "/tokens", { name: rights.join(), policies })).value;
  };

  it("finds nothing wrong with the least permissions, and changes nothing", async () => {
    await cloud.start();
    const apiToken = await minted("zoneRead", "dnsWrite", "tunnelWrite", "tokensWrite");
    const before = await cloud.state();
    assert.deepEqual(await faults({ apiToken }), []);
    assert.deepEqual(await cloud.state(), before);
  });

  it("warns of a token that ends within days, the account's or a user's, and of no other", async () => {
    await cloud.start();
    const rights = ["zoneRead", "dnsWrite", "tunnelWrite"] as const;
    const policies = rights.map((right) => ({
      effect: "allow",
      permission_groups: [{ id: RIGHTS[right].id }],
      resources: RIGHTS[right].resources,
    }));
    const ending = async (path: string, hours: number): Promise<string[]> => {
      const expires_on = new Date(Date.now() + hours * 3_600_000 + 60_000).toISOString();
      const { value } = await cloud.call<{ value: string }>("POST", path, {
        name: "t",
        policies,
        expires_on,
      });
      const ctx = testContext();
      assert.deepEqual(await faults({ apiToken: value, tokenOwner: undefined }, ctx), []);
      return ctx.told.filter((line) => line.includes("ends in"));
    };
    for (const path of ["/tokens", "/../../user/tokens"]) {
      assert.match(
        (await ending(path, 72)).join("\n"),
        /^warn: the token of `cloudflare\.apiToken` ends in 3 days, on 2\S+Z: .*\n→ Roll it/,
      );
      assert.match((await ending(path, 5)).join("\n"), /ends in 5 hours/);
      assert.deepEqual(await ending(path, 24 * 8), []);
    }
    const ctx = testContext();
    await faults({ apiToken: await minted(...rights) }, ctx);
    assert.doesNotMatch(ctx.told.join("\n"), /ends in/);
  });

  describe("of Access", () => {
    const rights = ["zoneRead", "dnsWrite", "tunnelWrite"] as const;
    const access = { teamName: "your-team" };
    const found = async (more: readonly (keyof typeof RIGHTS)[], change: Partial<CloudflareChecks> = {}) =>
      await faults({ apiToken: await minted(...rights, ...more), tokenOwner: undefined, access, ...change });

    it("asks for its permission only where a host is guarded, and changes nothing", async () => {
      await cloud.start();
      for (const more of [[], ["accessRead"]] as const) {
        assert.deepEqual(await found(more, { access: undefined }), []);
        assert.deepEqual(await found(more), [
          "the Cloudflare token may not make Access applications\n→ Dashboard, Manage account → API tokens: add Account / Access: Apps and Policies / Edit to the token of `cloudflare.apiToken`.",
        ]);
      }
      const { applications } = (await cloud.state()) as { applications: unknown[] };
      assert.deepEqual([await found(["accessWrite"]), applications], [[], []]);
    });

    it("looks at the team's name where the token may see the organization", async () => {
      await cloud.start();
      const wrong = { access: { teamName: "another" } };
      assert.deepEqual(await found(["accessWrite"], wrong), []);
      assert.deepEqual(await found(["accessWrite", "organizationsRead"]), []);
      const [told = "", ...more] = await found(["accessWrite", "organizationsRead"], wrong);
      assert.match(told, /organization is your-team, not another: .*\n→ Correct `cloudflare\.teamName`/);
      assert.deepEqual(more, []);
    });

    it("says what to do where the account has no Zero Trust organization", async () => {
      await cloud.start({ teamName: "" });
      const [told = "", ...more] = await found(["accessWrite"]);
      assert.match(told, /^the account has no Zero Trust organization, .*\n→ Dashboard, Zero Trust: /);
      assert.deepEqual(more, []);
    });
  });

  it("knows an existing tunnel by its name, whoever manages it", async () => {
    await cloud.start();
    const asked = (managed: "cloudflare" | "local") =>
      faults({ tunnel: { name: "shared", adopt: true, managed }, tokenOwner: undefined });
    const [none = "", ...more] = await asked("cloudflare");
    assert.match(none, /^there is no tunnel shared in account \w+ to use\n→ .*`cloudflare\.tunnel\.adopt`/);
    assert.deepEqual(more, []);
    const { id } = await cloud.call<{ id: string }>("POST", "/cfd_tunnel", {
      ...{ name: "shared", config_src: "cloudflare" },
    });
    assert.deepEqual(await asked("cloudflare"), []);
    assert.match(
      (await asked("local"))[0] ?? "",
      /rules would be written where cloudflared doesn't read them/,
    );
    await cloud.call("DELETE", `/cfd_tunnel/${id}`);
    const [gone = ""] = await asked("cloudflare");
    assert.match(gone, new RegExp(`to use: ${id} was deleted on 2.*, and can't be brought back\n`));
  });

  it("names each permission that a token lacks, and how to give it", async () => {
    await cloud.start();
    const words = [
      /^the Cloudflare token may not change records\n→ .*add Zone \/ DNS \/ Edit of zone example\.com to/,
      /^the Cloudflare token may not change tunnels\n→ .*add Account \/ Cloudflare Tunnel \/ Edit to/,
      /^the Cloudflare token may not make API tokens\n→ .*add Account \/ Account API Tokens \/ Edit to/,
    ];
    for (const rights of [["dnsRead", "tunnelRead"], []] as const) {
      const found = await faults({ apiToken: await minted("zoneRead", ...rights) });
      assert.equal(found.length, words.length, found.join("\n"));
      assert.match(found[0]!, words[0]!);
      assert.match(found[1]!, rights.length === 0 ? /may not see tunnels\n→ / : words[1]!);
      assert.match(found[2]!, words[2]!);
    }
    const [unseen = "", ...more] = await faults({ apiToken: await minted("tunnelWrite") });
    assert.deepEqual(more, []);
    assert.match(
      unseen,
      /^Cloudflare refused to show zone .*: HTTP 403.*\n→ .* Zone \/ Zone \/ Read of this/,
    );
    const [unknown = ""] = await faults({ apiToken: "wrong-token" });
    assert.match(unknown, /HTTP 401, Authentication error \(10000\)\n→ Check `cloudflare.apiToken`/);
  });

  it("is a part of the whole preflight", async () => {
    await cloud.start();
    const cloudflare = checks({ apiToken: await minted("zoneRead", "tunnelWrite", "tokensWrite") });
    const found = await preflightHandler({ stack: "a/b", repositories: [], cloudflare }, testContext());
    assert.equal((found.faults as string[]).length, 1);
    assert.match(String(found.faults), /DNS/);
  });

  it("asks for a user's right where the token is a user's, and for none where no token is made", async () => {
    await cloud.start();
    const apiToken = await minted("zoneRead", "dnsWrite", "tunnelWrite");
    assert.match((await faults({ apiToken, tokenOwner: "user" })).join(), /User \/ API Tokens \/ Edit/);
    assert.deepEqual(await faults({ apiToken, tokenOwner: undefined }), []);
  });

  it("asks for the right to have certificates signed where they are, for each zone, and has none signed", async () => {
    const further = "d".repeat(32);
    await cloud.start({ furtherZones: { [further]: "example.org" } });
    const wanted = { tokenOwner: undefined, certificates: true };
    const apiToken = await minted("zoneRead", "dnsWrite", "tunnelWrite", "sslWrite");
    const before = await cloud.state();
    assert.deepEqual(await faults({ ...wanted, apiToken }), []);
    const reading = await minted("zoneRead", "dnsWrite", "tunnelWrite", "sslRead");
    const [fault = "", ...more] = await faults({ ...wanted, apiToken: reading });
    assert.deepEqual(more, []);
    assert.match(
      fault,
      /^the Cloudflare token may not have certificates signed for zone example\.com\n→ .*add Zone \/ SSL and Certificates \/ Edit of zone example\.com to/,
    );
    const zones = [
      { zoneId: ZONE, zone: "example.com" },
      { zoneId: further, zone: "example.org" },
    ];
    const found = await faults({ ...wanted, zones, apiToken });
    assert.match(found.join("\n"), /signed for zone example\.org/);
    assert.doesNotMatch(found.join("\n"), /signed for zone example\.com/);
    const { certificates } = (await cloud.state()) as { certificates: object[] };
    assert.deepEqual(certificates, (before as { certificates: object[] }).certificates);
  });

  it("names a zone that is pending, paused or of another account", async () => {
    await cloud.start({ zoneStatus: "pending", zonePaused: true, zoneAccountId: "b".repeat(32) });
    const found = await faults();
    assert.equal(found.length, 3, found.join("\n"));
    assert.match(
      found[0]!,
      /^Cloudflare's zone example\.com belongs to account b{32}, not 0123.*\n→ Correct/,
    );
    assert.match(
      found[1]!,
      /^Cloudflare's zone example\.com is pending, not active: .*\n→ Set the name servers/,
    );
    assert.match(found[2]!, /^Cloudflare's zone example\.com is paused: .*\n→ Dashboard/);
  });

  it("names each zone of another account than the tunnel's, and none where records lead to an address", async () => {
    const [further, another] = ["d".repeat(32), "b".repeat(32)];
    await cloud.start({
      furtherZones: { [further]: "example.org" },
      furtherAccounts: { [further]: another },
    });
    const zones = [
      { zoneId: ZONE, zone: "example.com" },
      { zoneId: further, zone: "example.org" },
    ];
    const [fault = "", ...more] = await faults({ zones });
    assert.deepEqual(more, []);
    assert.match(
      fault,
      /^Cloudflare's zone example\.org belongs to account b{32}, not 0123.*error 1033\n→ Publish its hosts by a stack/,
    );
    const toAddress = { tunnel: undefined, address: true };
    assert.deepEqual(await faults({ zones, ...toAddress }), []);
    const [first, ...rest] = zones;
    const turned = [...rest, ...(first ? [first] : [])];
    assert.match(
      (await faults({ zones: turned, ...toAddress })).join("\n"),
      /Origin CA token works for zones/,
    );
    assert.deepEqual(await faults({ zones: turned, ...toAddress, tokenOwner: undefined }), []);
  });

  it("says what is to be done for a zone whose DNS is elsewhere", async () => {
    await cloud.start({ zoneType: "partial" });
    const ctx = testContext();
    assert.deepEqual(await faults({}, ctx), []);
    assert.match(
      ctx.told.join("\n"),
      /^warn: Cloudflare's zone example\.com has its DNS elsewhere .*\n→ Make a CNAME <host> → <host>\.cdn\.cloudflare\.net/,
    );
    await cloud.stop();
    await cloud.start({ zoneType: "partial", zoneStatus: "pending" });
    assert.match((await faults())[0]!, / is pending, .*\n→ Make the TXT record/);
  });

  it("knows a zone whose name has letters of other scripts, which Cloudflare tells as they are", async () => {
    await cloud.start({ zoneName: "xn--bcher-kva.example" });
    const zone = await cloud.call<{ name: string }>("GET", `/../../zones/${ZONE}`);
    assert.equal(zone.name, "bücher.example");
    assert.deepEqual(await faults({ zones: [{ zoneId: ZONE, zone: "xn--bcher-kva.example" }] }), []);
  });

  it("knows a zone by its name, and every further zone", async () => {
    const further = "d".repeat(32);
    await cloud.start({ furtherZones: { [further]: "example.org" } });
    assert.match(
      (await faults({ zones: [{ zoneId: ZONE, zone: "example.net" }] }))[0]!,
      / is example\.com, not/,
    );
    const zones = [
      { zoneId: ZONE, zone: "example.com" },
      { zoneId: further, zone: "example.org" },
    ];
    assert.deepEqual(await faults({ zones }), []);
    const apiToken = await minted("zoneRead", "dnsWrite", "tunnelWrite", "tokensWrite");
    const found = await faults({ zones, apiToken });
    assert.equal(found.length, 2);
    assert.match(found[0]!, new RegExp(`refused to show zone ${further}`));
    assert.match(found[1]!, /Zone \/ DNS \/ Edit of zone example\.org/);
  });

  describe("of a zone's SSL/TLS mode", () => {
    const told = async (change: Partial<CloudflareChecks> = {}): Promise<readonly string[]> => {
      const ctx = testContext();
      assert.deepEqual(await faults(change, ctx), []);
      return ctx.told;
    };
    const toAddress = { tunnel: undefined, address: true };

    it("warns of one by which apps that answer by TLS aren't reached", async () => {
      await cloud.start({ zoneSsl: "off" });
      const off = /^warn: the SSL\/TLS mode of zone example\.com is Off: .*\n→ Dashboard, .* Full \(strict\)/;
      assert.match((await told()).join("\n"), off);
      assert.match((await told(toAddress)).join("\n"), off);
      await cloud.stop();
      await cloud.start({ zoneSsl: "flexible" });
      assert.match((await told(toAddress)).join("\n"), / is Flexible: .* by HTTP, .*\n→ .* Full \(strict\)/);
      // By a tunnel the origin is spoken to as its rule says.
      assert.deepEqual(await told(), []);
    });

    it("says nothing of others, and what a token lacks that may not see it", async () => {
      await cloud.start({ zoneSsl: "full" });
      assert.deepEqual(await told(toAddress), []);
      const rights = ["zoneRead", "dnsWrite", "tunnelWrite", "tokensWrite"] as const;
      assert.deepEqual(await told({ apiToken: await minted(...rights, "settingsRead") }), []);
      assert.match(
        (await told({ apiToken: await minted(...rights) })).join("\n"),
        /^info: the SSL\/TLS mode of zone example\.com isn't known: .*\n→ Add Zone \/ Zone Settings \/ Read/,
      );
    });
  });

  describe("of a tunnel", () => {
    const local = { name: "my-cluster", managed: "local" } as const;

    it("refuses to change who manages one that is in use, before anything is deleted", async () => {
      await cloud.start();
      const { id } = await cloud.call<{ id: string }>("POST", "/cfd_tunnel", {
        name: "my-cluster",
        config_src: "cloudflare",
      });
      // Nobody is connected: it may be replaced.
      assert.deepEqual(await faults({ tunnel: local }), []);
      await cloud.connect(id, 2);
      const [fault = "", ...more] = await faults({ tunnel: local });
      assert.deepEqual(more, []);
      assert.match(
        fault,
        /^the tunnel my-cluster is managed by Cloudflare and in use \(2 connections\): .*\n→ Leave `managed: cloudflare`/,
      );
      assert.deepEqual(await faults(), []);
    });

    it("knows a given one: that it is there, alive, and managed as the settings say", async () => {
      await cloud.start();
      const id = await cloud.tunnel(undefined, "local");
      assert.deepEqual(await faults({ tunnel: { id, managed: "local" } }), []);
      assert.match(
        (await faults({ tunnel: { id } }))[0]!,
        / is locally managed, and .* is cloudflare: .*\n→ Set it to local/,
      );
      await cloud.call("DELETE", `/cfd_tunnel/${id}`);
      assert.match(
        (await faults({ tunnel: { id } }))[0]!,
        /was deleted on .*\n→ Correct `cloudflare\.tunnel\.id`/,
      );
      assert.match((await faults({ tunnel: { id: "nil" } }))[0]!, /^there is no tunnel nil\n→ Correct/);
    });
  });
});
