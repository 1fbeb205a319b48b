import { posix } from "node:path";
import { InputError } from "../files";
import { pathFault } from "../git/path";
import { FLUX_SYSTEM } from "./objects";

/** Files that `flux bootstrap` generates. */
export const GENERATED = ["gotk-components.yaml", "gotk-sync.yaml"] as const;

/** Where the files of a bootstrap are in the repository. */
export interface BootstrapLayout {
  /** Folder that the root Kustomization applies, without `./`; `""` is the repository itself. */
  readonly path: string;
  /** Folder of {@link GENERATED}, with a kustomization.yaml that lists them. */
  readonly gotkPath: string;
  /** True when that is `path` itself: then Flux's files stand beside those of the apps. */
  readonly own: boolean;
  /** What leads to them in the `resources` of the kustomization.yaml in `path`. */
  readonly entries: readonly string[];
}

/**
 * @param path folder of the cluster, as `flux bootstrap --path` takes it
 * @param gotkPath folder of Flux's own files: `path` itself or one below it. Default: `<path>/flux-system`
 * @throws InputError for what is no folder in the repository
 */
export function bootstrapLayout(path: string, gotkPath?: string): BootstrapLayout {
  const root = repositoryFolder(path, "path");
  const gotk =
    gotkPath === undefined ? posix.join(root, FLUX_SYSTEM) : repositoryFolder(gotkPath, "gotkPath");
  const own = gotk === root;
  const below = root === "" ? gotk : gotk.slice(root.length + 1);
  if (!own && gotk !== posix.join(root, below)) {
    throw new InputError(
      `gotkPath: ${gotk || "./"} isn't in ${root}, which is all that Flux's root applies, so Flux would never see its own files.\n` +
        `→ Write the folder that Flux reads (${root}) or one below it (${root}/${FLUX_SYSTEM}).`,
    );
  }
  return { path: root, gotkPath: gotk, own, entries: own ? GENERATED : [`./${below}`] };
}

/**
 * A folder as Flux's `--path` reads it, without `./`: `./clusters//prod/` → `clusters/prod`, `.` → `""`.
 * @throws InputError when it leads out of the repository, or up and down in it
 */
export function repositoryFolder(path: string, option: string): string {
  const parts = path.trim().split("/");
  const clean = parts.filter((part) => part !== "" && part !== ".");
  const folder = clean.join("/");
  const fault = folder === "" ? undefined : path.startsWith("/") ? pathFault(path) : pathFault(folder);
  if (fault === undefined) return folder;
  const resolved = posix.join("/", ...clean).slice(1);
  const right = pathFault(resolved) === undefined ? `${option}: ${resolved}` : `${option}: clusters/prod`;
  throw new InputError(
    `${option}: ${JSON.stringify(path)} is no folder in a repository: ${fault}.\n` +
      `→ Write it from the repository's root, such as \`${right}\`; the root itself is \`${option}: ./\`.`,
  );
}
