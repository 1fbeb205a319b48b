/** What renovate.json finds, by its own expressions, in what the project pins. */
import { strict as assert } from "node:assert";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { RE2JS } from "re2js";

interface Manager {
  readonly managerFilePatterns: readonly string[];
  readonly matchStrings: readonly string[];
  readonly matchStringsStrategy?: "recursive";
  readonly datasourceTemplate: string;
  readonly depNameTemplate?: string;
}

const root = join(__dirname, "../..");
const { customManagers } = JSON.parse(readFileSync(join(root, "renovate.json"), "utf8")) as {
  readonly customManagers: readonly Manager[];
};

type Groups = Readonly<Record<string, string>>;

/** Named groups of all matches, as Renovate's strategies find them; its only flag is "g". */
function matches({ matchStrings, matchStringsStrategy }: Manager, text: string): Groups[] {
  const all = (expression: string, within: string) => [...within.matchAll(new RegExp(expression, "g"))];
  if (matchStringsStrategy === undefined)
    return matchStrings.flatMap((one) => all(one, text).map(({ groups = {} }) => groups));
  return matchStrings
    .reduce<readonly { readonly 0: string; readonly groups?: Groups }[]>(
      (found, one) => found.flatMap(({ 0: within }) => all(one, within)),
      [{ 0: text }],
    )
    .map(({ groups = {} }) => groups);
}

/** `<datasource> <name> <version>` of all that the managers find in a file. */
function found(path: string, text: string): string[] {
  return customManagers
    .filter(({ managerFilePatterns }) =>
      managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(path)),
    )
    .flatMap((manager) =>
      matches(manager, text).map((groups) =>
        [manager.datasourceTemplate, manager.depNameTemplate ?? groups.depName, groups.currentValue].join(
          " ",
        ),
      ),
    );
}

describe("Renovate's configuration", () => {
  it("has expressions of RE2, which Renovate takes, without looks ahead or behind", () => {
    for (const { matchStrings, managerFilePatterns } of customManagers)
      for (const expression of [...matchStrings, ...managerFilePatterns.map((one) => one.slice(1, -1))])
        assert.doesNotThrow(() => RE2JS.compile(expression), expression);
  });

  it("finds every chart and image that the catalog pins", () => {
    const files = execFileSync("git", ["ls-files", "manifests/catalog"], { cwd: root, encoding: "utf8" });
    const pins = /version: "(.*\d\.\d.*)"|_IMAGE = ".*:(.*\d.*)"|"[\w./-]+\/[\w./-]+:(v\d.*)"/g;
    const sources = files.split("\n").filter((file) => file.endsWith(".ts"));
    assert.ok(sources.some((path) => readFileSync(join(root, path), "utf8").search(pins) >= 0));
    for (const path of sources) {
      const text = readFileSync(join(root, path), "utf8");
      const all = found(path, text);
      for (const [pin, ...version] of text.matchAll(pins)) {
        const wanted = ` ${version.join("")}`; // one of them is there
        assert.ok(
          all.some((line) => line.endsWith(wanted)),
          `${path}: ${pin}`,
        );
      }
    }
  });

  it("finds Flux and the images of a stack's file, and neither addresses nor comments", () => {
    const text = [
      "config:",
      "  handoff:system: prod",
      "  handoff:cluster:",
      "    version: v1.0.0",
      "  handoff:flux:",
      "    # Release of Flux. Default: v2.9.4.",
      "    components: [source-controller]",
      "    version: v2.9.4",
      "    interval: 1m",
      "  handoff:calcom:",
      "    url: ssh://git@git.example.local:2222/acme/calcom.git",
      "    images:",
      "      calcom: calcom/cal.com:v6.1.3",
      "      postgres: postgres:16.4-alpine",
      "      # other: acme/other:v1.0.0",
      "      pinned: registry.example.com:5000/acme/web:v2.0.0",
      `      digest: ghcr.io/acme/web:1.2.3@sha256:${"a".repeat(64)}`,
      "    emailServer: { host: relay.example.local, port: 25 }",
      "    time: 12:30",
      "",
    ].join("\n");
    assert.deepEqual(found("Pulumi.prod.yaml", text), [
      "github-releases fluxcd/flux2 v2.9.4",
      "docker calcom/cal.com v6.1.3",
      "docker postgres 16.4-alpine",
      "docker registry.example.com:5000/acme/web v2.0.0",
      "docker ghcr.io/acme/web 1.2.3",
    ]);
  });

  it("finds a chart of one's own, as `npm run new` and the README write it", () => {
    const text =
      'app({ name: "x", chart: {\n  name: "podinfo",\n  repository: "https://stefanprodan.github.io/podinfo",\n  version: "6.9.0",\n} })';
    assert.deepEqual(found("stacks/prod.ts", text), ["helm podinfo 6.9.0"]);
  });

  it("has Renovate itself find the same, where it is on the PATH", async function () {
    const folder = mkdtempSync(join(tmpdir(), "handoff-renovate-"));
    const env = { ...process.env, LOG_LEVEL: "info", LOG_FORMAT: "json", RENOVATE_BASE_DIR: folder };
    const run = promisify(execFile)("renovate", ["--platform=local", "--dry-run=extract"], {
      ...{ cwd: root, env, maxBuffer: 1 << 28 },
    });
    const { stdout } = await run
      .catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        return this.skip();
      })
      .finally(() => {
        rmSync(folder, { recursive: true, force: true });
      });
    const line = stdout.split("\n").find((one) => one.includes('"packageFiles":')) ?? "{}";
    const { packageFiles } = JSON.parse(line) as {
      packageFiles: { regex: { packageFile: string; deps: Record<string, string>[] }[] };
    };
    const theirs = packageFiles.regex.flatMap(({ packageFile, deps }) =>
      deps.map((dep) => [packageFile, dep.datasource, dep.depName, dep.currentValue].join(" ")),
    );
    const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
    const ours = files
      // As `config:recommended` leaves them out.
      .filter((path) => !path.startsWith("tests/"))
      .flatMap((path) => found(path, readFileSync(join(root, path), "utf8")).map((one) => `${path} ${one}`));
    assert.ok(ours.length > 40);
    assert.deepEqual(theirs.sort(), ours.sort());
  });
});
