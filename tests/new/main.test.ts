import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ESLint } from "eslint";
import ts from "typescript";
import { create } from "../../tools/new/main";
import { slow } from "../slow";

const ROOT = join(__dirname, "..", "..");

describe("npm run new", function () {
  this.timeout(600_000);
  let root: string;
  before(() => {
    // As the user has it, so far as what is written needs it.
    root = mkdtempSync(join(tmpdir(), "handoff-new-"));
    for (const part of ["stacks", "components", "manifests", "cache", "tsconfig.json", "eslint.config.mjs"]) {
      cpSync(join(ROOT, part), join(root, part), { recursive: true });
    }
    for (const part of ["package.json", ".prettierrc.json"]) cpSync(join(ROOT, part), join(root, part));
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  });
  after(() => {
    rmSync(root, { recursive: true });
  });
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  /** What a command makes of a file, by lines. */
  const added = async (path: string, ...args: string[]): Promise<string[]> => {
    const before = read(path).split("\n");
    await create(root, args);
    return read(path)
      .split("\n")
      .filter((line) => !before.includes(line));
  };

  it("writes an app with a host and a generated password into one file", async () => {
    const lines = await added(
      "stacks/prod.ts",
      ...["app", "another-app", "--image", "ghcr.io/your-org/another:v2.0.0", "--port", "3000"],
      ...["--host", "another.example.com", "--secret", "PASSWORD"],
    );
    assert.deepEqual(lines, [
      'import { app } from "../manifests/apps/app";',
      'import { value } from "../manifests/secrets/secret-text";',
      "      app({",
      '        name: "another-app",',
      '        image: "ghcr.io/your-org/another:v2.0.0",',
      "        port: 3000,",
      '        hosts: ["another.example.com"],',
      '        secrets: { "another-app": { PASSWORD: value("another-app-password") } },',
      '        values: { "another-app-password": password() },',
      "      }),",
    ]);
  });

  it("writes each secret in the kind that is named", async () => {
    const lines = await added(
      "stacks/prod.ts",
      ...["app", "keys", "--secret", "API_KEY=hex", "--secret", "SIGNING=sshKey", "--secret", "ID=uuid"],
    );
    const text = lines.map((line) => line.trim()).join(" ");
    assert.ok(text.includes('"keys-api-key": hexBytes(32)'), text);
    assert.ok(text.includes('"keys-signing": { kind: "sshKey" }, "keys-id": { kind: "uuid" }'), text);
    assert.match(text, /import \{ password, randomBytes, hexBytes \} from "..\/components\/secrets\/values"/);
  });

  it("writes apps of a folder and of a chart behind it", async () => {
    const folder = await added("stacks/prod.ts", "app", "of-folder", "--folder", "apps/of-folder");
    assert.ok(
      folder.includes('      app({ name: "of-folder", folder: "apps/of-folder" }),'),
      folder.join("\n"),
    );
    const chart = ["--chart", "https://charts.example.com", "--version", "1.2.3"];
    const released = await added("stacks/prod.ts", "app", "of-chart", ...chart);
    assert.match(
      released.join("\n"),
      /chart: \{ name: "of-chart", repository: "https:\/\/charts\.example\.com", version: "1\.2\.3" \}/,
    );
  });

  it("puts a site or service behind the others of its list", async () => {
    writeFileSync(
      join(root, "stacks", "lists.ts"),
      [
        'import { plainService } from "../manifests/apps/service";',
        'import { site } from "../manifests/catalog/site";',
        "",
        'export const sites = [site({ name: "one", hosts: ["one.example.com"], image: "one:1" })];',
        'export const services = [plainService({ name: "two", namespace: "two" })];',
        "",
      ].join("\n"),
    );
    const index = read("stacks/index.ts");
    writeFileSync(join(root, "stacks", "index.ts"), index.replace("= { apps", "= { lists: apps, apps"));
    const to = ["--system", "lists"];
    const site = await added("stacks/lists.ts", "site", "three", "--host", "three.example.com", ...to);
    assert.match(site.join("\n"), /site\(\{ name: "three", hosts: \["three\.example\.com"\], image: "ghcr/);
    const service = await added("stacks/lists.ts", "service", "four", ...to);
    assert.match(service.join("\n"), /name: "four",\n {4}namespace: "four",\n {4}manifests: \{/);
    assert.match(
      read("stacks/lists.ts"),
      /import \{ workload, workloadService \} from "\.\.\/manifests\/apps\/workload";/,
    );
    rmSync(join(root, "stacks", "lists.ts"));
    writeFileSync(join(root, "stacks", "index.ts"), index);
  });

  it("writes a system that an app can be added to", async () => {
    const index = await added("stacks/index.ts", "system", "my-shop");
    assert.deepEqual(index[0], 'import { myShop } from "./my-shop";');
    assert.match(index.join("\n"), /"my-shop": myShop/);
    await create(root, ["app", "cart", "--system", "my-shop", "--secret", "PASSWORD"]);
    assert.match(read("stacks/my-shop.ts"), /name: "cart"/);
    assert.match(read("Pulumi.my-shop.yaml"), /handoff:system: my-shop/);
  });

  slow("leaves files that tsc and ESLint take (slow)", async () => {
    const config = ts.readConfigFile(join(root, "tsconfig.json"), (path) => readFileSync(path, "utf8"));
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
    const program = ts.createProgram([join(root, "stacks", "index.ts")], { ...options, noEmit: true });
    const diagnostics = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
    assert.deepEqual(diagnostics, []);
    const results = await new ESLint({ cwd: root }).lintFiles(
      ["prod", "my-shop", "index"].map((name) => `stacks/${name}.ts`),
    );
    assert.deepEqual(
      results.flatMap(({ messages }) => messages),
      [],
    );
  });

  const refused: Record<string, [args: string[], reason: RegExp]> = {
    "a name that is there": [["app", "another-app"], /^stacks\/prod\.ts has the name another-app already/],
    "a name that can't be one": [
      ["app", "Hello"],
      /^The name of the app: found "Hello"; allowed: at most 63 lowercase/,
    ],
    "no name": [["site"], /^The name of the site: found nothing/],
    "a kind that isn't one": [["thing", "hello"], /^npm run new takes app, site, service or system/],
    "an option that isn't one": [["app", "hello", "--hots", "x"], /Unknown option '--hots'[^]*Usage/],
    "two things at once": [
      ["app", "hello", "--image", "a:1", "--folder", "b"],
      /^--image: found image and folder; allowed: exactly one of image, folder, chart$/,
    ],
    "options that can't be, all at once": [
      ["app", "hello", "--image", "a/b", "--host", "hello", "--port", "x", "--secret", "a-b"],
      /^--host: found "hello";.*\n--image: found "a\/b";.*mean a\/b:v1\.0\.0\?\n--port: found "x";.*\n--secret: found a-b;/,
    ],
    "what can't be in a system, though it can be typed": [
      [
        "app",
        "hello",
        "--host",
        "a.example.com.",
        "--host",
        "München.example.com",
        "--port",
        "99999",
        "--folder",
        "",
      ],
      /^--host: .*mean a\.example\.com\?\n--host: .*mean xn--mnchen-3ya\.example\.com\?\n--folder: found "";.*\n--port: found 99999;/,
    ],
    "a chart without a version, and one with a password": [
      ["app", "hello", "--chart", "https://me:canary@charts.example.com"],
      /^--chart: found an address with credentials in it;[^\n]*\n--version: found nothing;(?![^]*canary)/,
    ],
    "a version without a chart": [["app", "hello", "--version", "1"], /^--version: it is a chart's/],
    "one key of a Secret twice, also under another name": [
      ["app", "hello", "--secret", "API_KEY", "--secret", "API__KEY"],
      /^--secret: two of them would be the value hello-api-key/,
    ],
    "a password where its kind belongs, and doesn't repeat it": [
      ["app", "hello", "--secret", "PASSWORD=hunter2"],
      /^--secret: found PASSWORD=…;(?!.*hunter2)/,
    ],
    "options that the kind has not": [
      ["site", "hello", "--port", "80", "--secret", "A", "--folder", "a"],
      /^--port: found "80"; allowed: nothing, for a site takes only --image, --host\.\n--folder: .*\n--secret: found one;/,
    ],
    "options of a system": [["system", "shop", "--host", "a.example.com"], /^A system takes no --host/],
    "a file that is no system": [
      ["app", "hello", "--system", "../tools/new/main"],
      /^There is no system \.\.\/tools\/new\/main: there are/,
    ],
    "a system of a word that TypeScript has": [
      ["system", "class"],
      /found "class", and it is a word of TypeScript's/,
    ],
    "the sandbox's own name": [["system", "sandbox"], /Pulumi\.sandbox\.yaml is the sandbox's/],
    "a kind of secret that isn't one": [
      ["app", "hello", "--secret", "KEY=rot13"],
      /^--secret: found KEY=…; allowed: a name such as PASSWORD, or with a kind.*kinds: password, bytes, hex,/,
    ],
    "a system that isn't there": [
      ["app", "hello", "--system", "none"],
      /^There is no system none: there are .*prod/,
    ],
    "a system without such a list": [
      ["site", "hello", "--system", "my-shop"],
      /^stacks\/my-shop\.ts: it has no list for site entries\.\n→/,
    ],
    "a system that is there": [["system", "prod"], /^stacks\/prod\.ts is there already/],
  };
  for (const [what, [args, reason]] of Object.entries(refused)) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = read("stacks/prod.ts") + read("stacks/index.ts");
      await assert.rejects(create(root, args), { message: reason });
      assert.equal(read("stacks/prod.ts") + read("stacks/index.ts"), before);
    });
  }

  it("keeps a file's Windows line ends, and leaves one alone that can't be read", async () => {
    const path = join(root, "stacks", "prod.ts");
    const before = read("stacks/prod.ts");
    writeFileSync(path, before.replaceAll("\n", "\r\n"));
    await create(root, ["app", "from-windows", "--secret", "KEY"]);
    const after = read("stacks/prod.ts");
    assert.equal(after.replaceAll("\r\n", "").match(/[\r\n]/), null);
    assert.match(after, /name: "from-windows"/);
    const broken = before.replace("defineSystem({", "defineSystem(({");
    writeFileSync(path, broken);
    await assert.rejects(create(root, ["app", "hello"]), {
      message: /^stacks\/prod\.ts isn't valid TypeScript, so nothing was added: /,
    });
    assert.equal(read("stacks/prod.ts"), broken);
    writeFileSync(path, before);
  });

  it("explains itself", async () => {
    assert.match(await create(root, ["--help"]), /^Usage: npm run new -- app\|site\|service\|system <name>/);
  });
});
