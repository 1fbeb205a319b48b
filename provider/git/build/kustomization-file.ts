import type { Head, TreeEntry } from "../branch";
import { ConflictError, type Desired, type Owned } from "../ownership";
import type { Protection } from "../../../manifests/git/protection";

/** The names that kustomize looks for in a folder; it takes one of them and refuses two. */
const NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

export function isKustomization(path: string): boolean {
  return (NAMES as readonly string[]).includes(baseOf(path));
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function inFolder(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The kustomization files of a folder. */
export function kustomizationsIn(tree: ReadonlyMap<string, unknown>, folder: string): string[] {
  return NAMES.map((name) => inFolder(folder, name)).filter((path) => tree.has(path));
}

/** A head as the program names its files, and the way back to the names that the repository has. */
export interface NamedHead {
  readonly head: Head;
  readonly real: (path: string) => string;
}

/**
 * The head in which the kustomization file of a folder is found under the name that the program uses, whichever of the
 * three it has there: an entry for `kustomization.yaml` goes into the `kustomization.yml` that is there.
 * @throws ConflictError when a folder whose kustomization is to be edited has two
 */
export function underOurNames(
  head: Head,
  job: { readonly desired: Desired; readonly owned: Owned; readonly protect: readonly Protection[] },
): NamedHead {
  const { desired, owned, protect } = job;
  const wanted = [...desired.edits.keys()];
  const others = [
    ...[...desired.initialFiles.keys(), ...Object.keys(owned.edits)],
    ...protect.flatMap(({ resources }) => Object.keys(resources)),
  ];
  const renamed = new Map<string, string>();
  const doubled: string[] = [];
  for (const path of new Set([...wanted, ...others])) {
    // A file that is ours alone has the name that we give it.
    if (!isKustomization(path) || desired.files.has(path)) continue;
    const there = kustomizationsIn(head.tree, folderOf(path));
    if (there.length > 1 && wanted.includes(path))
      doubled.push(
        `${there.join(" and ")}: kustomize takes one kustomization file in a folder and refuses two`,
      );
    const [only] = there;
    if (there.length === 1 && only !== undefined && only !== path && !(only in owned.files))
      renamed.set(path, only);
  }
  if (doubled.length > 0) {
    const advice =
      "Nothing was changed. Move what both say into one of them, remove the other, and run `pulumi up` again.";
    throw new ConflictError([...new Set(doubled)], advice);
  }
  if (renamed.size === 0) return { head, real: (path) => path };
  const tree = new Map<string, TreeEntry>(head.tree);
  for (const [path, other] of renamed) {
    const entry = head.tree.get(other);
    if (entry !== undefined) tree.set(path, entry);
    tree.delete(other);
  }
  return { head: { ...head, tree }, real: (path) => renamed.get(path) ?? path };
}
