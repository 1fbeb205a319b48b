import assert from "node:assert/strict";
import { apiTokenHandler, tokenMarkHandler } from "../../provider/cloudflare/api-token-handler";
import type { Props } from "../../provider/plugin/handler";
import { ACCOUNT, TestCloudflare, testContext, TOKEN, ZONE } from "./cloud";

const GROUP = "c03055bc037c4ea9afb9a9f104b7b721";

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}

describe("handlers of handoff:cloudflare:ApiToken and its mark", () => {
  const cloud = new TestCloudflare();
  beforeEach(() => cloud.start());
  afterEach(() => cloud.stop());

  const tokens = () => cloud.call<Listed[]>("GET", "/tokens");
  const by = (): Props => ({ accountId: ACCOUNT, owner: "account", apiToken: TOKEN, baseUrl: cloud.baseUrl });
  const state = (inputs: Props, outputs: Props = {}) => ({ inputs, outputs });

  async function marked(name = "prod Origin CA"): Promise<{ mark: ReturnType<typeof state>; inputs: Props }> {
    const news = { ...by(), name };
    const { outputs } = await tokenMarkHandler.create(testContext(), news);
    const inputs = { ...by(), name: outputs.markedName, permissionGroup: GROUP, zoneId: ZONE };
    return { mark: state(news, outputs), inputs };
  }
  const status = async (value: unknown): Promise<number> =>
    (
      await fetch(`${cloud.baseUrl}/accounts/${ACCOUNT}/tokens/verify`, {
        headers: { authorization: `Bearer ${String(value)}` },
      })
    ).status;

  it("make a token for one permission, change it in place, and delete it", async () => {
    const { inputs, mark } = await marked();
    const { id, outputs } = await apiTokenHandler.create(testContext(), inputs);
    assert.match(String(inputs.name), /^prod Origin CA [0-9a-f]{12}$/);
    assert.equal(await status(outputs.value), 200);
    assert.deepEqual(
      (await tokens()).map(({ name }) => name),
      [inputs.name],
    );

    const changed = { ...inputs, expiresOn: "2099-01-01T00:00:00Z" };
    const updated = await apiTokenHandler.update(testContext(), id, state(inputs, outputs), changed);
    assert.equal(updated.outputs.value, outputs.value);
    assert.deepEqual(
      (await apiTokenHandler.read(testContext(), id, state(changed, updated.outputs)))?.inputs,
      changed,
    );
    await apiTokenHandler.delete(testContext(), id, state(changed, updated.outputs));
    await apiTokenHandler.delete(testContext(), id, state(changed, updated.outputs));
    await tokenMarkHandler.delete(testContext(), "", mark);
    assert.deepEqual(await tokens(), []);
    assert.equal(await apiTokenHandler.read(testContext(), id, state(changed)), undefined);
  });

  it("have one token after each lost answer, and its value works", async () => {
    for (const done of [true, false]) {
      for (const answer of [{ answer: "cut" }, { status: 502 }]) {
        const { inputs } = await marked();
        await cloud.fault({ ...answer, done, method: "POST", path: "/tokens" });
        const { id, outputs } = await apiTokenHandler.create(testContext(), inputs);
        const ours = (await tokens()).filter(({ name }) => name === inputs.name);
        assert.deepEqual(
          ours.map((token) => token.id),
          [id],
        );
        assert.equal(await status(outputs.value), 200);
      }
    }
  }).timeout(60_000);

  it("take over the token of a run that was killed, whose value nobody has", async () => {
    const { inputs } = await marked();
    const killed = await apiTokenHandler.create(testContext(), inputs);
    const { id, outputs } = await apiTokenHandler.create(testContext(), inputs);
    assert.equal(id, killed.id);
    assert.equal((await tokens()).length, 1);
    assert.equal(await status(outputs.value), 200);
    assert.equal(await status(killed.outputs.value), 401);
  });

  it("leave none behind where nothing is made any more, and none of others'", async () => {
    const others = await marked();
    const theirs = await apiTokenHandler.create(testContext(), others.inputs);
    const { inputs, mark } = await marked();
    await apiTokenHandler.create(testContext(), inputs);
    const ctx = testContext();
    await tokenMarkHandler.delete(ctx, "", mark);
    assert.deepEqual(
      (await tokens()).map(({ id }) => id),
      [theirs.id],
    );
    assert.match(ctx.told.join("\n"), /removed the API token/);
  });

  it("make an expired one anew, and replace it where it has another owner, the old one first", async () => {
    const { inputs } = await marked();
    const diff = (news: Props) => apiTokenHandler.diff(testContext(), "", state(inputs), news);
    const changed = await diff({ ...inputs, owner: "user", zoneId: "z" });
    assert.deepEqual(changed, {
      changes: true,
      replaces: ["owner"],
      deleteBeforeReplace: true,
      detailed: { owner: "update-replace", zoneId: "update" },
    });
    assert.equal((await diff(inputs)).changes, false);
  });

  it("take the environment's token where the state's was revoked, and say what a token lacks", async () => {
    const { inputs } = await marked();
    const { id, outputs } = await apiTokenHandler.create(testContext(), inputs);
    const old = state({ ...inputs, apiToken: "revoked-token" }, outputs);
    await assert.rejects(
      apiTokenHandler.delete(testContext(), id, old),
      /HTTP 401.*\n→ Give the token the permission "Account \/ Account API Tokens \/ Edit"/,
    );
    await withEnvironment(TOKEN, async () => {
      assert.equal((await apiTokenHandler.read(testContext(), id, old))?.id, id);
      await apiTokenHandler.delete(testContext(), id, old);
    });
    assert.deepEqual(await tokens(), []);
  });
});

async function withEnvironment(token: string, work: () => Promise<void>): Promise<void> {
  const before = process.env.CLOUDFLARE_API_TOKEN;
  process.env.CLOUDFLARE_API_TOKEN = token;
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env.CLOUDFLARE_API_TOKEN;
    else process.env.CLOUDFLARE_API_TOKEN = before;
  }
}
