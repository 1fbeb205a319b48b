import assert from "node:assert/strict";
import { tunnelToken } from "../../provider/cloudflare/tunnel-token";
import { ACCOUNT, TestCloudflare, testContext, TOKEN } from "./cloud";

describe("the token of a tunnel", () => {
  const cloud = new TestCloudflare();
  before(() => cloud.start());
  after(() => cloud.stop());
  const read = (tunnelId: string, apiToken = TOKEN) =>
    tunnelToken({ accountId: ACCOUNT, tunnelId, apiToken, baseUrl: cloud.baseUrl }, testContext());

  it("is what cloudflared runs with", async () => {
    const tunnelId = await cloud.tunnel();
    const { token } = await read(tunnelId);
    const { a, t } = JSON.parse(Buffer.from(String(token), "base64").toString()) as Record<string, string>;
    assert.deepEqual([a, t], [ACCOUNT, tunnelId]);
  });

  it("is none of a tunnel that was deleted, that never was, or that the token may not see", async () => {
    const tunnelId = await cloud.tunnel();
    await cloud.call("DELETE", `/cfd_tunnel/${tunnelId}`);
    assert.match(
      String((await read(tunnelId)).fault),
      /^the tunnel t-.* was deleted at Cloudflare on \d{4}-/,
    );
    assert.match(String((await read("nil")).fault), /^there is no tunnel nil in account /);
    assert.match(String((await read(tunnelId, "wrong-token")).fault), /HTTP 401, Authentication error/);
  });
});
