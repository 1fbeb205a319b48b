import assert from "node:assert/strict";
import { recordMarkHandler } from "../../provider/cloudflare/record-mark-handler";
import { recordWatchHandler as handler } from "../../provider/cloudflare/record-watch-handler";
import type { Props } from "../../provider/plugin/handler";
import { TestCloudflare, testContext, TOKEN, ZONE } from "./cloud";

const FURTHER = "d".repeat(32);
const GONE = "e".repeat(32);

describe("handler of handoff:cloudflare:RecordWatch", () => {
  const cloud = new TestCloudflare();
  beforeEach(() => cloud.start({ furtherZones: { [FURTHER]: "example.org" } }));
  afterEach(() => cloud.stop());

  const record = (zoneId: string, name: string) => ({ zoneId, name, urn: `urn:pulumi:prod::p::t::${name}` });
  const [ours, another, gone, lost] = [
    record(ZONE, "cal.example.com"),
    record(FURTHER, "cal.example.org"),
    record(GONE, "a.example.net"),
    record(GONE, "b.example.net"),
  ];
  const inputs = (...records: object[]): Props => ({ apiToken: TOKEN, baseUrl: cloud.baseUrl, records });
  const state = (...records: object[]) => ({ inputs: inputs(...records), outputs: inputs(...records) });
  const move = (zoneId: string) => cloud.fault({ status: 403, path: `/zones/${zoneId}`, times: 100 });

  it("says nothing of zones that let records be changed, and changes none", async () => {
    const before = await cloud.state();
    const ctx = testContext();
    const all = state(ours, another);
    await handler.delete(ctx, "records", all);
    assert.deepEqual(await handler.read(ctx, "records", all), { id: "records", ...all });
    await handler.update(ctx, "records", all, inputs(ours));
    assert.deepEqual(ctx.told, []);
    assert.deepEqual(await cloud.state(), before);
  });

  it("names the command for each record of a zone that refuses, or that there isn't any more, and of no other", async () => {
    for (const [command, run] of [
      [
        "destroy",
        (ctx: ReturnType<typeof testContext>) => handler.delete(ctx, "", state(ours, another, gone, lost)),
      ],
      [
        "refresh",
        (ctx: ReturnType<typeof testContext>) => handler.read(ctx, "", state(ours, another, gone, lost)),
      ],
    ] as const) {
      await move(FURTHER);
      const ctx = testContext();
      await run(ctx);
      await cloud.fault(null);
      const told = ctx.told.filter((line) => line.startsWith("warn: "));
      assert.equal(told.length, 2);
      const [moved = "", without = ""] = told;
      assert.match(moved, /^warn: records can't be deleted, nor looked at: .*HTTP 403/);
      assert.match(moved, new RegExp(`Once \`pulumi ${command}\` has failed at them`));
      assert.deepEqual(moved.match(/^ {2}pulumi .*$/gm), [`  pulumi state delete '${another.urn}' --yes`]);
      assert.match(without, /HTTP 404.*7003/);
      assert.deepEqual(
        without.match(/^ {2}pulumi .*$/gm),
        [gone, lost].map(({ urn }) => `  pulumi state delete '${urn}' --yes`),
      );
    }
  });

  it("speaks in an up of those alone that the program has no more", async () => {
    await move(FURTHER);
    const ctx = testContext();
    await handler.update(ctx, "", state(ours, another), inputs(another));
    assert.deepEqual(ctx.told, []);
    await handler.update(ctx, "", state(ours, another), inputs(ours));
    assert.match(ctx.told.join("\n"), /warn: records can't be deleted[^]*run `pulumi up` again/);
  });

  it("leaves other failures to the vendor's plugin, which meets them, too", async () => {
    await cloud.fault({ status: 400, path: `/zones/${ZONE}`, times: 100 });
    const ctx = testContext();
    await handler.delete(ctx, "", state(ours));
    assert.deepEqual(ctx.told, []);
  });

  it("has a record's mark say how it is forgotten, where its zone has moved", async () => {
    const { zoneId, name } = ours;
    const marked = { apiToken: TOKEN, baseUrl: cloud.baseUrl, zoneId, name, type: "CNAME", content: "t" };
    const inputsOfMark = { ...marked, comment: "Pulumi stack handoff/prod 0123456789ab" };
    await move(ZONE);
    const ctx = testContext();
    await assert.rejects(
      Promise.resolve(recordMarkHandler.delete(ctx, "", { inputs: inputsOfMark, outputs: inputsOfMark })),
      (error: Error) => {
        assert.match(
          error.message,
          /^whether a killed run left a CNAME record of cal\.example\.com can't be looked at/,
        );
        assert.match(error.message, /comment "Pulumi stack handoff\/prod 0123456789ab" there is left/);
        assert.ok(error.message.endsWith(`  pulumi state delete '${ctx.urn}' --yes`), error.message);
        return true;
      },
    );
  });
});
