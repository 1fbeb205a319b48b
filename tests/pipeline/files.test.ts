/** What the pipelines of the three hosts say, held against the project: no runner of theirs can be had in a test. */
import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pulumiVersion } from "../../tools/sandbox/parts";

const root = join(__dirname, "../..");
const text = (path: string): string => readFileSync(join(root, path), "utf8");
/** Those of the hosts that aren't used may be deleted. */
const there = (path: string): boolean => existsSync(join(root, path));
const workflows = [".github/workflows", ".forgejo/workflows"]
  .filter(there)
  .flatMap((folder) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`));
const pipelines = [...workflows, ...[".gitlab-ci.yml"].filter(there)];

describe("pipelines", () => {
  it("pin what they use by its digest", () => {
    const used = workflows.flatMap((path) =>
      [...text(path).matchAll(/uses: (\S+)/g)].map(([, name]) => name),
    );
    assert.ok(used.length > 0 || workflows.length === 0);
    const loose = used.filter((name) => !/^\.\/|@[0-9a-f]{40}$/.test(name ?? ""));
    assert.deepEqual(loose, []);
  });

  for (const path of [
    ".github/workflows/stack.yml",
    ".forgejo/workflows/stacks.yml",
    ".gitlab-ci.yml",
  ].filter(there))
    it(`${path} hands over what the state is kept by, and what the sample Pulumi.prod.yaml takes from the environment`, function () {
      if (!text("Pulumi.prod.yaml").includes("/your-org/")) this.skip();
      const settings = text("Pulumi.prod.yaml").replaceAll(/^ *#.*$/gm, "");
      const names = [...settings.matchAll(/\{ *env: *([A-Z_]+) *\}/g)].map(([, name]) => name ?? "");
      assert.ok(names.includes("CLOUDFLARE_API_TOKEN"));
      names.push("PULUMI_ACCESS_TOKEN", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE");
      assert.deepEqual(
        names.filter((name) => !text(path).includes(name)),
        [],
      );
    });

  it("install the Pulumi CLI that the project is tested with", () => {
    const named = pipelines.flatMap((path) =>
      [...text(path).matchAll(/(?:pulumi-version: |pulumi-nodejs-\d+:)(\S+?)[ }]*$/gm)].map(([, one]) => one),
    );
    assert.deepEqual([...new Set(named)], pipelines.length === 0 ? [] : [pulumiVersion]);
  });

  it("fail when a command fails whose output they take", () => {
    // The status of `echo "$(false)"` is that of echo.
    const hidden = pipelines.flatMap(
      (path) => text(path).match(/^.*\b(?:echo|printf|export) .*\$\(npm .*$/gm) ?? [],
    );
    assert.deepEqual(hidden, []);
  });

  it("comment also when a later push takes all changes back", function () {
    const path = ".github/workflows/preview.yml";
    if (!there(path)) this.skip();
    // GitHub alone reads this condition; the lines that it lets run are tried by taken-back.test.ts.
    assert.match(
      text(path),
      /\(needs\.stacks\.outputs\.stacks != '\[\]' \|\| github\.event\.action != 'opened'\)/,
    );
  });

  for (const path of pipelines.filter((one) => text(one).includes("pulumi up")))
    it(`${path} puts back what others changed, when it is run by hand with what the comment names`, () => {
      const named = path.startsWith(".github/") ? text(".github/workflows/deploy.yml") : text(path);
      for (const input of ["refresh", "stacks"])
        assert.match(
          named,
          path.endsWith(".gitlab-ci.yml")
            ? new RegExp(input.toUpperCase())
            : new RegExp(`^ +${input}: \\{ type`, "m"),
        );
      assert.match(text(path), /set -- --refresh\n.*(?:\n.*)?pulumi up .* "\$@"/);
    });

  it("run commands that there are", () => {
    const { scripts } = JSON.parse(text("package.json")) as { readonly scripts: Record<string, string> };
    const run = pipelines.flatMap((path) =>
      [...text(path).matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name]) => name ?? ""),
    );
    assert.ok(run.length > 0 || pipelines.length === 0);
    assert.deepEqual(
      run.filter((name) => !(name in scripts)),
      [],
    );
  });
});
