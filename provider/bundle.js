// Turns the project's TypeScript and the packages that it always needs into one JavaScript file per program, made once
// per version of the source. Types are checked by `npm run check`; at run time they only cost: loading a bundle takes a
// third of the time of loading the files, and every `pulumi` command loads the program and the provider.
"use strict";
const { createHash } = require("node:crypto");
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} = require("node:fs");
const { dirname, join, relative, sep } = require("node:path");
const { defer } = require("./defer");
const { nameSources } = require("./traces");

const root = join(__dirname, "..");
const HOUR = 3_600_000;
const FOLDERS = ["cache", "components", "manifests", "provider", "stacks"];

/** Packages that only some runs load, or that bring native code. */
const LAZY = ["@peculiar/x509", "cloudflare", "reflect-metadata", "ssh2", "tar", "undici"];

/** Those of them that are imported as a whole: loaded at their first use. */
const DEFERRED = { ssh2: false };

/** The same, of many files, of which a bundle of their own is loaded: in a fifth of the time. What is used of each; of
 * CommonJS only names can be. */
const LAZY_BUNDLES = {
  "@azure/core-rest-pipeline": "*",
  "@azure/identity": "*",
  "@kubernetes/client-node": "{ KubeConfig }",
};

/** All TypeScript files of the program and the provider, in a fixed order. */
function sources() {
  return [join(root, "index.ts"), ...FOLDERS.flatMap((folder) => sourcesIn(join(root, folder))).sort()];
}

function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sourcesIn(path) : path.endsWith(".ts") ? [path] : [];
  });
}

/**
 * Digest of the files' contents, which are read only when one of them isn't as `noted` says it was: reading hundreds of
 * them takes longer than to load what is made of them.
 */
function digestOf(files, noted) {
  const looks = createHash("sha256");
  for (const file of files) {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    looks.update(`${file}\0${ino} ${size} ${mtimeNs} ${ctimeNs}\n`);
  }
  const look = looks.digest("hex");
  const [before, digest] = existsSync(noted) ? readFileSync(noted, "utf8").split(" ") : [];
  if (before === look) return digest;
  const contents = createHash("sha256");
  for (const file of files) contents.update(file).update(readFileSync(file));
  const found = contents.digest("hex");
  const partial = `${noted}.${process.pid}`;
  try {
    mkdirSync(dirname(noted), { recursive: true });
    writeFileSync(partial, `${look} ${found}`);
    renameSync(partial, noted);
  } catch (error) {
    if (!isReadOnly(error)) throw error;
  }
  return found;
}

/** What is thrown where a folder can't be written to. */
function isReadOnly({ code }) {
  return code === "EACCES" || code === "EROFS";
}

/**
 * Path of the bundle of an entry point. It lies in node_modules/.cache, so that it finds the packages that stay outside
 * of it.
 */
function bundle(entry, shared) {
  const folder = join(root, "node_modules", ".cache", "handoff");
  const name = relative(root, entry).replace(/\.ts$/, "").replaceAll(sep, "-");
  const madeOf = [...sources(), entry, __filename, join(root, "package-lock.json")];
  const file = `${name}-${digestOf(madeOf, join(folder, `${name}.digest`)).slice(0, 16)}.cjs`;
  if (existsSync(join(folder, file))) {
    utimesSync(join(folder, file), new Date(), new Date());
    return join(folder, file);
  }
  // Made beside its place and moved there: another run may load it at the same time.
  const partial = join(folder, `.${process.pid}`);
  mkdirSync(partial, { recursive: true });
  const lazy = Object.keys(LAZY_BUNDLES).map((name) => [
    name,
    `./${file.replace(".cjs", "")}-${name.replace(/\W+/g, "-")}.cjs`,
  ]);
  const { metafile } = build({
    entryPoints: [entry],
    outfile: join(partial, file),
    alias: Object.fromEntries(lazy),
    external: [...LAZY, ...shared, ...lazy.map(([, path]) => path)],
    sourcemap: "linked",
    sourceRoot: `${partial}/`, // from where its sources are named
    metafile: true,
  });
  const loaded = new Set(
    Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path)),
  );
  const used = lazy.filter(([, path]) => loaded.has(path));
  for (const [name, path] of used) {
    const contents = `export ${LAZY_BUNDLES[name]} from "${name}";`;
    build({ stdin: { contents, resolveDir: root }, outfile: join(partial, path) });
  }
  removeFormer(folder, name, file);
  // The entry point last: where it is, all is there.
  for (const made of [...used.map(([, path]) => path), `${file}.map`, file])
    renameSync(join(partial, made), join(folder, made));
  rmSync(partial, { recursive: true });
  return join(folder, file);
}

/**
 * Removes what was made of former versions of the source, when nobody loaded it for an hour: a run that is under way
 * loads parts of it later. What is being made now may be there already, by another run.
 */
function removeFormer(folder, name, file) {
  const made = new RegExp(`^${name}-[0-9a-f]{16}(?=[.-])`);
  const formers = new Map();
  for (const one of readdirSync(folder)) {
    const former = made.exec(one)?.[0];
    if (former === undefined || file.startsWith(former)) continue;
    formers.set(former, [...(formers.get(former) ?? []), one]);
  }
  for (const [former, parts] of formers) {
    // Without its entry point it is being made, or was left half made.
    const loaded = parts.find((part) => part === `${former}.cjs`) ?? parts[0];
    const at = statSync(join(folder, loaded), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (at < Date.now() - HOUR) for (const part of parts) rmSync(join(folder, part), { force: true });
  }
}

function build(options) {
  return require("esbuild").buildSync({ bundle: true, platform: "node", logLevel: "error", ...options });
}

/**
 * Loads an entry point: its bundle, or the source itself where the folder can't be written to. `shared` are packages of
 * which the process has its own copy.
 */
function load(entry, shared = []) {
  let file;
  try {
    file = bundle(entry, shared);
  } catch (error) {
    if (!isReadOnly(error)) throw error;
    require("tsx/cjs");
    return require(entry);
  }
  nameSources(file);
  defer(DEFERRED, file);
  return require(file);
}

module.exports = { load };
