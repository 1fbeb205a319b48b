import assert from "node:assert/strict";
import { clearApplication } from "../../provider/cloudflare/access-applications";
import { accessMarkHandler } from "../../provider/cloudflare/access-mark-handler";
import { clearRoute } from "../../provider/cloudflare/private-routes";
import { routeMarkHandler } from "../../provider/cloudflare/route-mark-handler";
import type { Props } from "../../provider/plugin/handler";
import { ACCOUNT, TestCloudflare, testContext, TOKEN } from "./cloud";

const OURS = "Pulumi stack handoff/prod 0123456789ab";
const domain = "cal.example.com";
const network = "10.0.0.0/8";

describe("what a create of Zero Trust may have left", () => {
  const cloud = new TestCloudflare();
  beforeEach(() => cloud.start());
  afterEach(() => cloud.stop());
  const by = (): Props => ({ apiToken: TOKEN, baseUrl: cloud.baseUrl, accountId: ACCOUNT, comment: OURS });

  describe("an application", () => {
    const made = async (name: string, changes: object = {}): Promise<string> => {
      const policies = [{ name, decision: "allow", include: [{ everyone: {} }] }];
      const asked = { name: "Cal", domain, type: "self_hosted", policies, ...changes };
      return (await cloud.call<{ id: string }>("POST", "/access/apps", asked)).id;
    };
    const applications = async (): Promise<string[]> =>
      (await cloud.call<{ id: string }[]>("GET", "/access/apps")).map(({ id }) => id);
    const clear = (changes: Props = {}) =>
      clearApplication({ ...by(), domain, dryRun: false, ...changes }, testContext());

    it("that has our mark goes before another is made; a preview leaves it", async () => {
      const id = await made(OURS);
      assert.deepEqual(await clear({ dryRun: true }), { cleared: true });
      assert.deepEqual(await applications(), [id]);
      assert.deepEqual(await clear({ domain: "CAL.example.com" }), { cleared: true });
      assert.deepEqual(await applications(), []);
      assert.deepEqual(await clear(), { cleared: false });
    });

    it("that has it by the policy of service tokens alone is ours, too", async () => {
      await made(`${OURS}, service tokens`);
      assert.deepEqual(await clear(), { cleared: true });
    });

    for (const [what, name, changes] of [
      ["of another stack of this one's name", "Pulumi stack handoff/prod ba9876543210", {}],
      ["whose mark begins as ours", `${OURS}0`, {}],
      ["without a policy", "-", { policies: [] }],
    ] as const)
      it(`${what} is told, and stays`, async () => {
        const id = await made(name, changes);
        for (const asked of [{}, { comment: undefined, dryRun: true }]) {
          const { fault } = await clear(asked);
          assert.match(
            String(fault),
            new RegExp(`^cal\\.example\\.com is guarded .*\\n {2}Cal \\(${id}, self_hosted\\)`),
          );
          assert.match(String(fault), /\n→ Take cal\.example\.com out of `cloudflare\.access`/);
        }
        await accessMarkHandler.delete(testContext(), "", { inputs: { ...by(), domain }, outputs: {} });
        assert.deepEqual(await applications(), [id]);
      });

    it("for another path, or another host, isn't in the way", async () => {
      await made("theirs", { domain: `${domain}/api` });
      await made("theirs", { domain: "*.example.com" });
      assert.deepEqual(await clear(), { cleared: false });
    });

    it("goes with the mark, when no run came to record it", async () => {
      await made(OURS);
      const ctx = testContext();
      await accessMarkHandler.delete(ctx, "", { inputs: { ...by(), domain }, outputs: {} });
      assert.deepEqual(await applications(), []);
      assert.deepEqual(ctx.told, [
        "info: removed the Access application for cal.example.com, whose making was never recorded",
      ]);
    });

    it("can't be made without an organization, which is said in words", async () => {
      await cloud.stop();
      await cloud.start({ teamName: "" });
      assert.match(String((await clear()).fault), /no Zero Trust organization.*\n→ Dashboard, Zero Trust/);
    });
  });

  describe("a route", () => {
    let tunnel = "";
    beforeEach(async () => {
      tunnel = await cloud.tunnel();
    });
    const made = async (comment: string, changes: object = {}): Promise<string> => {
      const asked = { network, tunnel_id: tunnel, comment, ...changes };
      return (await cloud.call<{ id: string }>("POST", "/teamnet/routes", asked)).id;
    };
    const routes = async (): Promise<string[]> =>
      (await cloud.call<{ id: string }[]>("GET", "/teamnet/routes?is_deleted=false")).map(({ id }) => id);
    const clear = (changes: Props = {}) =>
      clearRoute({ ...by(), network, tunnelId: tunnel, dryRun: false, ...changes }, testContext());

    it("that has our mark goes before another is made; a preview leaves it", async () => {
      const id = await made(OURS);
      assert.deepEqual(await clear({ dryRun: true }), { cleared: true });
      assert.deepEqual(await routes(), [id]);
      assert.deepEqual(await clear(), { cleared: true });
      assert.deepEqual(await routes(), []);
      assert.deepEqual(await clear(), { cleared: false });
    });

    it("of somebody else is told, and stays", async () => {
      const id = await made("the office");
      for (const asked of [{}, { comment: undefined, dryRun: true }]) {
        const { fault } = await clear(asked);
        const told = `^10\\.0\\.0\\.0/8 has a route already .*:\\n {2}to the tunnel t-.* \\(route ${id}\\), .*"the office"\\n→`;
        assert.match(String(fault), new RegExp(told));
      }
      await routeMarkHandler.delete(testContext(), "", { inputs: { ...by(), network }, outputs: {} });
      assert.deepEqual(await routes(), [id]);
    });

    it("in another virtual network, or of a narrower one, isn't in the way", async () => {
      await made("theirs", { virtual_network_id: "00000000-0000-4000-8000-00000000000f" });
      await made("theirs", { network: "10.1.0.0/16" });
      assert.deepEqual(await clear(), { cleared: false });
    });

    it("goes with the mark, when no run came to record it", async () => {
      await made(OURS);
      const ctx = testContext();
      await routeMarkHandler.delete(ctx, "", { inputs: { ...by(), network }, outputs: {} });
      assert.deepEqual(await routes(), []);
      assert.deepEqual(ctx.told, ["info: removed the route of 10.0.0.0/8, whose making was never recorded"]);
    });
  });
});
