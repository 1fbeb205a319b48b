import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { installPulumiStandIns, sourceDigest } from "../../../tools/sandbox/pulumi/install";
import { slow } from "../../slow";

function executable(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 });
}

describe("installing the stand-ins", () => {
  let folder = "";
  // One for all tests, as for all sandboxes of a checkout.
  const cache = fs.mkdtempSync(path.join(os.tmpdir(), "handoff-bundles-"));
  after(() => {
    fs.rmSync(cache, { recursive: true });
  });
  const home = (): string => path.join(folder, "home");
  const bin = (): string => path.join(folder, "bin");
  const env = (): NodeJS.ProcessEnv => ({ HOME: folder, PATH: bin() });
  const plugin = (name: string): string => path.join(home(), "plugins", name);
  const kinds = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await installPulumiStandIns(home(), bin(), env(), cache)).map(({ name, kind }) => [name, kind]),
    );

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "handoff-install-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it("bundles what is missing, once", async () => {
    const all = { nodejs: "stand-in", random: "stand-in", kubernetes: "stand-in", cloudflare: "stand-in" };
    assert.deepEqual(await kinds(), { ...all, "azure-native": "stand-in" });
    const file = plugin("resource-random-v4.21.2/pulumi-resource-random");
    const { mtimeMs } = fs.statSync(file);
    assert.deepEqual(await kinds(), { ...all, "azure-native": "stand-in" });
    assert.equal(fs.statSync(file).mtimeMs, mtimeMs);
    assert.ok(fs.readFileSync(file, "utf8").startsWith("#!/usr/bin/env node\n"));
  });

  it("takes what was bundled for another sandbox, and throws away what was of another source", async () => {
    const [former, recent] = ["former", "recent"].map((name) => path.join(cache, name)) as [string, string];
    for (const made of [former, recent]) fs.mkdirSync(made);
    fs.utimesSync(former, new Date(0), new Date(0));
    await kinds();
    assert.deepEqual(
      [former, recent].map((made) => fs.existsSync(made)),
      [false, true],
    );
    const kept = path.join(cache, sourceDigest().slice(0, 16), "pulumi-resource-random");
    fs.appendFileSync(kept, "// kept\n");
    fs.rmSync(home(), { recursive: true });
    await kinds();
    const file = plugin("resource-random-v4.21.2/pulumi-resource-random");
    assert.ok(fs.readFileSync(file, "utf8").endsWith("// kept\n"));
    assert.equal(fs.statSync(file).mode & 0o111, 0o111);
  });

  it("knows another source by any file that a bundle may be made of", () => {
    const files = ["provider/a.ts", "provider/plugin/b.ts", "manifests/flux/c.ts", "cache/d.ts"];
    const all = [...files, "tools/sandbox/pulumi/e.ts", "package-lock.json", "provider/register.js"];
    const write = (name: string, text: string): void => {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    };
    for (const name of all) write(name, "");
    const digests = all.map((name) => {
      write(name, "changed");
      return sourceDigest(folder);
    });
    assert.equal(new Set(digests).size, all.length);
    write("provider/notes.md", "");
    assert.equal(sourceDigest(folder), digests.at(-1));
  });

  slow("makes a stale one anew and removes those of other versions", async () => {
    const current = plugin("resource-random-v4.21.2");
    const other = plugin("resource-random-v9.0.0");
    for (const stale of [current, other]) {
      executable(path.join(stale, "pulumi-resource-random"));
      fs.writeFileSync(path.join(stale, "stand-in.json"), '{"source":"old"}');
    }
    assert.equal((await kinds()).random, "stand-in");
    assert.ok(fs.statSync(path.join(current, "pulumi-resource-random")).size > 1000);
    assert.ok(!fs.existsSync(other));
  });

  it("uses real ones where it finds them", async () => {
    executable(path.join(folder, ".pulumi/plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes"));
    executable(path.join(home(), "plugins/resource-cloudflare-v6.22.1/pulumi-resource-cloudflare"));
    executable(path.join(bin(), "pulumi-language-nodejs"));
    const expected = { nodejs: "real", random: "stand-in", kubernetes: "real", cloudflare: "real" };
    assert.deepEqual(await kinds(), { ...expected, "azure-native": "stand-in" });
    assert.deepEqual(await kinds(), { ...expected, "azure-native": "stand-in" });
    const linked = plugin("resource-kubernetes-v4.34.2/pulumi-resource-kubernetes");
    assert.ok(fs.lstatSync(linked).isSymbolicLink());
    assert.ok(!fs.existsSync(plugin("language-nodejs-v3.248.0")));
  });

  it("finds the language host beside a linked pulumi", async () => {
    executable(path.join(folder, "sdk/pulumi"));
    executable(path.join(folder, "sdk/pulumi-language-nodejs"));
    fs.mkdirSync(bin());
    fs.symlinkSync(path.join(folder, "sdk/pulumi"), path.join(bin(), "pulumi"));
    assert.equal((await kinds()).nodejs, "real");
  });
});
