import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import type { Files } from "../../manifests/files";
import type { LiveObject } from "./live-object";

/** What a build has, or the words of the one that couldn't; undefined where kubectl isn't on the PATH. */
export type Build = { readonly objects: readonly LiveObject[] } | { readonly fault: string } | undefined;

/**
 * Builds a folder by `kubectl kustomize`, as kustomize-controller does: entries may lead out of the folder.
 * @param files path → text, all that the folder's kustomization leads to
 */
export async function kustomizeBuild(files: Files, folder: string): Promise<Build> {
  const root = await mkdtemp(join(tmpdir(), "handoff-build-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const args = ["kustomize", "--load-restrictor", "LoadRestrictionsNone", join(root, folder)];
    const { stdout } = await promisify(execFile)("kubectl", args, {
      maxBuffer: 64 * 1024 * 1024,
      timeout: 60_000,
    });
    const objects = parseAllDocuments(stdout).map(
      (document) => document.toJS({ maxAliasCount: -1 }) as LiveObject | null,
    );
    return { objects: objects.filter((object) => object !== null) };
  } catch (error) {
    const { code, stderr, message } = error as Error & { readonly code?: unknown; readonly stderr?: string };
    if (code === "ENOENT") return undefined;
    return { fault: (stderr ?? message).trim().replaceAll(`${root}/`, "") };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
