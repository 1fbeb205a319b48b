// Turns the project's TypeScript and the packages that it always needs into one JavaScript file per program, made once
// per version of the source. Types are checked by `npm run check`; at run time they only cost: loading a bundle takes a
// third of the time of loading the files, and every `pulumi` command loads the program and the provider.
"use strict";
const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } = require("node:fs");
const { join, relative, sep } = require("node:path");

const root = join(__dirname, "..");
const FOLDERS = ["cache", "components", "manifests", "provider", "stacks"];

/** Packages that only some runs load, or that bring native code. */
const LAZY = [
  "@azure/core-rest-pipeline",
  "@azure/identity",
  "@kubernetes/client-node",
  "cloudflare",
  "ssh2",
  "tar",
  "undici",
];

/** All TypeScript files of the program and the provider, in a fixed order. */
function sources() {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .map((name) => join(root, folder, name)),
  );
  return [join(root, "index.ts"), ...inFolders];
}

/**
 * Path of the bundle of an entry point. It lies in node_modules/.cache, so that it finds the packages that stay outside
 * of it.
 */
function bundle(entry, shared) {
  const hash = createHash("sha256");
  for (const file of [...sources(), entry, join(root, "package-lock.json")])
    hash.update(file).update(readFileSync(file));
  const folder = join(root, "node_modules", ".cache", "handoff");
  const name = relative(root, entry).replace(/\.ts$/, "").replaceAll(sep, "-");
  const file = `${name}-${hash.digest("hex").slice(0, 16)}.cjs`;
  if (existsSync(join(folder, file))) return join(folder, file);
  // Made beside its place and moved there: another run may load it at the same time.
  const partial = join(folder, `.${process.pid}`);
  mkdirSync(partial, { recursive: true });
  require("esbuild").buildSync({
    entryPoints: [entry],
    outfile: join(partial, file),
    bundle: true,
    platform: "node",
    external: [...LAZY, ...shared],
    sourcemap: "linked", // for debuggers; nothing else reads it
    logLevel: "error",
  });
  for (const old of readdirSync(folder)) {
    if (old.startsWith(`${name}-`)) rmSync(join(folder, old), { force: true });
  }
  for (const made of [`${file}.map`, file]) renameSync(join(partial, made), join(folder, made));
  rmSync(partial, { recursive: true });
  return join(folder, file);
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
    if (error.code !== "EACCES" && error.code !== "EROFS") throw error;
    require("tsx/cjs");
    file = entry;
  }
  return require(file);
}

module.exports = { load };
