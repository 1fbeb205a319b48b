import assert from "node:assert/strict";
import { CloudflareRefusal } from "../../provider/cloudflare/answer";
import { AnswerLost, CloudflareClient, type ClientOptions } from "../../provider/cloudflare/client";
import { ACCOUNT, TestCloudflare, testContext, TOKEN } from "./cloud";

describe("the client of Cloudflare's API", () => {
  const cloud = new TestCloudflare();
  const path = `/accounts/${ACCOUNT}/cfd_tunnel`;
  before(() => cloud.start());
  after(() => cloud.stop());
  afterEach(() => cloud.fault(null));

  const opened = (options: ClientOptions = {}, apiToken = TOKEN) => {
    const ctx = testContext();
    return { ctx, client: new CloudflareClient(ctx, { apiToken, baseUrl: cloud.baseUrl }, options) };
  };
  const reason = async (work: Promise<unknown>): Promise<Error> =>
    await work.then(
      () => assert.fail("it worked"),
      (error: unknown) => error as Error,
    );

  it("asks again while Cloudflare fails or the answer is cut, and as often as is sensible", async () => {
    for (const fault of [{ status: 502 }, { answer: "cut" }, { status: 429, retryAfter: 0 }]) {
      await cloud.fault({ ...fault, times: 2 });
      assert.ok(Array.isArray(await opened().client.call("GET", path)));
    }
    await cloud.fault({ status: 429, retryAfter: 3600 });
    assert.match(
      (await reason(opened().client.call("GET", path))).message,
      /HTTP 429.*\n→ .* again in 60 minutes/,
    );
  });

  it("sends no create again that may have been done", async () => {
    const tunnel = (name: string) => opened().client.call("POST", path, { name });
    await cloud.fault({ answer: "cut", done: true, method: "POST" });
    assert.ok((await reason(tunnel("once"))) instanceof AnswerLost);
    const made = await opened().client.list<{ name: string }>(path);
    assert.equal(made.filter(({ name }) => name === "once").length, 1);
    await cloud.fault({ status: 429, retryAfter: 0, method: "POST" });
    await tunnel("limited");
  });

  it("shows no token, whatever Cloudflare repeats", async () => {
    await cloud.fault({ status: 400, echo: true });
    const { message } = await reason(opened().client.call("GET", path));
    assert.equal(
      message,
      `Cloudflare refused GET ${path}: HTTP 400, Injected fault for Bearer [secret] (10400)`,
    );
  });

  it("says what it waits for, when Cloudflare wants a pause and when it doesn't answer", async () => {
    const limited = opened({ beat: 10 });
    await cloud.fault({ status: 429, retryAfter: 240 });
    const waiting = limited.client.call("GET", path);
    // A busy machine may be told of before, as slow to answer.
    const paused = () => limited.ctx.told.filter((line) => line.includes("asking again in"));
    await until(() => paused().length > 2);
    limited.ctx.cancel();
    assert.equal((await reason(waiting)).message, "cancelled");
    assert.match(
      paused()[0] ?? "",
      /^status: Cloudflare refused GET .*: HTTP 429.*; asking again in: 240 s$/,
    );
    assert.match(paused()[1] ?? "", /; asking again in: \d+ s more$/);

    const hanging = opened({ beat: 10 });
    await cloud.fault({ answer: "hang" });
    const asking = hanging.client.call("GET", path);
    await until(() => hanging.ctx.told.length > 1);
    hanging.ctx.cancel();
    assert.equal((await reason(asking)).message, "cancelled");
    assert.match(hanging.ctx.told[0] ?? "", /^status: Cloudflare hasn't answered GET .* for \d+ s$/);
  });

  it("gives a request up that isn't answered, and asks again", async () => {
    await cloud.fault({ answer: "hang" });
    assert.ok(Array.isArray(await opened({ timeout: 1000 }).client.call("GET", path)));
  });

  it("tries the environment's token and the state's, in the order that is asked for", async () => {
    const before = process.env.CLOUDFLARE_API_TOKEN;
    try {
      for (const [variable, given] of [
        [TOKEN, "revoked-token"],
        ["another-accounts", TOKEN],
      ] as const) {
        process.env.CLOUDFLARE_API_TOKEN = variable;
        await opened({ first: "environment" }, given).client.call("GET", path);
      }
      const refused = await reason(opened({}, "revoked-token").client.call("GET", path));
      assert.ok(refused instanceof CloudflareRefusal && refused.unauthorized);
      assert.doesNotMatch(refused.message, /which the state keeps/);
      // What the state kept is told as such, and the environment's isn't.
      for (const [variable, words] of [
        [undefined, /\n→ This is the token of the last `up`, .*`pulumi destroy --run-program`\.$/],
        ["revoked-token", /^((?!state keeps)[^])*$/],
      ] as const) {
        if (variable === undefined) delete process.env.CLOUDFLARE_API_TOKEN;
        else process.env.CLOUDFLARE_API_TOKEN = variable;
        const kept = opened({ first: "environment" }, "revoked-token");
        const { message } = await reason(kept.client.call("GET", path));
        assert.match(message, words);
      }
    } finally {
      if (before === undefined) delete process.env.CLOUDFLARE_API_TOKEN;
      else process.env.CLOUDFLARE_API_TOKEN = before;
    }
  });

  it("lists page by page", async () => {
    for (let i = 0; i < 55; i++) await cloud.call("POST", "/cfd_tunnel", { name: `page-${String(i)}` });
    const all = await opened().client.list<{ name: string }>(path);
    assert.equal(all.filter(({ name }) => name.startsWith("page-")).length, 55);
  });
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}
