import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { EditError } from "../../provider/git/yaml/edit-text";
import { ensureEntry, hasEntry, removeEntry } from "../../provider/git/yaml/edits";
import type { ListEdit } from "../../manifests/git/edits";

const resource = (entry: string): ListEdit => ({ list: ["resources"], entry });
const rule = (hostname: string, path?: string): ListEdit => ({
  within: ["data", "config.yaml"],
  list: ["ingress"],
  entry: { hostname, ...(path === undefined ? {} : { path }), service: "https://ingress:443" },
  identity: ["hostname", "path"],
  position: "ingress",
});

const AGGREGATOR = `# Everything this cluster runs.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  # the team's own
  - ./apps   # do not remove
  - "./monitoring"

# the end
`;

const CONFIG_MAP = `apiVersion: v1
kind: ConfigMap
metadata:
  name: cloudflared
data:
  config.yaml: |
    tunnel: 6ff42ae2
    ingress:
      # the wiki
      - hostname: wiki.example.com
        service: http://wiki:80   # plain

      - hostname: "*.apps.example.com"
        service: http://apps:80
      # catch-all: keep last
      - service: http_status:404
  other: kept
`;

describe("co-owned edits", () => {
  it("adds an entry after the last one, in the list's own indentation", () => {
    const { text, added } = ensureEntry(AGGREGATOR, resource("./calcom"));
    assert.equal(added, true);
    assert.equal(text, AGGREGATOR.replace('  - "./monitoring"\n', '  - "./monitoring"\n  - ./calcom\n'));
  });

  it("leaves a file alone that has the entry, spelled either way", () => {
    assert.deepEqual(ensureEntry(AGGREGATOR, resource("monitoring")), {
      text: AGGREGATOR,
      added: false,
      before: "list",
    });
  });

  it("puts a rule before the catch-all and its comment, inside a ConfigMap", () => {
    const { text } = ensureEntry(CONFIG_MAP, rule("cal.example.com"));
    const ours = "      - hostname: cal.example.com\n        service: https://ingress:443\n";
    assert.equal(text, CONFIG_MAP.replace("      # catch-all", `${ours}      # catch-all`));
  });

  it("writes a rule's hostname first and nested maps last, whatever the order it comes in", () => {
    const entry = {
      originRequest: { originServerName: "a" },
      service: "http://a",
      hostname: "cal.example.com",
    };
    const { text } = ensureEntry(CONFIG_MAP, { ...rule("cal.example.com"), entry });
    assert.match(text, /- hostname: cal\.example\.com\n +service: http:\/\/a\n +originRequest:\n/);
  });

  it("puts a specific rule before a wildcard that would take its requests", () => {
    const { text } = ensureEntry(CONFIG_MAP, rule("cal.apps.example.com"));
    const hosts = [...text.matchAll(/hostname: (.*)/g)].map((match) => match[1]);
    assert.deepEqual(hosts, ["wiki.example.com", "cal.apps.example.com", '"*.apps.example.com"']);
  });

  it("puts a rule with a path before the same host without one", () => {
    const { text } = ensureEntry(CONFIG_MAP, rule("wiki.example.com", "/api"));
    assert.ok(text.indexOf("path: /api") < text.indexOf("service: http://wiki:80"));
    assert.equal(removeEntry(text, rule("wiki.example.com", "/api"), "list"), CONFIG_MAP);
  });

  it("refuses to replace an entry of others, and replaces its own", () => {
    assert.throws(
      () => ensureEntry(CONFIG_MAP, rule("wiki.example.com")),
      /already has an entry.*wiki\.example\.com/s,
    );
    const first = ensureEntry(CONFIG_MAP, rule("cal.example.com")).text;
    const changed = {
      ...rule("cal.example.com"),
      entry: { hostname: "cal.example.com", service: "http://new" },
    };
    const second = ensureEntry(first, changed, rule("cal.example.com")).text;
    assert.equal(second, first.replace("service: https://ingress:443", "service: http://new"));
  });

  const forms: readonly (readonly [string, string, string])[] = [
    ["no list", "kind: Kustomization\n", "kind: Kustomization\nresources:\n- ./a\n"],
    ["an empty list", "resources: []\nkind: K\n", 'resources: ["./a"]\nkind: K\n'],
    ["a list without value", "resources:\nkind: K\n", "resources:\n- ./a\nkind: K\n"],
    ["a flow list", "resources: [./x, ./y] # z\n", 'resources: [./x, ./y, "./a"] # z\n'],
    ["no final newline", "resources:\n- ./x", "resources:\n- ./x\n- ./a"],
    ["CRLF", "resources:\r\n- ./x\r\nkind: K\r\n", "resources:\r\n- ./x\r\n- ./a\r\nkind: K\r\n"],
  ];
  for (const [name, before, after] of forms) {
    it(`edits a file with ${name} and restores it`, () => {
      const result = ensureEntry(before, resource("./a"));
      assert.equal(result.text, after);
      assert.equal(removeEntry(after, resource("./a"), result.before), before);
    });
  }

  it("refuses what it can't edit", () => {
    assert.throws(() => ensureEntry("resources: text\n", resource("./a")), EditError);
    assert.throws(() => ensureEntry("a: [\n", resource("./a")), /valid YAML/);
    assert.throws(() => ensureEntry("data: {}\n", rule("a.example.com")), /no 'data.config.yaml'/);
    assert.throws(
      () => ensureEntry("resources: []\n---\nresources: []\n", resource("./a")),
      /in 2 documents of this file/,
    );
  });

  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const comment = fc.option(fc.stringMatching(/^[ -~]{0,12}$/), { nil: undefined });
  const file = fc
    .record({
      indent: fc.constantFrom("", "  ", "    "),
      entries: fc.array(fc.tuple(fc.oneof(word, fc.constant("x: 1\n  y: [1, 2]")), comment, fc.nat(2)), {
        minLength: 1,
      }),
      tail: fc.constantFrom("", "\n", "\n# end\n", "\nimages:\n- name: a\n"),
    })
    .map(({ indent, entries, tail }) => {
      const lines = entries.map(([entry, note, blanks], index) => {
        const text = entry.includes(":")
          ? `${indent}- ${entry.replaceAll("\n", `\n${indent}`)}`
          : `${indent}- ./${entry}${String(index)}${note === undefined ? "" : ` # ${note}`}`;
        return `${"\n".repeat(blanks)}${text}`;
      });
      return `kind: Kustomization\nresources:\n${lines.join("\n")}${tail}`;
    });

  it("never changes a line of others, and removing restores the file (property)", () => {
    fc.assert(
      fc.property(file, word, (text, name) => {
        const edit = resource(`./own/${name}`);
        const { text: edited, before } = ensureEntry(text, edit);
        const others = (parse(text) as { resources: unknown[] }).resources;
        assert.deepEqual((parse(edited) as { resources: unknown[] }).resources, [...others, `./own/${name}`]);
        assert.ok(hasEntry(edited, edit));
        const kept = edited.split("\n").filter((line) => !line.includes("./own/"));
        assert.deepEqual(kept.join("\n").trimEnd(), text.trimEnd());
        assert.equal(removeEntry(edited, edit, before), text);
      }),
    );
  });
});
