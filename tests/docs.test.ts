import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "..");
const DOCS = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith(".md"),
);
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };

const all = (text: string, what: RegExp): string[] => [
  ...new Set([...text.matchAll(what)].map(([, found = ""]) => found)),
];
const isThere = (path: string): boolean => existsSync(path) || existsSync(`${path}.ts`);

describe("the documents", () => {
  for (const doc of DOCS)
    it(`name in ${doc} what is there`, () => {
      const text = readFileSync(join(ROOT, doc), "utf8");
      const missing = [
        // Those with a placeholder, `manifests/catalog/<name>.ts`, are for the reader to make.
        ...all(text, /`((?:components|manifests|provider|stacks|tools|tests|docs|bench)\/[\w./-]+)`/g).filter(
          (path) => !isThere(join(ROOT, path)),
        ),
        // Of code for the file of a stack.
        ...all(text, /from "(\.\.?\/[^"]+)"/g).filter((path) => !isThere(join(ROOT, "stacks", path))),
        ...all(text, /\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g).filter(
          (path) => !existsSync(join(ROOT, dirname(doc), path)),
        ),
        ...all(text, /npm run (?:-s )?(\w[\w:-]*)/g).filter((script) => !(script in scripts)),
      ];
      assert.deepEqual(missing, []);
    });
});
