import assert from "node:assert/strict";
import { Props, UNKNOWN, UserError } from "../../provider/plugin/handler";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { OwnRule, Rule, ensureRule, findRule, sameRule } from "../../manifests/cloudflare/ingress-rules";
import { CloudflareClient } from "../../provider/cloudflare/client";
import { tunnelConfiguration } from "../../provider/cloudflare/tunnel-api";
import { editConfiguration } from "../../provider/cloudflare/tunnel-configuration";
import { ACCOUNT, TestCloudflare, testContext as context, TOKEN } from "./cloud";

describe("handler of handoff:cloudflare:IngressRule", () => {
  const cloud = new TestCloudflare();
  let handler: ReturnType<typeof ingressRuleHandler>;
  const theirs: Rule[] = [
    {
      hostname: "wiki.example.com",
      path: "/api",
      service: "http://wiki-api:80",
      originRequest: { connectTimeout: 30 },
    },
    { hostname: "wiki.example.com", service: "http://wiki:80" },
    { service: "http_status:503" },
  ];

  before(() => cloud.start());
  after(() => cloud.stop());
  // Each as in a process of its own.
  const anotherRun = (): void => {
    handler = ingressRuleHandler();
  };
  beforeEach(anotherRun);

  it("creates, reads, updates and deletes its rule, and leaves everything else", async () => {
    const id = await cloud.tunnel(theirs);
    const news = cloud.inputs(id);
    const created = await handler.create(context(), news);
    assert.equal(created.id, `${ACCOUNT}/${id}/cal.example.com`);
    assert.deepEqual(Object.keys(created.outputs), [
      "accountId",
      "tunnelId",
      "hostname",
      "service",
      "originRequest",
    ]);
    const { hostname, service: origin, originRequest } = news;
    assert.deepEqual((await cloud.config(id)).ingress, [
      ...theirs.slice(0, 2),
      { hostname, service: origin, originRequest },
      theirs[2],
    ]);
    assert.deepEqual((await cloud.config(id))["warp-routing"], { enabled: true });

    const state = { inputs: news, outputs: created.outputs };
    assert.deepEqual((await handler.read(context(), created.id, state))?.inputs, news);
    const changed = cloud.inputs(id, { service: "http://other:80", originRequest: undefined });
    await handler.update(context(), created.id, state, changed);
    assert.deepEqual(findRule((await cloud.config(id)).ingress, news), {
      hostname,
      service: "http://other:80",
    });

    anotherRun();
    await handler.delete(context(), created.id, { inputs: changed, outputs: {} });
    assert.deepEqual((await cloud.config(id)).ingress, theirs);
    assert.equal(await handler.read(context(), created.id, state), undefined);
  });

  it("writes nothing when its rule is there already, as after a run that was killed", async () => {
    const id = await cloud.tunnel();
    await handler.create(context(), cloud.inputs(id));
    await handler.create(context(), cloud.inputs(id));
    assert.equal((await cloud.call("GET", `/cfd_tunnel/${id}/configurations`)).version, 1);
  });

  it("stands above those of its host that come after it in the program, and stays there", async () => {
    const id = await cloud.tunnel();
    const wide = cloud.inputs(id, { path: "^/api" });
    const narrow = cloud.inputs(id, { path: "^/api/v2", above: ["^/api"] });
    for (const news of [wide, narrow]) await handler.create(context(), news);
    const other = cloud.inputs(id, { path: "^/api/v2", service: "http://other:80", above: ["^/api"] });
    await handler.update(context(), "", { inputs: narrow, outputs: {} }, other);
    const rules = (await cloud.config(id)).ingress.map(({ path, service }) => [path, service]);
    assert.deepEqual(rules, [
      ["^/api/v2", "http://other:80"],
      ["^/api", "https://ingress:443"],
      [undefined, "http_status:404"],
    ]);
  });

  it("makes the catch-all of a tunnel without rules", async () => {
    const id = await cloud.tunnel();
    await handler.create(context(), cloud.inputs(id, { path: "/api" }));
    assert.deepEqual((await cloud.config(id)).ingress.at(-1), { service: "http_status:404" });
  });

  it("reads by id alone, for an import", async () => {
    const id = await cloud.tunnel(theirs);
    const access = { apiToken: TOKEN, baseUrl: cloud.baseUrl };
    const read = await handler.read(context(), `${ACCOUNT}/${id}/wiki.example.com//api`, {
      inputs: access,
      outputs: {},
    });
    assert.deepEqual(read?.inputs, { accountId: ACCOUNT, tunnelId: id, ...access, ...theirs[0] });
    await assert.rejects(
      handler.read(context(), "nonsense", { inputs: {}, outputs: {} }),
      /<account>\/<tunnel>\/<hostname>/,
    );
  });

  it("refuses to take over another's rule unless it is equal", async () => {
    const id = await cloud.tunnel(theirs);
    const { hostname, service: origin } = theirs[1]!;
    const message =
      /already has a rule for wiki\.example\.com, to http:\/\/wiki:80, that this stack didn't make/;
    await assert.rejects(handler.create(context(), cloud.inputs(id, { hostname })), message);
    await handler.create(
      context(),
      cloud.inputs(id, { hostname, service: origin, originRequest: undefined }),
    );
    assert.deepEqual((await cloud.config(id)).ingress, theirs);
  });

  it("takes a missing rule or tunnel as deleted, but not as created", async () => {
    const id = await cloud.tunnel(theirs);
    await handler.delete(context(), "", { inputs: cloud.inputs(id), outputs: {} });
    await cloud.call("DELETE", `/cfd_tunnel/${id}`);
    await handler.delete(context(), "", { inputs: cloud.inputs(id), outputs: {} });
    assert.equal(
      await handler.read(context(), `${ACCOUNT}/${id}/cal.example.com`, {
        inputs: cloud.inputs(id),
        outputs: {},
      }),
      undefined,
    );
    await assert.rejects(
      handler.create(context(), cloud.inputs(id)),
      (error) => error instanceof UserError && /doesn't exist in account/.test(error.message),
    );
  });

  it("explains a locally managed tunnel, a refused token and a missing one", async () => {
    const local = await cloud.tunnel(undefined, "local");
    await assert.rejects(handler.create(context(), cloud.inputs(local)), /the tunnel is locally managed/);
    await assert.rejects(
      handler.create(context(), cloud.inputs(local, { apiToken: "wrong" })),
      /HTTP 40[013].*/,
    );
    const variable = process.env.CLOUDFLARE_API_TOKEN;
    delete process.env.CLOUDFLARE_API_TOKEN;
    try {
      await assert.rejects(
        handler.create(context(), cloud.inputs(local, { apiToken: undefined })),
        /no Cloudflare token/,
      );
    } finally {
      if (variable !== undefined) process.env.CLOUDFLARE_API_TOKEN = variable;
    }
  });

  it("checks its inputs, and waits with it until they are known", async () => {
    const bad = await handler.check!(context(), { hostname: "a:80", service: "https://o/x" }, undefined);
    assert.deepEqual(
      bad.failures?.map(({ property }) => property),
      ["hostname", "service"],
    );
    assert.deepEqual(
      (await handler.check!(context(), { hostname: "a:80", service: UNKNOWN }, undefined)).failures,
      undefined,
    );
  });

  it("replaces on a change of the key, updates on a change of the rest, credentials too", async () => {
    const olds = { inputs: cloud.inputs("t"), outputs: {} };
    const diff = (changes: Props) => handler.diff(context(), "id", olds, cloud.inputs("t", changes));
    assert.deepEqual(await diff({ apiToken: "new", baseUrl: "http://new" }), {
      changes: true,
      replaces: [],
      detailed: { apiToken: "update", baseUrl: "update" },
    });
    assert.deepEqual(await diff({ path: "/x" }), {
      changes: true,
      replaces: ["path"],
      detailed: { path: "add-replace" },
    });
    assert.deepEqual(await diff({ service: "http://x", originRequest: undefined }), {
      changes: true,
      replaces: [],
      detailed: { service: "update", originRequest: "delete" },
    });
  });

  const warningsOf = ({ told }: { told: readonly string[] }): string[] =>
    told.filter((text) => text.startsWith("warn"));
  const race = Array.from({ length: 20 }, (_, i): OwnRule => ({
    hostname: `app-${i}.example.com`,
    service: `http://app-${i}:80`,
  }));

  it("gets 20 rules in at once within one process, losing none", async () => {
    const id = await cloud.tunnel(theirs);
    const ctx = context();
    await Promise.all(
      race.map((rule) => handler.create(ctx, cloud.inputs(id, { ...rule, originRequest: undefined }))),
    );
    const { ingress } = await cloud.config(id);
    assert.ok([...race, ...theirs].every((rule) => ingress.some((entry) => sameRule(entry, rule))));
    assert.equal(ingress.length, 23);
    assert.deepEqual(warningsOf(ctx), []);
  });

  it("gets 20 rules in from processes that know nothing of each other, losing none", async () => {
    const id = await cloud.tunnel(theirs);
    const ctx = context();
    const address = { accountId: ACCOUNT, tunnelId: id, apiToken: TOKEN, baseUrl: cloud.baseUrl };
    await Promise.all(
      race.map(async (rule) => {
        const api = tunnelConfiguration(new CloudflareClient(ctx, address), address);
        // A queue of its own stands for another process.
        await editConfiguration(ctx, api, {
          target: rule.hostname,
          edit: (rules) => ensureRule(rules, rule),
          holds: (rules) => rules.some((entry) => sameRule(entry, rule)),
          missing: () => assert.fail("the tunnel is there"),
        });
      }),
    );
    const { ingress } = await cloud.config(id);
    assert.ok([...race, ...theirs].every((rule) => ingress.some((entry) => sameRule(entry, rule))));
    assert.equal(ingress.length, 23);
    // The race was one.
    assert.notDeepEqual(warningsOf(ctx), []);
  });
});
