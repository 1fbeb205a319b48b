import fc from "fast-check";

/** Files as people write them, made of the shapes that public kustomizations have. */

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/);
const comment = fc.constantFrom("", "", " # note", "   #% if x %#", "\t# tab");
const above = fc.constantFrom(
  "",
  "",
  "",
  "# over it\n",
  "\n",
  "\n# a section\n\n",
  "  # deeper\n",
  "    # deepest\n",
);
const scalar = fc.oneof(
  name,
  fc.constantFrom(
    '"no"',
    "'1_000'",
    "12:30",
    "yes",
    "~",
    "0o7",
    "&a x",
    "!!str 1",
    "2024-01-01",
    "1e3",
    "''",
  ),
);

const item = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(name, fc.constantFrom("./", "", "../"), comment).map(([n, p, c]) => `${p}${n}${c}`),
  },
  { weight: 1, arbitrary: name.map((n) => `"./${n}"`) },
  { weight: 1, arbitrary: name.map((n) => `'./${n}' # quoted`) },
  { weight: 1, arbitrary: name.map((n) => `https://example.com/${n}?ref=v1`) },
);
const mapItem = (pad: string) =>
  fc
    .tuple(
      name,
      scalar,
      fc.constantFrom(
        "",
        `\n${pad}  # inner`,
        `\n${pad}  t: {a: [1, 2]}`,
        `\n${pad}  p: |-\n${pad}    - op: add\n\n${pad}      path: /x`,
      ),
    )
    .map(([n, v, more]) => `name: ${n}\n${pad}  value: ${v}${more}`);

/** A list under a key, in one of the ways to write it; `entries` says of what. */
const list = (key: string, entries: "texts" | "maps"): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom("", "  ", "    "),
      fc.constantFrom("block", "block", "block", "flow", "lines", "empty", "null", "~", "nothing"),
      fc.constantFrom("", "", " # of the list"),
    )
    .chain(([pad, style, note]) => {
      const one: fc.Arbitrary<string> = entries === "texts" ? item : mapItem(pad);
      const quoted = fc.uniqueArray(name, { minLength: 1, maxLength: 4 });
      if (style === "block")
        return fc
          .array(fc.tuple(above, one), { minLength: 1, maxLength: 4 })
          .map(
            (lines) =>
              `${key}:${note}\n${lines.map(([over, text]) => `${indentOf(over, pad)}${pad}- ${text}\n`).join("")}`,
          );
      if (style === "flow" || style === "lines")
        return fc.tuple(quoted, fc.boolean()).map(([names, comma]) => {
          const texts = names.map((n) => (entries === "texts" ? `./${n}` : `{"name": ${n}, value: 1}`));
          const end = comma ? "," : "";
          return style === "flow"
            ? `${key}: [${texts.join(", ")}${end}]${note}\n`
            : `${key}: [${note}\n${texts.map((text) => `  ${text}`).join(`,${note}\n`)}${end}\n]\n`;
        });
      const value = { empty: " []", null: " null", "~": "   ~", nothing: "" }[style as "empty"];
      return fc.constant(`${key}:${value}${note}\n`);
    });

function indentOf(lines: string, pad: string): string {
  return lines.replaceAll(/^(?=#)/gm, pad);
}

const map = fc.oneof(
  fc
    .uniqueArray(fc.tuple(name, scalar), { minLength: 1, maxLength: 3, selector: ([n]) => n })
    .map((pairs) => `commonLabels:\n${pairs.map(([n, v]) => `  l-${n}: ${v}\n`).join("")}`),
  fc.constantFrom(
    "commonLabels: {}\n",
    "commonLabels: { a: b } # one line\n",
    "commonLabels: ~\n",
    "commonLabels:\n",
  ),
);

const part = fc.oneof(
  { weight: 4, arbitrary: list("resources", "texts") },
  { weight: 2, arbitrary: list("patches", "maps") },
  { weight: 2, arbitrary: list("components", "texts") },
  { weight: 2, arbitrary: map },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "namespace: no\n",
      "# between\n",
      "\n",
      "images:\n- name: x\n  newTag: '1_000'\n",
      "configMapGenerator:\n  - name: c\n    literals: [a=b, 'c=d']\n    # trailing\n",
      "generatorOptions: &g\n  labels: {a: b}\n",
      "patch: |\n  # text\n  resources:\n  - x\n",
      "folded: >-\n  a\n  b\n\n",
    ),
  },
);

/** A kustomization whose keys are each there once. */
export const kustomization: fc.Arbitrary<string> = fc
  .record({
    head: fc.constantFrom(
      "",
      "",
      "---\n",
      "# head\n",
      "# yaml-language-server: $schema=x\n---\n",
      "%YAML 1.1\n---\n",
    ),
    parts: fc.uniqueArray(part, { minLength: 1, maxLength: 6, selector: (text) => text.split(/[:\n]/)[0] }),
    tail: fc.constantFrom(
      "",
      "",
      "\n\n",
      "# end\n",
      "\n  # deep end\n",
      "...\n",
      "---\n",
      "---\nother: document\n",
    ),
    kind: fc.constantFrom("first", "last", "none"),
    mark: fc.constantFrom("", "", "\uFEFF"),
    eol: fc.constantFrom("\n", "\n", "\r\n"),
    final: fc.boolean(),
  })
  .map(({ head, parts, tail, kind, mark, eol, final }) => {
    const type = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
    const body = [...(kind === "first" ? [type] : []), ...parts, ...(kind === "last" ? [type] : [])].join("");
    const text = head + body + tail;
    return mark + (final ? text : text.replace(/\n+$/, "")).replaceAll("\n", eol);
  });
