import { posix } from "node:path";
import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import type { Branch } from "../branch";
import { appliersOf } from "./appliers";
import { API, type Applier, appliersIn, folderOf } from "./applied-folders";
import { inFolder, kustomizationsIn } from "./kustomization-file";
import type { BuiltObject, Reading } from "./reading";
import { isFile, type Files } from "./walk";

/**
 * Folders that Kustomizations of ours apply, and that another one would take in, too: it applies a folder above them
 * without a kustomization file, in which Flux finds whatever lies there. It would apply ours without their order,
 * decryption and values, and fail as a whole where these are missing. One text each.
 * @param both reads a folder before and after
 * @param of.writes paths of the commit
 * @param of.own texts of files that are ours alone
 */
export async function appliedTwice(
  branch: Branch,
  { before, after }: Readonly<Record<"before" | "after", Files>>,
  texts: Map<string, string>,
  both: (folder: string) => Promise<readonly [Reading, Reading]>,
  of: {
    readonly writes: ReadonlySet<string>;
    readonly own: ReadonlyMap<string, Buffer>;
    readonly mine: ReadonlySet<string>;
    readonly roots: readonly string[];
  },
): Promise<string[]> {
  const added = [...of.writes].filter((path) => of.mine.has(path) && !before.tree.has(path));
  const hasAppliers = [...of.own.values()].some((content) => content.includes(API));
  if (added.length === 0 || !hasAppliers) return [];
  const isTheirs = (path: string): boolean => !of.mine.has(path) && isFile(after, path);
  const theirs = await appliersOf(branch, after, texts, isTheirs);
  const root = `Kustomization ${FLUX_SYSTEM}/${FLUX_SYSTEM}`;
  // One a folder is enough to name.
  const others = new Map([
    ...theirs.map(({ label, folder, file }) => [folder, `${label} of ${file}`] as const),
    ...of.roots.map((folder) => [folder, root] as const),
  ]);
  const found: string[] = [];
  for (const [folder, label] of others) {
    const isBelow = (path: string): boolean => folder === "" || path.startsWith(`${folder}/`);
    if (kustomizationsIn(after.tree, folder).length > 0 || !added.some(isBelow)) continue;
    const [was, is] = await both(folder);
    const appearing = [...is.objects.values()].filter(
      ({ key, file }) => of.mine.has(file) && !was.objects.has(key),
    );
    // What it takes in already is known.
    const isKnown = (own: string): boolean =>
      [...was.objects.values()].some(({ file }) => file.startsWith(`${own}/`));
    for (const own of ownAppliers(of.own, appearing).filter(
      (one) => isBelow(one.folder) && !isKnown(one.folder),
    ))
      found.push(
        `${own.folder}/: ${label} would apply it, too, beside our ${own.label}: it applies ${inFolder(folder, "") || "./"}, where Flux finds it by itself`,
      );
  }
  return [...new Set(found)];
}

/** Kustomizations of ours that apply some of the objects. */
function ownAppliers(own: ReadonlyMap<string, Buffer>, objects: readonly BuiltObject[]): readonly Applier[] {
  const folders = new Set<string>();
  for (const { file } of objects) {
    for (let folder = posix.dirname(file); folder !== "."; folder = posix.dirname(folder))
      folders.add(folder);
  }
  if (folders.size === 0) return [];
  return [...own.values()].flatMap((content) => {
    const text = content.toString("utf8");
    // Parsing a thousand takes a second.
    const mayApply = [...text.matchAll(/\bpath: *["']?(\S+?)["']?,?\s/g)].some(([, path = ""]) =>
      folders.has(folderOf(path)),
    );
    return mayApply ? appliersIn(text).filter(({ folder }) => folders.has(folder)) : [];
  });
}
