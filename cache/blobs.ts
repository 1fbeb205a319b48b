import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Folder for what can be made again at any time: `$XDG_CACHE_HOME/handoff`, by default `~/.cache/handoff`. */
export function cacheFolder(...parts: readonly string[]): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "handoff", ...parts);
}

/** SHA-256 of a text, in hex. */
export function sha256(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Keeps a text in the cache and returns its SHA-256. A big generated file is an input of a resource by this digest
 * alone, so that state and diffs stay small; the program writes it in every run, before a resource reads it.
 */
export function storeBlob(text: string): string {
  const digest = sha256(text);
  const path = cacheFolder("blobs", digest);
  if (!existsSync(path)) {
    mkdirSync(cacheFolder("blobs"), { recursive: true });
    const partial = `${path}.${String(process.pid)}`;
    writeFileSync(partial, text);
    renameSync(partial, path);
  }
  return digest;
}

/** The text that {@link storeBlob} kept. Throws when the cache doesn't have it. */
export function readBlob(digest: string): string {
  const path = cacheFolder("blobs", digest);
  if (!existsSync(path)) {
    throw new Error(
      `the generated file with SHA-256 ${digest} isn't in the cache (${path}): run \`pulumi up\`, which writes it`,
    );
  }
  return readFileSync(path, "utf8");
}
