import { execFile, type ExecFileException } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import type { Files } from "../../manifests/files";
import { temporaryFolder } from "../temporary-folder";
import type { LiveObject } from "./live-object";

/** What a build has, kustomize's words where it couldn't, or why kustomize didn't come to say anything. */
export type Build =
  { readonly objects: readonly LiveObject[] } | { readonly fault: string } | { readonly unknown: string };

export const NO_KUBECTL = "`kubectl` isn't on the PATH";

/** Kustomize takes four times as long for twice as many objects: some 5,000 are built in a minute. */
const LIMIT_SECONDS = 60;
const MOST_MEGABYTES = 64;

/**
 * Builds a folder by `kubectl kustomize`, as kustomize-controller does: entries may lead out of the folder.
 * @param files path → text, all that the folder's kustomization leads to
 * @param limitSeconds after which it is ended, without a verdict
 */
export async function kustomizeBuild(
  files: Files,
  folder: string,
  limitSeconds = LIMIT_SECONDS,
): Promise<Build> {
  const root = await temporaryFolder("build");
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const args = ["kustomize", "--load-restrictor", "LoadRestrictionsNone", join(root, folder)];
    const { stdout } = await promisify(execFile)("kubectl", args, {
      maxBuffer: MOST_MEGABYTES * 1024 * 1024,
      timeout: limitSeconds * 1000,
    });
    const objects = parseAllDocuments(stdout).map(
      (document) => document.toJS({ maxAliasCount: -1 }) as LiveObject | null,
    );
    return { objects: objects.filter((object) => object !== null) };
  } catch (error) {
    const { code, stderr, message, killed } = error as ExecFileException & { readonly stderr?: string };
    // Only kustomize itself ends with a status; whoever is ended, or doesn't start, has judged nothing.
    if (typeof code === "number") return { fault: (stderr ?? message).trim().replaceAll(`${root}/`, "") };
    if (String(code) === "ENOENT") return { unknown: NO_KUBECTL };
    if (String(code) === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER")
      return { unknown: `it is larger than ${String(MOST_MEGABYTES)} MB` };
    return {
      unknown:
        killed === true
          ? `\`kubectl kustomize\` took more than ${String(limitSeconds)} s`
          : `\`kubectl kustomize\` was ended, or couldn't be started`,
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
