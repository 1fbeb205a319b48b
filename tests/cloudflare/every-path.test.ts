import assert from "node:assert/strict";
import { RE2JS } from "re2js";
import {
  ensureRule,
  takesEveryPath,
  type OwnRule,
  type Rule,
} from "../../manifests/cloudflare/ingress-rules";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { ingressPosition, isHidden } from "../../provider/git/yaml/rule-position";
import { TestCloudflare, testContext } from "./cloud";

const hostname = "cal.example.com";
const last = { service: "http_status:404" };
const rule = (path?: string, service = "http://wiki:80"): OwnRule => ({
  hostname,
  ...(path === undefined ? {} : { path }),
  service,
});

describe("a path that is every path", () => {
  const ends = ["", "a", "$", ".*", "(.*)", "(.*)$", ".*$", ".+", "\\d", "api", "."];
  const paths = ["", "^"].flatMap((start) =>
    ["", "/", "(/)", "."].flatMap((one) => ends.map((end) => start + one + end)),
  );
  const samples = ["/", "/a", "/1", "/api/v1", "/a.css", `/${"x".repeat(50)}`];

  it("is told by its expression, and never where a path has no match of it", () => {
    const every = paths.filter((path) => takesEveryPath({ path }));
    for (const path of every) {
      const expression = RE2JS.compile(path);
      for (const sample of samples) assert.ok(expression.matcher(sample).find(), `${path} of ${sample}`);
    }
    for (const path of ["/", "^/", ".*", "^.*$", "^/(.*)$", "/.*", "."])
      assert.ok(every.includes(path), path);
    for (const path of ["^/$", "/a", "^.$", "/.+"]) assert.ok(!every.includes(path), path);
  });

  it("leaves a rule for a path of the host above it, where that is reached", () => {
    const [whole, part] = [rule("/"), rule("/api")];
    assert.deepEqual(ensureRule([whole, last], part), [part, whole, last]);
    assert.deepEqual(ensureRule([part, last], whole), [part, whole, last]);
  });

  const edit = (own: OwnRule) => ({ list: ["ingress"], position: "ingress", entry: own as never }) as const;

  it("hides a rule below it in a file, too", () => {
    assert.ok(isHidden([rule("^/"), rule("/api")], 1, edit(rule("/api"))));
    assert.throws(
      () => ingressPosition([rule("/"), last], edit(rule())),
      /ingress has a rule for .* \(path \/\), to/,
    );
  });

  describe("in a tunnel", () => {
    const cloud = new TestCloudflare();
    before(() => cloud.start());
    after(() => cloud.stop());
    const withTheirs = async (...rules: readonly Rule[]) => {
      const tunnelId = await cloud.tunnel([...rules, last]);
      const make = (own: OwnRule) =>
        ingressRuleHandler().create(testContext(), cloud.inputs(tunnelId, { path: undefined, ...own }));
      return { make, rules: async () => (await cloud.config(tunnelId)).ingress };
    };

    for (const [what, theirs, ours] of [
      ["for the whole host, beside theirs", rule("^/.*"), rule(undefined, "http://ours:80")],
      ["beside theirs for the whole host", rule(), rule("/", "http://ours:80")],
    ] as const) {
      it(`isn't made ${what}: one of them would get no request`, async () => {
        const { make, rules } = await withTheirs(theirs);
        await assert.rejects(
          make(ours),
          /the tunnel has a rule for cal\.example\.com.*, to http:\/\/wiki:80, which takes every request .*\n→ Remove that rule/,
        );
        assert.deepEqual(await rules(), [theirs, last]);
      });
    }

    it("is made beside theirs for a part of the host, and above a wildcard", async () => {
      const wildcard = { hostname: "*.example.com", path: "/", service: "http://any:80" };
      const { make, rules } = await withTheirs(rule("/api"), wildcard);
      await make(rule("/", "http://ours:80"));
      assert.deepEqual(
        (await rules()).map(({ service }) => service),
        ["http://wiki:80", "http://ours:80", "http://any:80", last.service],
      );
    });
  });
});
