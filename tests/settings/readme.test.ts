import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systems } from "../../stacks";
import { pageFile, pageText, schemaFile } from "../../stacks/settings/json-schema";

/** Kinds of settings that a page must tell: the text of its row, up to the description. */
const ROWS = [
  "| `ready.timeout` | `15m` | How long to follow it. |",
  "| `ready.wait` | `true` | ",
  "| `fluxRepository.url` | required in it | ",
  "| `cluster.kubeconfig` | KUBECONFIG, else ~/.kube/config | ",
  "| `fluxRepository.auth.ssh.privateKey` | one of them | ",
  "| **`fluxRepository`** | **required** | ",
];

describe("docs/settings", () => {
  for (const [name, system] of Object.entries(systems)) {
    const file = pageFile(name);
    it(`has the page of ${name} as its schema gives it: npm run settings`, () => {
      assert.equal(readFileSync(file, "utf8"), pageText(name, system));
    });

    it(`explains every setting of ${name}`, () => {
      const { properties } = JSON.parse(readFileSync(schemaFile(name), "utf8")) as Schema;
      const all = paths(properties?.config ?? {});
      const page = readFileSync(file, "utf8");
      assert.ok(all.length > 40, `${String(all.length)} settings`);
      assert.deepEqual(
        all.filter((path) => !page.includes(`\`${path}\``)),
        [],
      );
      for (const row of ROWS) assert.ok(page.includes(row), row);
    });
  }
});

const root = join(__dirname, "..", "..");

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
}

/** Dotted paths of all settings that hold a value; what names a credential's source is explained once, not at each. */
function paths(schema: Schema, prefix = ""): string[] {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.some(([name]) => ["env", "file", "config"].includes(name))) return [];
  return properties.flatMap(([name, property]) => {
    const path = prefix === "" ? name.replace(/^handoff:/, "") : `${prefix}.${name}`;
    const below = paths(property, path);
    return below.length === 0 ? [path] : below;
  });
}

describe("README.md", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");

  it("leads to the page of each system's settings", () => {
    for (const name of Object.keys(systems)) assert.ok(readme.includes(`(docs/settings/${name}.md)`), name);
  });

  it("names only scripts that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
    const named = [...readme.matchAll(/npm run (?:-s )?([a-z0-9:]+)/g)].map((match) => match[1] ?? "");
    assert.deepEqual(
      [...new Set(named)].filter((name) => !(name in scripts)),
      [],
    );
  });

  it("links only to files that are there", () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? "");
    for (const link of links) readFileSync(join(root, link));
  });
});
