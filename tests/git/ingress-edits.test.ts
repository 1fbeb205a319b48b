import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { listFaults } from "../../manifests/cloudflare/ingress-rule-checks";
import type { Rule } from "../../manifests/cloudflare/ingress-rules";
import { EditError } from "../../provider/git/yaml/edit-text";
import { ensureEntry, removeEntry } from "../../provider/git/yaml/edits";
import type { ListEdit } from "../../manifests/git/edits";
import { SLOW } from "../slow";

const rule = (hostname: string, path?: string): ListEdit => ({
  list: ["ingress"],
  entry: { hostname, ...(path === undefined ? {} : { path }), service: "https://ours:443" },
  identity: ["hostname", "path"],
  position: "ingress",
});
const OURS = '{"hostname":"cal.example.com","service":"https://ours:443"}';
const LINES = "- hostname: cal.example.com\n  service: https://ours:443\n";
const LAST = "- service: http_status:404\n";

describe("edits of cloudflared's rules", () => {
  const forms: Readonly<Record<string, readonly [string, string]>> = {
    "no list": ["tunnel: t\n", `tunnel: t\ningress:\n${LINES}${LAST}`.replace(/^(?=[- ] )/gm, "  ")],
    "an empty list": ["ingress: []\n", `ingress: [${OURS}, {"service":"http_status:404"}]\n`],
    "a null": ["ingress: ~ # none\n", `ingress: # none\n${LINES}${LAST}`],
    "no value": ["ingress:\ntunnel: t\n", `ingress:\n${LINES}${LAST}tunnel: t\n`],
    "no catch-all": [
      "ingress:\n- hostname: a.org\n  service: http://a\n",
      `ingress:\n- hostname: a.org\n  service: http://a\n${LINES}${LAST}`,
    ],
    "flow style": [
      "ingress: [{ hostname: a.org, service: http://a }, { service: http_status:404 }] # x\n",
      `ingress: [{ hostname: a.org, service: http://a }, ${OURS}, { service: http_status:404 }] # x\n`,
    ],
    "flow style and no catch-all": [
      "ingress: [{ hostname: a.org, service: http://a }]\n",
      `ingress: [{ hostname: a.org, service: http://a }, ${OURS}, {"service":"http_status:404"}]\n`,
    ],
    JSON: [
      '{\n  "ingress": [\n    {"hostname": "a.org", "service": "http://a"},\n    {"service": "http_status:503"}\n  ]\n}\n',
      `{\n  "ingress": [\n    {"hostname": "a.org", "service": "http://a"},\n    ${OURS},\n    {"service": "http_status:503"}\n  ]\n}\n`,
    ],
    "a comment over its only rule": [
      "ingress:\n# Rules, the first match wins.\n\n# catch-all, keep last\n- service: http_status:404\n",
      `ingress:\n# Rules, the first match wins.\n\n${LINES}# catch-all, keep last\n- service: http_status:404\n`,
    ],
    "comments of both sides": [
      "ingress:\n  - hostname: a.org\n    service: http://a\n    # of a\n\n  # catch-all, keep last\n  - service: x\n",
      `ingress:\n  - hostname: a.org\n    service: http://a\n    # of a\n${LINES.replace(/^(?=.)/gm, "  ")}\n  # catch-all, keep last\n  - service: x\n`,
    ],
    "a variable in a wildcard": [
      'ingress:\n- hostname: "*.${PUBLIC_DOMAIN}"\n  service: http://a\n- service: x\n',
      `ingress:\n${LINES}- hostname: "*.\${PUBLIC_DOMAIN}"\n  service: http://a\n- service: x\n`,
    ],
    "a path of the same host": [
      "ingress:\n- hostname: cal.example.com\n  path: /api\n  service: http://a\n- service: x\n",
      `ingress:\n- hostname: cal.example.com\n  path: /api\n  service: http://a\n${LINES}- service: x\n`,
    ],
    "an alias and a null": [
      "d: &d a.org\ningress:\n- hostname: *d\n  service: http://a\n-\n- service: x\n",
      `d: &d a.org\ningress:\n- hostname: *d\n  service: http://a\n-\n${LINES}- service: x\n`,
    ],
    "an alias that matches": [
      "d: &d '*.example.com'\ningress:\n- hostname: *d\n  service: http://a\n- service: x\n",
      `d: &d '*.example.com'\ningress:\n${LINES}- hostname: *d\n  service: http://a\n- service: x\n`,
    ],
  };
  for (const [name, [before, after]] of Object.entries(forms)) {
    it(`end in one catch-all with ${name}, and restore the file`, () => {
      const { text, before: was } = ensureEntry(before, rule("cal.example.com"));
      assert.equal(text, name === "no list" ? `tunnel: t\ningress:\n${LINES}${LAST}` : after);
      assert.equal(removeEntry(text, rule("cal.example.com"), was), before);
    });
  }

  it("keep the catch-all while others' rules or further ones of ours need it", () => {
    const first = ensureEntry("ingress: ~\n", rule("a.example.com"));
    const both = ensureEntry(first.text, rule("b.example.com"));
    const one = removeEntry(both.text, rule("a.example.com"), first.before);
    assert.deepEqual(listFaults((parse(one) as { ingress: Rule[] }).ingress), []);
  });

  it("refuse others' rule of the same host in another spelling", () => {
    assert.throws(
      () =>
        ensureEntry(
          "ingress:\n- hostname: CAL.example.com\n  service: x\n- service: y\n",
          rule("cal.example.com"),
        ),
      (error) => error instanceof EditError && /already has a rule for cal\.example\.com/.test(error.message),
    );
  });

  it("stand in the program's order by their paths, and keep their places when one is changed", () => {
    const at = (path: string, above: string[], service = "https://ours:443"): ListEdit => {
      const edit = rule("cal.example.com", path);
      return { ...edit, entry: { ...(edit.entry as object), service }, above };
    };
    const [narrow, wide] = [at("^/api/v2", ["^/api"]), at("^/api", [])];
    const paths = (text: string) => (parse(text) as { ingress: Rule[] }).ingress.map(({ path }) => path);
    const wanted = ["^/api/v2", "^/api", undefined];
    for (const order of [
      [narrow, wide],
      [wide, narrow],
    ]) {
      const text = order.reduce((all, edit) => ensureEntry(all, edit).text, "ingress: []\n");
      assert.deepEqual(paths(text), wanted);
      const moved = ensureEntry(text, at("^/api/v2", ["^/api"], "https://other:443"), narrow);
      assert.deepEqual(paths(moved.text), wanted);
      const alone = ensureEntry(text, at("^/api/v2", [], "https://other:443"), narrow);
      assert.deepEqual(paths(alone.text), wanted);
    }
  });

  it("take rules of others with odd values, and leave them as they are", () => {
    for (const odd of [
      "hostname: 5",
      "hostname:",
      "hostname: true",
      "path: 7",
      "path:",
      "hostname: [a]",
      "x: y",
    ]) {
      const before = `ingress:\n- ${odd}\n  service: http://a\n-\n- text\n${LAST}`;
      const { text, before: form } = ensureEntry(before, rule("cal.example.com"));
      assert.match(text, /hostname: cal\.example\.com\n/);
      assert.equal(removeEntry(text, rule("cal.example.com"), form), before);
    }
  });

  it("put ours back above a wildcard that somebody put over it, and the catch-all back", () => {
    const mine = rule("cal.example.com");
    const hidden = `ingress:\n- hostname: "*.example.com"\n  service: x\n${LINES}`;
    assert.equal(
      ensureEntry(hidden, mine, mine).text,
      `ingress:\n${LINES}- hostname: "*.example.com"\n  service: x\n${LAST}`,
    );
  });

  const hosts = [
    "a.example.com",
    "b.a.example.com",
    "*.example.com",
    "*.a.example.com",
    "*.${D}",
    "x.org",
    "*",
  ];
  const their = fc.record({
    hostname: fc.constantFrom(...hosts),
    path: fc.constantFrom(undefined, "/api", "/app"),
    over: fc.constantFrom("", "# over\n", "\n"),
  });

  it("leave no rule unreached, ours or others', and restore the bytes (property)", () => {
    const own = fc.tuple(fc.constantFrom(...hosts.slice(0, 4)), fc.constantFrom(undefined, "/api"));
    const style = fc.constantFrom("block", "flow", "lines");
    fc.assert(
      fc.property(
        fc.array(their, { maxLength: 5 }),
        fc.boolean(),
        style,
        own,
        (rules, catchAll, form, [host, path]) => {
          const all = [
            ...rules.filter(({ hostname }) => hostname !== "*" || !catchAll),
            ...(catchAll ? [{ hostname: undefined, path: undefined, over: "# keep last\n" }] : []),
          ].map(({ over, ...one }) => ({ over, one: { ...one, service: "http://s" } }));
          const text =
            form === "block"
              ? `ingress:${all.length === 0 ? " []" : ""}\n${all.map(({ over, one }) => `${over}- ${JSON.stringify(one)}\n`).join("")}`
              : `ingress: [${form === "flow" ? "" : "\n  "}${all.map(({ one }) => JSON.stringify(one)).join(form === "flow" ? ", " : ",\n  ")}]\n`;
          const mine = rule(host, path);
          let edited;
          try {
            edited = ensureEntry(text, mine);
          } catch (error) {
            assert.ok(
              error instanceof EditError && /already has|has no place/.test(error.message),
              String(error),
            );
            return;
          }
          const after = (parse(edited.text) as { ingress: Rule[] }).ingress;
          const at = after.findIndex(({ service }) => service === "https://ours:443");
          assert.ok(!after.slice(0, at).some((one) => hides(one, after[at]!)), edited.text);
          const before = (parse(text) as { ingress: Rule[] }).ingress;
          for (const [index, one] of before.entries()) {
            const reached = !before.slice(0, index).some((other) => hides(other, one));
            const open = !after.some(
              (other) =>
                /^\*?$/.test(other.hostname ?? "") && other.path === undefined && after.indexOf(other) < at,
            );
            if (reached && open) assert.ok(index < at || !hides(after[at]!, one), edited.text);
          }
          const catchAlls = after.filter((one) => /^\*?$/.test(one.hostname ?? "") && one.path === undefined);
          if (!rules.some(({ hostname }) => hostname === "*")) {
            assert.equal(catchAlls.length, 1);
            assert.equal(after.at(-1), catchAlls[0]);
          }
          assert.equal(removeEntry(edited.text, mine, edited.before), text);
        },
      ),
      { numRuns: SLOW ? 200 : 50 },
    );
  });
});

/** True when every request for a rule is taken by another one above it, as far as hostnames without variables tell. */
function hides(above: Rule, below: Rule): boolean {
  const [wide, narrow] = [above.hostname ?? "*", below.hostname ?? "*"];
  if (above.path !== undefined) return above.path === below.path && wide === narrow;
  return (
    wide === "*" ||
    wide === narrow ||
    (wide.startsWith("*.") && narrow !== "*" && narrow.endsWith(wide.slice(1)))
  );
}
