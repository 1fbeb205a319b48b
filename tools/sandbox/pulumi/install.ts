/**
 * Puts the language host and the provider plugins where the Pulumi engine looks for them. A real one that is
 * already on this machine is used; else a stand-in is bundled from this folder's source into one executable
 * file, which starts in a third of the time that the source needs and doesn't depend on where the checkout lies.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { build } from "esbuild";

export interface InstalledPlugin {
  readonly name: string;
  readonly version: string;
  readonly kind: "real" | "stand-in";
}

interface Wanted {
  readonly name: string;
  readonly version: string;
  /** Folder under `plugins/`, and the executable in it. */
  readonly folder: string;
  readonly executable: string;
  readonly source: string;
}

const PROVIDERS = ["random", "kubernetes", "cloudflare", "azure-native"];

/** Marks a folder as ours and says from which source it was made. */
const MARK = "stand-in.json";

function packageVersion(name: string): string {
  const manifest = fs.readFileSync(require.resolve(`@pulumi/${name}/package.json`), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function wantedProvider(name: string): Wanted {
  const version = packageVersion(name);
  const executable = `pulumi-resource-${name}`;
  return { name, version, folder: `resource-${name}-v${version}`, executable, source: `${name}.ts` };
}

/** The engine takes a language host from its plugin folder only when there is none beside `pulumi` or on PATH. */
function wantedLanguageHost(): Wanted {
  const version = packageVersion("pulumi");
  const executable = "pulumi-language-nodejs";
  return {
    name: "nodejs",
    version,
    folder: `language-nodejs-v${version}`,
    executable,
    source: "language-host.ts",
  };
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** A real language host, in the order in which the engine looks: on PATH, beside `pulumi` itself. */
function realLanguageHost(executable: string, binDir: string, env: NodeJS.ProcessEnv): boolean {
  const folders = [binDir, ...(env.PATH ?? "").split(path.delimiter)].filter((folder) => folder !== "");
  if (folders.some((folder) => isExecutable(path.join(folder, executable)))) return true;
  const pulumi = folders.map((folder) => path.join(folder, "pulumi")).find(isExecutable);
  return pulumi !== undefined && isExecutable(path.join(path.dirname(fs.realpathSync(pulumi)), executable));
}

const checkout = path.resolve(__dirname, "../../..");

/** Digest of all that the bundles are made of. */
export function sourceDigest(root = checkout): string {
  const folders = ["cache", "manifests", "provider", "tools/sandbox/pulumi"];
  const sources = folders.flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => path.join(folder, name)),
  );
  const hash = createHash("sha256").update(process.version);
  for (const name of ["package-lock.json", ...sources.filter((name) => /\.[jt]s$/.test(name)).sort()])
    hash.update(name).update(fs.readFileSync(path.join(root, name)));
  return hash.digest("hex");
}

function markOf(folder: string): string | undefined {
  try {
    return (JSON.parse(fs.readFileSync(path.join(folder, MARK), "utf8")) as { source: string }).source;
  } catch {
    return undefined;
  }
}

/** Fills a plugin folder beside its place and then moves it there, so that the engine never sees half of one. */
async function replaceFolder(folder: string, fill: (folder: string) => Promise<void> | void): Promise<void> {
  const part = `${folder}.tmp${process.pid}`;
  fs.rmSync(part, { recursive: true, force: true });
  fs.mkdirSync(part, { recursive: true });
  try {
    await fill(part);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(part, folder);
  } finally {
    fs.rmSync(part, { recursive: true, force: true });
  }
}

/** One executable file with everything in it; `kept` is where every sandbox of this checkout finds it again. */
async function bundle(source: string, file: string, kept: string): Promise<void> {
  if (fs.existsSync(kept)) {
    fs.copyFileSync(kept, file);
    return;
  }
  await build({
    entryPoints: [path.join(__dirname, source)],
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node20",
    banner: { js: "#!/usr/bin/env node" },
    logLevel: "error",
  });
  fs.chmodSync(file, 0o755);
  try {
    const part = `${kept}.tmp${process.pid}`;
    fs.mkdirSync(path.dirname(kept), { recursive: true });
    fs.copyFileSync(file, part);
    fs.renameSync(part, kept);
  } catch {
    // a checkout that can't be written to: the next sandbox bundles again
  }
}

const HOUR = 3_600_000;

/** The folder of what was bundled of this source; those of former sources go, when no start may still be at them. */
function bundlesOf(folder: string, source: string): string {
  const current = source.slice(0, 16);
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    const former = path.join(folder, name);
    const { mtimeMs = 0 } = fs.statSync(former, { throwIfNoEntry: false }) ?? {};
    if (name !== current && mtimeMs < Date.now() - HOUR) fs.rmSync(former, { recursive: true, force: true });
  }
  return path.join(folder, current);
}

/** Stand-ins of other versions would win over the wanted one when they are newer. */
function removeOtherVersions(plugins: string, wanted: Wanted): void {
  const prefix = wanted.folder.slice(0, -wanted.version.length);
  for (const name of fs.readdirSync(plugins)) {
    const folder = path.join(plugins, name);
    if (name !== wanted.folder && name.startsWith(prefix) && markOf(folder) !== undefined) {
      fs.rmSync(folder, { recursive: true });
    }
  }
}

/**
 * Installs what is missing into `pulumiHome`; running it again changes only what is out of date. `binDir` is
 * where `pulumi` lies. Returns what the engine will use.
 */
export async function installPulumiStandIns(
  pulumiHome: string,
  binDir: string,
  env: NodeJS.ProcessEnv = process.env,
  cache = path.join(checkout, "node_modules", ".cache", "handoff-stand-ins"),
): Promise<InstalledPlugin[]> {
  const plugins = path.join(pulumiHome, "plugins");
  fs.mkdirSync(plugins, { recursive: true });
  const userPlugins = path.join(env.HOME ?? pulumiHome, ".pulumi", "plugins");
  const source = sourceDigest();
  const bundles = bundlesOf(cache, source);

  async function install(wanted: Wanted): Promise<InstalledPlugin> {
    const { name, version, executable } = wanted;
    const folder = path.join(plugins, wanted.folder);
    removeOtherVersions(plugins, wanted);
    if (wanted.executable === "pulumi-language-nodejs" && realLanguageHost(executable, binDir, env)) {
      return { name, version, kind: "real" };
    }
    const mark = markOf(folder);
    if (mark === undefined && isExecutable(path.join(folder, executable)))
      return { name, version, kind: "real" };
    const real = path.join(userPlugins, wanted.folder);
    if (real !== folder && markOf(real) === undefined && isExecutable(path.join(real, executable))) {
      // The engine skips linked folders, so their entries are linked.
      await replaceFolder(folder, (part) => {
        for (const entry of fs.readdirSync(real))
          fs.symlinkSync(path.join(real, entry), path.join(part, entry));
      });
      return { name, version, kind: "real" };
    }
    if (mark !== source || !isExecutable(path.join(folder, executable))) {
      await replaceFolder(folder, async (part) => {
        await bundle(wanted.source, path.join(part, executable), path.join(bundles, executable));
        fs.writeFileSync(path.join(part, MARK), JSON.stringify({ source }));
      });
    }
    return { name, version, kind: "stand-in" };
  }

  return Promise.all([wantedLanguageHost(), ...PROVIDERS.map(wantedProvider)].map(install));
}
