// Turns the project's TypeScript into one JavaScript file per program, made once per version of the source. Types are
// checked by `npm run check`; at run time they only cost: loading a bundle takes a third of the time of loading the
// files, and every `pulumi` command loads the program and the provider.
"use strict";
const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } = require("node:fs");
const { join, relative, sep } = require("node:path");

const root = join(__dirname, "..");
const FOLDERS = ["components", "provider", "stacks"];

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
 * Path of the bundle of an entry point. It lies in node_modules/.cache, so that it finds the packages, which stay
 * outside of it.
 */
function bundle(entry) {
  const hash = createHash("sha256");
  for (const file of [...sources(), entry]) hash.update(file).update(readFileSync(file));
  const name = relative(root, entry).replace(/\.ts$/, "").replaceAll(sep, "-");
  const folder = join(root, "node_modules", ".cache", "handoff");
  const file = join(folder, `${name}-${hash.digest("hex").slice(0, 16)}.cjs`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const partial = `${file}.${process.pid}`;
  require("esbuild").buildSync({
    entryPoints: [entry],
    outfile: partial,
    bundle: true,
    platform: "node",
    packages: "external",
    sourcemap: "inline",
    logLevel: "error",
  });
  for (const old of readdirSync(folder)) {
    if (old.startsWith(`${name}-`) && old.endsWith(".cjs")) rmSync(join(folder, old), { force: true });
  }
  renameSync(partial, file);
  return file;
}

/** Loads an entry point: its bundle, or the source itself where the folder can't be written to. */
function load(entry) {
  let file;
  try {
    file = bundle(entry);
  } catch (error) {
    if (error.code !== "EACCES" && error.code !== "EROFS") throw error;
    require("tsx/cjs");
    file = entry;
  }
  return require(file);
}

module.exports = { load };
