import assert from "node:assert/strict";
import { tokenSweepHandler } from "../../provider/cloudflare/token-mark-handler";
import { tokenProofHandler } from "../../provider/cloudflare/token-proof-handler";
import type { Props } from "../../provider/plugin/handler";
import { TestCloudflare, testContext, TOKEN, ZONE } from "./cloud";

const FURTHER = "d".repeat(32);
const SSL_WRITE = "c03055bc037c4ea9afb9a9f104b7b721";
const ZONE_READ = "c8fed203ed3043cba015a93ad1616f1f";
const SSL_READ = "7b7216b327b04b8fbc8f524e1f9b7531";
const markedName = "prod Origin CA 0123456789ab";

interface Signed {
  readonly id: string;
  readonly hostnames: readonly string[];
  readonly revoked_at?: string;
}

describe("handler of handoff:cloudflare:TokenProof", () => {
  const cloud = new TestCloudflare();
  const handler = tokenProofHandler({ interval: 5, limit: 400 });
  beforeEach(() => cloud.start({ furtherZones: { [FURTHER]: "example.org" } }));
  afterEach(() => cloud.stop());

  async function token(more: object = {}, group = SSL_WRITE, zones = [ZONE, FURTHER]): Promise<string> {
    const resources = Object.fromEntries(zones.map((id) => [`com.cloudflare.api.account.zone.${id}`, "*"]));
    const policies = [{ effect: "allow", permission_groups: [{ id: group }], resources }];
    const made = { name: markedName, policies, ...more };
    return (await cloud.call<{ value: string }>("POST", "/tokens", made)).value;
  }
  const inputs = (value: string, more: Props = {}): Props => ({
    ...{ apiToken: TOKEN, baseUrl: cloud.baseUrl, markedName, zoneIds: [ZONE, FURTHER], value },
    ...more,
  });
  const signed = async (): Promise<Signed[]> =>
    ((await cloud.state()) as { certificates: Signed[] }).certificates;
  const valid = async () => (await signed()).filter(({ revoked_at }) => revoked_at === undefined);

  it("has one certificate signed for a name in each zone, and revokes it", async () => {
    const ctx = testContext();
    const value = await token();
    const made = await handler.create(ctx, inputs(value));
    assert.equal(made.outputs.value, value);
    const [one, ...more] = await signed();
    assert.deepEqual(more, []);
    assert.deepEqual(one?.hostnames, [
      "handoff-0123456789ab.example.com",
      "handoff-0123456789ab.example.org",
    ]);
    assert.ok(one.revoked_at);
    assert.deepEqual(ctx.told, []);
  });

  it("proves another token again, and one that is the same never", async () => {
    const [first, second] = [await token(), await token()];
    const olds = { inputs: inputs(first), outputs: inputs(first) };
    for (const [news, count] of [
      [inputs(first, { apiToken: "renewed", addresses: ["127.0.0.0/8"] }), 0],
      [inputs(second), 1],
    ] as const) {
      assert.equal((await handler.diff(testContext(), "", olds, news)).changes, true);
      await handler.update(testContext(), "", olds, news);
      assert.equal((await signed()).length, count);
    }
    assert.equal((await handler.diff(testContext(), "", olds, olds.inputs)).changes, false);
  });

  it("waits while Cloudflare doesn't take a new token yet, and says so", async () => {
    const value = await token();
    await cloud.fault({ status: 403, path: "/certificates", times: 3 });
    const ctx = testContext();
    await handler.create(ctx, inputs(value));
    assert.match(
      ctx.told.join("\n"),
      /^status: waiting until Cloudflare takes the API token prod Origin CA 0/,
    );
    assert.deepEqual([(await signed()).length, (await valid()).length], [1, 0]);
  });

  it("ends at once when the user cancels that wait", async () => {
    const ctx = testContext();
    const creating = tokenProofHandler({ interval: 60_000 }).create(ctx, inputs("unknown"));
    const started = Date.now();
    setTimeout(() => {
      ctx.cancel();
    }, 200);
    await assert.rejects(creating, /cancelled/);
    assert.ok(Date.now() - started < 2_000);
  });

  it("fails for a token that may not sign for all of the zones, and says what it takes", async () => {
    for (const value of [await token({}, SSL_READ), await token({}, SSL_WRITE, [ZONE]), "unknown"]) {
      await assert.rejects(
        handler.create(testContext(), inputs(value)),
        /^UserError: the new API token prod Origin CA 0123456789ab has no certificate signed: .*40[13].*\n→ Nothing took it, and a former one stays good\..*Zone \/ SSL and Certificates \/ Edit/,
      );
    }
    assert.deepEqual(await signed(), []);
  });

  it("leaves a token unproven that is good elsewhere, with a warning, unless nobody asked for that", async () => {
    const away = await token({ condition: { request_ip: { in: ["203.0.113.0/24"] } } });
    const ctx = testContext();
    await handler.create(ctx, inputs(away, { addresses: ["203.0.113.0/24"] }));
    assert.match(
      ctx.told.join("\n"),
      /^warn: .*isn't proven: it is good for 203\.0\.113\.0\/24 alone.*\n→ .*npm run doctor/,
    );
    await assert.rejects(
      handler.create(testContext(), inputs(away)),
      /Cannot use the access token from location/,
    );
    const here = await token({ condition: { request_ip: { in: ["127.0.0.0/8"] } } });
    await handler.create(testContext(), inputs(here, { addresses: ["127.0.0.0/8"] }));
    assert.equal((await signed()).length, 1);
  });

  it("leaves a token unproven where the one that makes it can't read the zones' names, with a warning", async () => {
    const blind = await token({}, SSL_WRITE);
    const ctx = testContext();
    await handler.create(ctx, inputs(await token(), { apiToken: blind }));
    assert.match(ctx.told.join("\n"), /^warn: .*isn't proven: .*403.*\n→ .*"Zone \/ Zone \/ Read"/);
    const sees = await token({}, ZONE_READ);
    await handler.create(testContext(), inputs(await token(), { apiToken: sees }));
    assert.equal((await signed()).length, 1);
  });

  it("takes a lost answer for a proof when it was signed, and asks again when it wasn't", async () => {
    for (const done of [true, false]) {
      await cloud.fault({ answer: "cut", done, method: "POST", path: "/certificates", times: 1 });
      await handler.create(testContext(), inputs(await token()));
      assert.deepEqual(await valid(), []);
    }
    assert.equal((await signed()).length, 2);
  });

  it("revokes what a killed proof left, and nothing of others: the next time, or with the token", async () => {
    const value = await token();
    const olds = { ...inputs(value), proof: { value, zoneId: ZONE } };
    for (const goOn of [
      () => handler.create(testContext(), inputs(value)),
      () => Promise.resolve(tokenSweepHandler.delete(testContext(), "", { inputs: olds, outputs: olds })),
    ]) {
      await cloud.fault({ status: 400, method: "DELETE", path: "/certificates", times: 1 });
      await assert.rejects(handler.create(testContext(), inputs(value)));
      await cloud.fault(null);
      assert.equal((await valid()).length, 1);
      const theirs = inputs(value, { markedName: "prod Origin CA ba9876543210" });
      await cloud.fault({ status: 400, method: "DELETE", path: "/certificates", times: 1 });
      await assert.rejects(handler.create(testContext(), theirs));
      await cloud.fault(null);
      await goOn();
      const left = await valid();
      assert.deepEqual(
        left.map(({ hostnames }) => hostnames[0]),
        ["handoff-ba9876543210.example.com"],
      );
      await handler.create(testContext(), theirs);
    }
  });

  it("lets a token go that isn't taken any more, whatever its proof left", async () => {
    const olds = { ...inputs("revoked"), proof: { value: "revoked", zoneId: ZONE } };
    await tokenSweepHandler.delete(testContext(), "", { inputs: olds, outputs: olds });
  });
});
