import assert from "node:assert/strict";
import { tokenMarkHandler, tokenSweepHandler } from "../../provider/cloudflare/token-mark-handler";
import type { Props } from "../../provider/plugin/handler";
import { ACCOUNT, TestCloudflare, testContext, TOKEN, ZONE } from "./cloud";

const GROUP = "c03055bc037c4ea9afb9a9f104b7b721";

interface Listed {
  readonly id: string;
  readonly name: string;
}

describe("handlers of handoff:cloudflare:TokenMark and TokenSweep", () => {
  const cloud = new TestCloudflare();
  beforeEach(() => cloud.start());
  afterEach(() => cloud.stop());

  const tokens = async (): Promise<string[]> =>
    (await cloud.call<Listed[]>("GET", "/tokens")).map(({ id }) => id);
  const by = (): Props => ({ accountId: ACCOUNT, owner: "account", apiToken: TOKEN, baseUrl: cloud.baseUrl });
  const state = (inputs: Props, outputs: Props = {}) => ({ inputs, outputs });

  async function marked(name = "prod Origin CA") {
    const inputs = { ...by(), name };
    const { outputs } = await tokenMarkHandler.create(testContext(), inputs);
    return { mark: state(inputs, outputs), markedName: String(outputs.markedName) };
  }
  /** As the vendor's plugin does, each time that the state doesn't know of a token. */
  const made = async (name: string): Promise<string> => {
    const resources = { [`com.cloudflare.api.account.zone.${ZONE}`]: "*" };
    const policies = [{ effect: "allow", permission_groups: [{ id: GROUP }], resources }];
    return (await cloud.call<Listed>("POST", "/tokens", { name, policies })).id;
  };

  it("give a name that no other has, within Cloudflare's 120 characters, for as long as the mark lives", async () => {
    const [one, other, long] = [await marked(), await marked(), await marked("x".repeat(200))];
    assert.match(one.markedName, /^prod Origin CA [0-9a-f]{12}$/);
    assert.notEqual(one.markedName, other.markedName);
    assert.equal(long.markedName.length, 120);
    const renamed = await tokenMarkHandler.diff(testContext(), "", one.mark, { ...by(), name: "other" });
    assert.deepEqual(renamed.replaces, ["name"]);
    const { outputs } = await tokenMarkHandler.update(testContext(), "", one.mark, one.mark.inputs);
    assert.equal(outputs.markedName, one.markedName);
  });

  it("make no name for a token of another account's zone, in a preview neither, whether it is new or added", async () => {
    const [foreign, other] = ["e".repeat(32), "f".repeat(32)];
    await cloud.stop();
    await cloud.start({ furtherZones: { [foreign]: "example.net" }, furtherAccounts: { [foreign]: other } });
    const own: Props = { ...by(), name: "prod Origin CA", zoneIds: [ZONE] };
    const news: Props = { ...own, zoneIds: [ZONE, foreign] };
    const olds = state(own, (await tokenMarkHandler.create(testContext(), own)).outputs);
    const words =
      /^UserError: Cloudflare's zone example\.net belongs to account f{32}, not 0123.*\n→ Publish its hosts by a stack/;
    for (const refused of [
      () => tokenMarkHandler.create(testContext(), news),
      () => tokenMarkHandler.update(testContext(), "", olds, news),
      () => Promise.resolve(tokenMarkHandler.preview?.(testContext(), news, undefined)),
      () => Promise.resolve(tokenMarkHandler.preview?.(testContext(), news, olds)),
    ])
      await assert.rejects(refused, words);
    // A zone that the token can't see is left to Cloudflare's own word.
    await tokenMarkHandler.create(testContext(), { ...own, zoneIds: ["0".repeat(32)] });
  });

  it("give another name by another age", async () => {
    const keepers = { generation: "1" };
    const { mark } = await marked();
    const { replaces } = await tokenMarkHandler.diff(testContext(), "", mark, { ...mark.inputs, keepers });
    assert.deepEqual(replaces, ["keepers"]);
  });

  it("leave one token of those that killed runs made, and all of others", async () => {
    const { markedName } = await marked();
    const theirs = [await made((await marked()).markedName), await made("prod Origin CA")];
    const [, , tokenId] = [await made(markedName), await made(markedName), await made(markedName)];
    const ctx = testContext();
    const inputs = { ...by(), markedName, tokenId };
    await tokenSweepHandler.create(ctx, inputs);
    assert.deepEqual(new Set(await tokens()), new Set([...theirs, tokenId]));
    assert.equal(ctx.told.filter((line) => line.includes("removed the API token")).length, 2);
    assert.equal((await tokenSweepHandler.diff(ctx, "", state(inputs), inputs)).changes, false);
    // Another token in its place is a reason to look again.
    assert.equal(
      (await tokenSweepHandler.diff(ctx, "", state(inputs), { ...inputs, tokenId: "x" })).changes,
      true,
    );
  });

  it("leave none on destroy that a killed run made, and all of others", async () => {
    const { mark, markedName } = await marked();
    const theirs = await made((await marked()).markedName);
    await made(markedName);
    await tokenMarkHandler.delete(testContext(), "", mark);
    assert.deepEqual(await tokens(), [theirs]);
  });

  it("take the environment's token where the state's was revoked, and say what a token lacks", async () => {
    const { mark, markedName } = await marked();
    await made(markedName);
    const old = { ...mark, inputs: { ...mark.inputs, apiToken: "revoked-token" } };
    await assert.rejects(
      Promise.resolve(tokenMarkHandler.delete(testContext(), "", old)),
      /HTTP 401.*\n→ This is the token of the last `up`.*\n→ Give the token the permission "Account \/ Account API Tokens \/ Edit"/,
    );
    const before = process.env.CLOUDFLARE_API_TOKEN;
    process.env.CLOUDFLARE_API_TOKEN = TOKEN;
    try {
      await tokenMarkHandler.delete(testContext(), "", old);
    } finally {
      if (before === undefined) delete process.env.CLOUDFLARE_API_TOKEN;
      else process.env.CLOUDFLARE_API_TOKEN = before;
    }
    assert.deepEqual(await tokens(), []);
  });
});
