import assert from "node:assert/strict";
import fc from "fast-check";
import { listFaults } from "../../manifests/cloudflare/ingress-rule-checks";
import {
  CATCH_ALL,
  OwnRule,
  Rule,
  ensureRule,
  localIngressRule,
  removeRule,
  rulePosition,
  ruleName,
  sameKey,
  sameRule,
} from "../../manifests/cloudflare/ingress-rules";

const hosts = fc.constantFrom(
  "x.com",
  "a.x.com",
  "b.a.x.com",
  "*.x.com",
  "*.a.x.com",
  "*.com",
  "y.org",
  "A.x.com",
);
const own: fc.Arbitrary<OwnRule> = fc.record(
  {
    hostname: hosts,
    path: fc.constantFrom("/api", "/app", "a"),
    service: fc.constantFrom("https://one:443", "http://two:80"),
    originRequest: fc.record({ originServerName: hosts, connectTimeout: fc.nat(90) }, { requiredKeys: [] }),
  },
  { requiredKeys: ["hostname", "service"] },
);
const others = fc
  .uniqueArray(own as fc.Arbitrary<Rule>, { comparator: sameKey, maxLength: 8 })
  .map((rules): Rule[] => [...rules, { service: "http_status:503" }]);

/** The rule that cloudflared picks: the first that matches. */
function winner(rules: readonly Rule[], host: string, path: string): Rule | undefined {
  return rules.find(({ hostname = "", path: pattern = "" }) => {
    const wide = hostname.toLowerCase();
    const matches = wide === "" || wide === host || (wide.startsWith("*.") && host.endsWith(wide.slice(1)));
    return matches && new RegExp(pattern).test(path);
  });
}

const requests = ["x.com", "a.x.com", "b.a.x.com", "c.b.a.x.com", "c.x.com", "z.com", "y.org"].flatMap(
  (host) => ["/", "/api", "/app", "/b"].map((path) => [host, path] as const),
);

describe("sameKey", () => {
  for (const [one, other] of [
    ["App.Example.com", "app.example.com"],
    ["bücher.example.com", "xn--bcher-kva.example.com"],
    ["*.BÜCHER.example.com", "*.xn--bcher-kva.example.com"],
  ] as const) {
    it(`is true of ${one} and ${other}`, () => {
      assert.ok(sameKey({ hostname: one }, { hostname: other }));
    });
  }

  it("takes what others write in YAML", () => {
    assert.ok(!sameKey({ hostname: 2026 as never, path: null as never }, { hostname: "a.example.com" }));
  });
});

describe("ensureRule and removeRule", () => {
  it("keep others' rules and their order", () => {
    fc.assert(
      fc.property(others, own, (rules, rule) => {
        assert.deepEqual(removeRule(ensureRule(rules, rule), rule), removeRule(rules, rule));
      }),
    );
  });

  it("are the identity together, on a list without the rule", () => {
    fc.assert(
      fc.property(others, own, (rules, rule) => {
        const without = removeRule(rules, rule);
        assert.deepEqual(removeRule(ensureRule(without, rule), rule), without);
      }),
    );
  });

  it("leave a second rule of others for the same host and path, below ours", () => {
    for (const path of [undefined, "/api"]) {
      const [mine, twin] = ["http://mine:80", "http://twin:80"].map((service) => ({
        ...{ hostname: "x.com", service },
        ...(path !== undefined && { path }),
      })) as [OwnRule, OwnRule];
      const rules = [mine, twin, CATCH_ALL];
      assert.deepEqual(ensureRule(rules, mine), rules);
      assert.deepEqual(listFaults(rules, rules), []);
    }
  });

  it("are idempotent", () => {
    fc.assert(
      fc.property(others, own, (rules, rule) => {
        const once = ensureRule(rules, rule);
        assert.deepEqual(ensureRule(once, rule), once);
        assert.equal(once.filter((entry) => sameRule(entry, rule)).length, 1);
      }),
    );
  });

  it("leave the catch-all last and only last", () => {
    fc.assert(
      fc.property(others, own, (rules, rule) => {
        assert.deepEqual(listFaults(ensureRule(rules, rule)), []);
      }),
    );
  });

  it("take no request from a rule for a narrower host, or for a path of the same host", () => {
    fc.assert(
      fc.property(others, own, (rules, rule) => {
        const before = removeRule(rules, rule);
        const after = ensureRule(before, rule);
        for (const [host, path] of requests) {
          const [was, is] = [winner(before, host, path), winner(after, host, path)];
          if (is === was) continue;
          assert.equal(is, rule);
          const [mine, theirs] = [rule.hostname.toLowerCase(), (was?.hostname ?? "").toLowerCase()];
          const narrower = mine.startsWith("*.") && theirs !== mine && theirs.endsWith(mine.slice(1));
          assert.ok(
            !narrower && !(theirs === mine && was?.path !== undefined),
            `${ruleName(rule)} took ${host}${path}`,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it("put the rule where it is reached", () => {
    fc.assert(
      fc.property(others, own, (rules, rule) => {
        const list = ensureRule(rules, rule);
        const before = list.slice(0, list.indexOf(rule));
        assert.ok(
          before.every(
            (entry) =>
              entry.path !== undefined ||
              !winner([entry], rule.hostname.replace("*", "q").toLowerCase(), "/"),
          ),
        );
      }),
    );
  });

  it("put specific hosts before wildcards, paths before the whole host, and all before the catch-all", () => {
    const list = ["*.x.com", "a.x.com", "b.x.com"].map((hostname): Rule => ({
      hostname,
      service: "http://o",
    }));
    const names = (rules: readonly Rule[]) => rules.map(ruleName);
    const service = "http://mine";
    assert.deepEqual(names(ensureRule([...list, CATCH_ALL], { hostname: "c.x.com", service })), [
      "c.x.com",
      "*.x.com",
      "a.x.com",
      "b.x.com",
      "*",
    ]);
    assert.deepEqual(names(ensureRule([...list, CATCH_ALL], { hostname: "y.org", service })), [
      "*.x.com",
      "a.x.com",
      "b.x.com",
      "y.org",
      "*",
    ]);
    assert.deepEqual(names(ensureRule([], { hostname: "y.org", service })), ["y.org", "*"]);
    const [wildcard, a] = list;
    assert.deepEqual(
      names(ensureRule([a!, wildcard!, CATCH_ALL], { hostname: "a.x.com", path: "/api", service })),
      ["a.x.com (path /api)", "a.x.com", "*.x.com", "*"],
    );
  });
});

describe("sameRule", () => {
  it("doesn't mind the order of keys, nor the empty values that the API fills in", () => {
    const mine = { hostname: "a.x.com", service: "http://o" };
    assert.ok(sameRule(mine, { service: "http://o", path: "", originRequest: {}, hostname: "a.x.com" }));
    assert.ok(!sameRule(mine, { ...mine, originRequest: { noTLSVerify: true } }));
  });
});

describe("localIngressRule", () => {
  it("is the entry of config.yaml, with durations as texts", () => {
    const rule = {
      hostname: "cal.example.com",
      service: "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443",
      originRequest: {
        originServerName: "cal.example.com",
        caPool: "/etc/cloudflared/certs/origin_ca.pem",
        connectTimeout: 30,
      },
    };
    assert.deepEqual(localIngressRule(rule), {
      ...rule,
      originRequest: { ...rule.originRequest, connectTimeout: "30s" },
    });
    assert.deepEqual(localIngressRule({ hostname: "a.x.com", path: "/api", service: "http://o" }), {
      hostname: "a.x.com",
      path: "/api",
      service: "http://o",
    });
  });
});

describe("rulePosition", () => {
  const at = (own: string, ...others: readonly (string | null)[]): number =>
    rulePosition(
      [...others.map((hostname) => (hostname === null ? null : { hostname, service: "x" })), CATCH_ALL],
      { hostname: own, service: "y" },
    );

  it("takes a variable of a wildcard for any text", () => {
    assert.equal(at("cal.example.com", "*.${PUBLIC_DOMAIN}"), 0);
    assert.equal(at("cal.example.com", "wiki.${D}", "*.${D:=example.com}"), 1);
    assert.equal(at("cal.example.com", "*.apps.${D}"), 1);
    assert.equal(at("cal.example.com", "*.${D}.org", "*.${D}.com"), 1);
    assert.equal(at("*.cal.example.com", "*.${D}"), 0);
    assert.equal(at("*.${D}", "*.example.com", "a.${D}"), 2);
    assert.equal(at("cal.${D}", "*.example.com"), 0);
    assert.equal(at("cal.${D}.com", "*.example.org"), 1);
  });

  it("passes over what is no rule", () => {
    assert.equal(at("a.x.com", null, "*.x.com", null), 1);
  });
});

describe("rules for several paths of a host", () => {
  const rule = (path: string | undefined, service: string): OwnRule => ({
    hostname: "x.com",
    service,
    ...(path !== undefined && { path }),
  });
  const program = [rule("^/api/v2", "http://v2"), rule("^/api", "http://v1"), rule(undefined, "http://web")];
  const below = (own: OwnRule): string[] =>
    own.path === undefined ? [] : program.slice(program.indexOf(own) + 1).flatMap(({ path }) => path ?? []);
  const made = (rules: readonly Rule[], own: OwnRule): Rule[] => ensureRule(rules, own, below(own));

  it("stand in the program's order, whichever is made first", () => {
    fc.assert(
      fc.property(others, fc.shuffledSubarray(program, { minLength: 3 }), (rules, order) => {
        const free = rules.filter(({ hostname }) => hostname !== "x.com");
        const list = order.reduce(made, free);
        assert.deepEqual(
          list.filter(({ hostname }) => hostname === "x.com"),
          program,
        );
        assert.deepEqual(
          list.filter(({ hostname }) => hostname !== "x.com"),
          free,
        );
      }),
    );
  });

  it("keep their places when one of them leads elsewhere", () => {
    fc.assert(
      fc.property(others, own, fc.nat(), (rules, { service }, pick) => {
        const ours = rules.filter((entry): entry is OwnRule => entry.hostname !== undefined);
        const list = ours.reduce((all: readonly Rule[], entry) => ensureRule(all, entry), [CATCH_ALL]);
        const index = pick % list.length;
        const changed = { ...list[index], service } as OwnRule;
        if (index === list.length - 1) return;
        assert.deepEqual(ensureRule(list, changed), list.with(index, changed));
      }),
    );
  });

  it("change places when the program's order does", () => {
    const [first, second, all] = program as [OwnRule, OwnRule, OwnRule];
    const list = [first, second, all, CATCH_ALL];
    assert.deepEqual(ensureRule(list, second, ["^/api/v2"]), [second, first, all, CATCH_ALL]);
  });
});
