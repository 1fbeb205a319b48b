import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { HandlerContext, Props, UNKNOWN, UserError } from "../../provider/plugin/handler";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { OwnRule, Rule, ensureRule, findRule, sameRule } from "../../manifests/cloudflare/ingress-rules";
import { TunnelAddress, openCloudflare } from "../../provider/cloudflare/tunnel-api";
import { editConfiguration } from "../../provider/cloudflare/tunnel-configuration";
import { startCloudflare } from "../../tools/sandbox/services/cloudflare";
import type { Service } from "../../tools/sandbox/services/http";

const ACCOUNT = "0123456789abcdef0123456789abcdef";
const TOKEN = "canary-token";

describe("handler of handoff:cloudflare:IngressRule", () => {
  let service: Service;
  let baseUrl: string;
  const handler = ingressRuleHandler();
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

  before(async () => {
    service = await startCloudflare({
      port: 0,
      apiToken: TOKEN,
      accountId: ACCOUNT,
      zoneId: "fedcba9876543210fedcba9876543210",
      zoneName: "example.com",
    });
    baseUrl = `http://127.0.0.1:${service.port}/client/v4`;
  });

  after(() => service.close());

  function context(warnings: string[] = []): HandlerContext {
    const { signal } = new AbortController();
    return {
      urn: "urn",
      signal,
      status: () => undefined,
      info: () => undefined,
      warn: (text) => warnings.push(text),
    };
  }

  async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const response = await fetch(`${baseUrl}/accounts/${ACCOUNT}${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    const { result } = (await response.json()) as { result: Record<string, unknown> };
    return result;
  }

  async function tunnel(rules?: readonly Rule[], configSrc = "cloudflare"): Promise<string> {
    const { id } = await call("POST", "/cfd_tunnel", { name: `t-${randomUUID()}`, config_src: configSrc });
    if (rules !== undefined) await write(id as string, { ingress: rules, "warp-routing": { enabled: true } });
    return id as string;
  }

  const write = (id: string, config: object) => call("PUT", `/cfd_tunnel/${id}/configurations`, { config });

  async function config(id: string): Promise<{ ingress: Rule[]; "warp-routing": object }> {
    const { config } = await call("GET", `/cfd_tunnel/${id}/configurations`);
    return config as { ingress: Rule[]; "warp-routing": object };
  }

  function inputs(tunnelId: string, changes: Props = {}): Props & OwnRule & TunnelAddress {
    const rule = {
      hostname: "cal.example.com",
      service: "https://ingress:443",
      originRequest: { originServerName: "cal.example.com" },
    };
    return { accountId: ACCOUNT, tunnelId, apiToken: TOKEN, baseUrl, ...rule, ...changes };
  }

  it("creates, reads, updates and deletes its rule, and leaves everything else", async () => {
    const id = await tunnel(theirs);
    const news = inputs(id);
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
    assert.deepEqual((await config(id)).ingress, [
      ...theirs.slice(0, 2),
      { hostname, service: origin, originRequest },
      theirs[2],
    ]);
    assert.deepEqual((await config(id))["warp-routing"], { enabled: true });

    const state = { inputs: news, outputs: created.outputs };
    assert.deepEqual((await handler.read(context(), created.id, state))?.inputs, news);
    const changed = inputs(id, { service: "http://other:80", originRequest: undefined });
    await handler.update(context(), created.id, state, changed);
    assert.deepEqual(findRule((await config(id)).ingress, news), { hostname, service: "http://other:80" });

    await handler.delete(context(), created.id, { inputs: changed, outputs: {} });
    assert.deepEqual((await config(id)).ingress, theirs);
    assert.equal(await handler.read(context(), created.id, state), undefined);
  });

  it("writes nothing when its rule is there already, as after a run that was killed", async () => {
    const id = await tunnel();
    await handler.create(context(), inputs(id));
    await handler.create(context(), inputs(id));
    assert.equal((await call("GET", `/cfd_tunnel/${id}/configurations`)).version, 1);
  });

  it("makes the catch-all of a tunnel without rules", async () => {
    const id = await tunnel();
    await handler.create(context(), inputs(id, { path: "/api" }));
    assert.deepEqual((await config(id)).ingress.at(-1), { service: "http_status:404" });
  });

  it("reads by id alone, for an import", async () => {
    const id = await tunnel(theirs);
    const live = ingressRuleHandler((address, signal) =>
      openCloudflare({ ...address, apiToken: TOKEN, baseUrl }, signal),
    );
    const read = await live.read(context(), `${ACCOUNT}/${id}/wiki.example.com//api`, {
      inputs: {},
      outputs: {},
    });
    assert.deepEqual(read?.inputs, { accountId: ACCOUNT, tunnelId: id, ...theirs[0] });
    await assert.rejects(
      live.read(context(), "nonsense", { inputs: {}, outputs: {} }),
      /<account>\/<tunnel>\/<hostname>/,
    );
  });

  it("refuses to take over another's rule unless it is equal", async () => {
    const id = await tunnel(theirs);
    const { hostname, service: origin } = theirs[1]!;
    const message =
      /already has a rule for wiki\.example\.com, to http:\/\/wiki:80, that this stack didn't make/;
    await assert.rejects(handler.create(context(), inputs(id, { hostname })), message);
    await handler.create(context(), inputs(id, { hostname, service: origin, originRequest: undefined }));
    assert.deepEqual((await config(id)).ingress, theirs);
  });

  it("takes a missing rule or tunnel as deleted, but not as created", async () => {
    const id = await tunnel(theirs);
    await handler.delete(context(), "", { inputs: inputs(id), outputs: {} });
    await call("DELETE", `/cfd_tunnel/${id}`);
    await handler.delete(context(), "", { inputs: inputs(id), outputs: {} });
    assert.equal(
      await handler.read(context(), `${ACCOUNT}/${id}/cal.example.com`, { inputs: inputs(id), outputs: {} }),
      undefined,
    );
    await assert.rejects(
      handler.create(context(), inputs(id)),
      (error) => error instanceof UserError && /doesn't exist in account/.test(error.message),
    );
  });

  it("explains a locally managed tunnel, a refused token and a missing one", async () => {
    const local = await tunnel(undefined, "local");
    await assert.rejects(handler.create(context(), inputs(local)), /the tunnel is locally managed/);
    await assert.rejects(handler.create(context(), inputs(local, { apiToken: "wrong" })), /HTTP 40[013].*/);
    const variable = process.env.CLOUDFLARE_API_TOKEN;
    delete process.env.CLOUDFLARE_API_TOKEN;
    try {
      await assert.rejects(
        handler.create(context(), inputs(local, { apiToken: undefined })),
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
    const olds = { inputs: inputs("t"), outputs: {} };
    const diff = (changes: Props) => handler.diff(context(), "id", olds, inputs("t", changes));
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

  const race = Array.from({ length: 20 }, (_, i): OwnRule => ({
    hostname: `app-${i}.example.com`,
    service: `http://app-${i}:80`,
  }));

  it("gets 20 rules in at once within one process, losing none", async () => {
    const id = await tunnel(theirs);
    const warnings: string[] = [];
    await Promise.all(
      race.map((rule) =>
        handler.create(context(warnings), inputs(id, { ...rule, originRequest: undefined })),
      ),
    );
    const { ingress } = await config(id);
    assert.ok([...race, ...theirs].every((rule) => ingress.some((entry) => sameRule(entry, rule))));
    assert.equal(ingress.length, 23);
    assert.deepEqual(warnings, []);
  });

  it("gets 20 rules in from processes that know nothing of each other, losing none", async () => {
    const id = await tunnel(theirs);
    const warnings: string[] = [];
    await Promise.all(
      race.map(async (rule) => {
        const ctx = context(warnings);
        const api = await openCloudflare(
          { accountId: ACCOUNT, tunnelId: id, apiToken: TOKEN, baseUrl },
          ctx.signal,
        );
        // A queue of its own stands for another process.
        await editConfiguration(ctx, api, {
          target: rule.hostname,
          edit: (rules) => ensureRule(rules, rule),
          holds: (rules) => rules.some((entry) => sameRule(entry, rule)),
          missing: () => assert.fail("the tunnel is there"),
        });
      }),
    );
    const { ingress } = await config(id);
    assert.ok([...race, ...theirs].every((rule) => ingress.some((entry) => sameRule(entry, rule))));
    assert.equal(ingress.length, 23);
    // The race was one.
    assert.notDeepEqual(warnings, []);
  }).timeout(60_000);
});
