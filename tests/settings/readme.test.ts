import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

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

  it("explains every setting", () => {
    const text = readFileSync(join(root, "stacks", "settings", "schemas", "prod.json"), "utf8");
    const config = (JSON.parse(text) as Schema).properties?.config ?? {};
    const all = paths(config);
    assert.ok(all.length > 60, `${String(all.length)} settings`);
    assert.deepEqual(
      all.filter((path) => !readme.includes(`\`${path}\``)),
      [],
    );
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
