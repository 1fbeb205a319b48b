import { strict as assert } from "node:assert";
import { ACCOUNT, TestCloudflare, TOKEN } from "../../cloudflare/cloud";

describe("the stand-in of Cloudflare's Zero Trust", () => {
  const cloud = new TestCloudflare();
  beforeEach(() => cloud.start());
  afterEach(() => cloud.stop());

  /** Status and code of a refusal, with the first words. */
  async function refused(method: string, path: string, body?: object, token = TOKEN): Promise<string> {
    const response = await fetch(`${cloud.baseUrl}/accounts/${ACCOUNT}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    const { success, errors } = (await response.json()) as {
      success: boolean;
      errors: { code: number; message: string }[];
    };
    const [error] = errors;
    return success ? "none" : `${String(response.status)}/${String(error?.code)} ${error?.message ?? ""}`;
  }
  const app = (changes: object = {}) => ({
    ...{ name: "Cal", domain: "cal.example.com", type: "self_hosted" },
    ...changes,
  });

  it("keeps one application for each domain, with an audience tag that stays", async () => {
    const made = await cloud.call<{ id: string; aud: string }>("POST", "/access/apps", app());
    assert.match(made.aud, /^[0-9a-f]{64}$/);
    assert.match(await refused("POST", "/access/apps", app()), /^409\/11010 .*application_already_exists/);
    const policies = [{ name: "a", decision: "allow", include: [{ email: { email: "a@example.com" } }] }];
    const after = await cloud.call("PUT", `/access/apps/${made.id}`, app({ policies }));
    assert.equal(after.aud, made.aud);
    assert.deepEqual(after.self_hosted_domains, ["cal.example.com"]);
    await cloud.call("DELETE", `/access/apps/${made.id}`);
    for (const method of ["GET", "PUT", "DELETE"])
      assert.match(
        await refused(method, `/access/apps/${made.id}`, method === "GET" ? undefined : {}),
        /^404\/11021 /,
      );
  });

  it("refuses domains outside of the account's zones, rules that it doesn't know, and one place for two", async () => {
    const outside = await refused("POST", "/access/apps", app({ domain: "cal.example.org" }));
    assert.match(outside, /^400\/12130 .*does not belong to zone/);
    const policy = { name: "a", decision: "allow", include: [{ everyone: {} }], precedence: 1 };
    const unknown = [{ ...policy, include: [{ emails: ["a"] }] }];
    assert.match(await refused("POST", "/access/apps", app({ policies: unknown })), /^400\/1001 /);
    assert.match(
      await refused("POST", "/access/apps", app({ policies: [policy, policy] })),
      /^400\/12130 .*precedences/,
    );
  });

  it("takes a token for what it may do alone", async () => {
    const mint = async (id: string): Promise<string> => {
      const resources = { [`com.cloudflare.api.account.${ACCOUNT}`]: "*" };
      const policies = [{ effect: "allow", permission_groups: [{ id }], resources }];
      return (await cloud.call<{ value: string }>("POST", "/tokens", { name: id, policies })).value;
    };
    const reader = await mint("7ea222f6d5064cfa89ea366d7c1fee89");
    assert.equal(await refused("GET", "/access/apps", undefined, reader), "none");
    assert.match(await refused("POST", "/access/apps", app(), reader), /^403\/10000 /);
    assert.match(await refused("GET", "/access/organizations", undefined, reader), /^403\/10000 /);
    assert.match(await refused("GET", "/teamnet/routes", undefined, reader), /^403\/10000 /);
    const tunnels = await mint("c07321b023e944ff818fec44d8203567");
    assert.equal(await refused("GET", "/teamnet/routes", undefined, tunnels), "none");
  });

  it("has no Access in an account without an organization", async () => {
    await cloud.stop();
    await cloud.start({ teamName: "" });
    for (const path of ["/access/apps", "/access/organizations"])
      assert.match(await refused("GET", path), /^403\/9999 access\.api\.error\.not_enabled/);
  });

  it("keeps one route for each network, and its tunnel until it goes", async () => {
    const tunnel = await cloud.tunnel();
    const route = { network: "10.0.0.0/8", tunnel_id: tunnel };
    const { id } = await cloud.call<{ id: string }>("POST", "/teamnet/routes", route);
    assert.match(await refused("POST", "/teamnet/routes", route), /^409\/1014 You already have a route/);
    assert.match(await refused("DELETE", `/cfd_tunnel/${tunnel}`), /^400\/1022 /);
    assert.match(
      await refused("POST", "/teamnet/routes", { ...route, network: "10.1.2.3/8" }),
      /^400\/1001 /,
    );
    assert.match(
      await refused("POST", "/teamnet/routes", { network: "10.1.0.0/16", tunnel_id: ACCOUNT_UUID }),
      /^404\/1003 /,
    );
    const long = { ...route, network: "10.1.0.0/16", comment: "a".repeat(101) };
    assert.match(await refused("POST", "/teamnet/routes", long), /^400\/1001 /);
    await cloud.call("DELETE", `/teamnet/routes/${id}`);
    assert.match(await refused("GET", `/teamnet/routes/${id}`), /^404\/1003 /);
    assert.equal(await refused("POST", "/teamnet/routes", route), "none");
  });
});

const ACCOUNT_UUID = "00000000-0000-4000-8000-0000000000ff";
