/** Answers with null, missing, further and unknown fields, and what isn't the API's at all. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { sameKey, type Rule } from "../../manifests/cloudflare/ingress-rules";
import { cloudflareFaults } from "../../provider/cloudflare/preflight";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { clearRecord } from "../../provider/cloudflare/record-orphans";
import { tokenSweepHandler } from "../../provider/cloudflare/token-mark-handler";
import { tunnelDrainHandler } from "../../provider/cloudflare/tunnel-drain-handler";
import { clearTunnel } from "../../provider/cloudflare/tunnel-orphans";
import { tunnelToken } from "../../provider/cloudflare/tunnel-token";
import { UserError } from "../../provider/plugin/handler";
import { ACCOUNT, testContext, TOKEN, ZONE } from "./cloud";
import { odd, oddities, OddServer, type OddAnswer, type OddCall, type Oddity } from "./odd-server";
import { SLOW, someOf } from "../slow";

const ID = "6ff42ae2-765d-4adf-8112-31c55c1551ef";
const HOST = "cal.example.com";
const TUNNEL = {
  ...{ id: ID, account_tag: ACCOUNT, name: "my-cluster", config_src: "cloudflare", tun_type: "cfd_tunnel" },
  ...{ created_at: "2026-01-01T00:00:00Z", deleted_at: null, status: "healthy", connections: [] },
};
const OURS = { hostname: HOST, service: "http://cal:80" };
const THEIRS = [
  {
    hostname: "a.example.com",
    path: "/x",
    service: "http://a:80",
    originRequest: { access: { required: true } },
  },
  { hostname: "b.example.com", service: "http://b:80", originRequest: {}, id: "f1" },
];
const CONFIGURATION = {
  ...{ tunnel_id: ID, version: 7, source: "cloudflare", created_at: "2026-01-01T00:00:00Z" },
  config: {
    ingress: [...THEIRS, OURS, { service: "http_status:404" }],
    ...{ "warp-routing": { enabled: true }, originRequest: { connectTimeout: 9 } },
  },
};
const RECORD = {
  ...{ id: "r1", name: HOST, type: "CNAME", content: `${ID}.cfargotunnel.com`, proxied: true, ttl: 1 },
  ...{ comment: "Pulumi stack handoff/prod", created_on: "2026-01-01T00:00:00Z", meta: {}, tags: [] },
};
/** Each write is followed by a look a moment later. */
const WRITING = ["an update of a rule", "a new rule", "a rule's deletion"];
const success = (result: unknown) => ({
  ...{ success: true, errors: [], messages: [], result },
  ...(Array.isArray(result) && { result_info: { page: 1, per_page: 50, count: 1, total_pages: 1 } }),
});

let configuration: object = CONFIGURATION;

/** What the API documents for each request that is made. */
function documented({ method, path, body }: OddCall): unknown {
  if (method === "PUT") return (configuration = { ...CONFIGURATION, version: 8, ...(body as object) });
  if (method === "DELETE") return { id: "gone" };
  if (path.includes("/configurations")) return configuration;
  if (path.endsWith("/token"))
    return Buffer.from(JSON.stringify({ a: ACCOUNT, t: ID, s: "secret" })).toString("base64");
  if (path.includes("/cfd_tunnel?")) return [TUNNEL];
  if (path.includes("/cfd_tunnel/")) return TUNNEL;
  if (path.includes("/dns_records?")) return [RECORD];
  if (path.includes("/dns_records/")) return RECORD;
  if (path.includes("/tokens")) return [{ id: "t1", name: "marked", status: "active" }];
  return { id: ZONE, name: "example.com", status: "active", paused: false, account: { id: ACCOUNT } };
}

describe("Cloudflare's answers with other fields than documented", () => {
  const server = new OddServer();
  before(() => server.start());
  after(() => server.stop());
  const access = () => ({ apiToken: TOKEN, baseUrl: server.url, accountId: ACCOUNT });
  const rule = (changes: object = {}) => ({ ...access(), tunnelId: ID, ...OURS, ...changes });
  const state = (inputs: object) => ({ inputs: inputs as never, outputs: {} });
  const record = () => ({
    ...access(),
    ...{ zoneId: ZONE, name: HOST, type: "CNAME", content: RECORD.content, comment: RECORD.comment },
  });

  const OPERATIONS: Readonly<Record<string, () => Promise<unknown>>> = {
    "an update of a rule": () =>
      ingressRuleHandler().update(testContext(), "", state(rule()), rule({ service: "http://new:80" })),
    "a new rule": () => ingressRuleHandler().create(testContext(), rule({ hostname: "new.example.com" })),
    "a rule's deletion": () => ingressRuleHandler().delete(testContext(), "", state(rule())),
    "a rule's refresh": () => ingressRuleHandler().read(testContext(), "", state(rule())),
    "the look before a record": () =>
      clearRecord({ ...record(), adopt: false, dryRun: false }, testContext()),
    "the look before a record that is adopted": () =>
      clearRecord({ ...record(), adopt: true, dryRun: false }, testContext()),
    "the look before a tunnel": () =>
      clearTunnel({ ...access(), name: "my-cluster", tunnelSecret: "secret", dryRun: false }, testContext()),
    "the tunnel's token": () => tunnelToken({ ...access(), tunnelId: ID }, testContext()),
    "the wait for connections": () =>
      tunnelDrainHandler({ interval: 1, forgetAfter: 1, limit: 2 }).delete(
        testContext(),
        "",
        state({ ...access(), tunnelId: ID }),
      ),
    "the sweep of tokens": () =>
      tokenSweepHandler.create(testContext(), {
        ...access(),
        ...{ owner: "account", markedName: "marked", tokenId: "t2" },
      }),
    "the preflight": () =>
      cloudflareFaults(
        {
          ...access(),
          ...{ zones: [{ zoneId: ZONE, zone: "example.com" }], tunnel: { name: "my-cluster" } },
          tokenOwner: "account",
        },
        testContext(),
      ),
  };

  /** @returns the rules that the last look showed */
  const serve = (list: readonly Oddity[]) => {
    const shown: { configuration: unknown } = { configuration: undefined };
    server.calls.length = 0;
    configuration = CONFIGURATION;
    server.answer = (call) => {
      // After the write, which is what is looked at, there is nothing odd: it ends at once.
      const written = server.calls.some(({ method }) => method === "PUT");
      const answer = odd(success(documented(call)), written ? [] : list);
      if (call.method === "GET" && call.path.includes("/configurations"))
        shown.configuration ??= answer.result;
      // What has nothing of an envelope is asked for again, as long as it takes: another test.
      return { body: Object.assign({ messages: [], success: true }, answer) };
    };
    return shown;
  };

  for (const [what, operate] of Object.entries(OPERATIONS)) {
    it(`end ${what} in words, and lose nothing of others`, async function () {
      await fc.assert(
        fc.asyncProperty(oddities, async (list) => {
          const shown = serve(list);
          try {
            await operate();
          } catch (error) {
            assert.ok(error instanceof UserError, (error as Error).stack);
          }
          const [written] = server.calls.filter(({ method }) => method === "PUT");
          if (written !== undefined) nothingIsLost(shown.configuration, written.body);
          for (const { path } of server.calls) assert.doesNotMatch(path, /undefined|null|\[object/);
        }),
        { numRuns: (WRITING.includes(what) ? 5 : 25) * (SLOW ? 6 : 1) },
      );
    });
  }

  function nothingIsLost(configuration: unknown, body: unknown): void {
    const before = ((configuration as { config?: unknown }).config ?? {}) as Record<string, unknown>;
    const { ingress: written, ...rest } = (body as { config: Record<string, unknown> }).config;
    const { ingress: shown, ...others } = before;
    assert.deepEqual(rest, others);
    const theirs = ((shown ?? []) as Rule[]).filter((one) => !isOurs(one));
    const kept = (written as Rule[]).filter((one) => !isOurs(one));
    // A list without a catch-all gets one.
    assert.deepEqual(kept.slice(0, theirs.length), theirs);
  }
  const isOurs = (one: Rule): boolean =>
    [HOST, "new.example.com"].some((hostname) => sameKey(one, { hostname }));

  describe("that aren't the API's", () => {
    const fast = (more: number): string => new Date(Date.now() + 660_000 + more).toUTCString();
    const page = "<html><head><title>Sign in to the hotel's network</title></head></html>";
    const answers = (odd: OddAnswer, ...then: OddAnswer[]) => {
      server.calls.length = 0;
      configuration = CONFIGURATION;
      const queue = [odd, ...then];
      server.answer = (call) => queue.shift() ?? { body: success(documented(call)) };
    };
    const told = async (operation: keyof typeof OPERATIONS): Promise<string> =>
      await OPERATIONS[operation]!().then(
        () => "done",
        (error: unknown) => {
          assert.ok(error instanceof UserError, (error as Error).stack);
          return error.message;
        },
      );

    for (const [what, answer] of someOf([
      ["a page of the network's", { body: page }],
      ["an empty body", { body: "" }],
      ["a text", { body: "OK" }],
      ["520 with a page", { status: 520, body: "error code: 520" }],
      ["1015 as a page", { status: 429, headers: { "retry-after": "0" }, body: "error code: 1015" }],
      [
        "a wait until a date",
        { status: 503, headers: { "retry-after": new Date(Date.now() + 1000).toUTCString() }, body: "" },
      ],
      [
        "a wait until a date, by a clock that is fast",
        { status: 503, headers: { date: fast(0), "retry-after": fast(1000) }, body: "" },
      ],
    ] as const)) {
      it(`is asked again after ${what}, and others' rules stay`, async () => {
        answers(answer, answer);
        assert.equal(await told("an update of a rule"), "done");
        const written = server.calls.find(({ method }) => method === "PUT")?.body;
        nothingIsLost(CONFIGURATION, written);
      });
    }

    it("aren't taken for a tunnel without rules, nor for one that is gone", async () => {
      for (const odd of [
        { status: 404, body: page },
        { status: 403, body: page },
        { body: { success: false, errors: [{ code: 1, message: "odd" }] } },
        { body: { success: true, result: null } },
        { body: { success: true, result: { tunnel_id: ID, version: 7, source: "cloudflare" } } },
      ]) {
        for (const operation of [
          "an update of a rule",
          "a new rule",
          "a rule's deletion",
          "a rule's refresh",
        ]) {
          answers(odd);
          assert.notEqual(await told(operation), "done", `${operation}: ${JSON.stringify(odd)}`);
          assert.ok(!server.calls.some(({ method }) => method === "PUT"));
        }
      }
    });

    it("are told by how the page calls itself, and blamed on nobody's permissions", async () => {
      answers({ status: 403, body: page });
      const [fault = ""] = (await OPERATIONS["the preflight"]!()) as string[];
      assert.match(
        fault,
        /HTTP 403, a page in place of an answer: Sign in to the hotel's network\n→ It isn't the API/,
      );
    });
  });

  it("name what is to be done with a token by Cloudflare's words", async () => {
    for (const [message, advice] of [
      ["Cannot use the access token from location: 192.0.2.1", /Client IP Address Filtering/],
      ["The token has expired", /roll it/],
      ["The token is disabled", /enable it/],
      ["Unauthorized to access requested resource", /has Zone \/ Zone \/ Read/],
    ] as const) {
      server.answer = () => ({ status: 403, body: { success: false, errors: [{ code: 9109, message }] } });
      const [fault = "", ...more] = (await OPERATIONS["the preflight"]!()) as string[];
      assert.deepEqual(more, []);
      assert.match(fault, advice);
    }
  });
});
