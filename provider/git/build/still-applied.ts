import type { Branch, Head } from "../branch";
import type { Owner } from "../commit-message";
import { isWithin } from "./applied-folders";
import { appliersOf } from "./appliers";

/**
 * What another stack handed off, is wanted by this one, too, and is applied by a Flux Kustomization that isn't: taken
 * over, it would change and go with this stack, from under a cluster that goes on reading it. A Kustomization that
 * applies its own file is a root, which two stacks may lead together. One text a Kustomization.
 * @param others paths that are wanted, by who has them
 * @param mine paths of files that are this one's, or are to be
 */
export async function stillApplied(
  branch: Branch,
  { tree }: Pick<Head, "tree">,
  others: ReadonlyMap<string, Owner>,
  mine: ReadonlySet<string>,
): Promise<string[]> {
  if (others.size === 0) return [];
  const appliers = await appliersOf(branch, { tree }, new Map(), (path) => !mine.has(path));
  return appliers.flatMap(({ label, folder, file }) => {
    const applied = [...others].find(([path]) => isWithin(path, [folder]));
    if (applied === undefined || isWithin(file, [folder])) return [];
    const [, { stack }] = applied;
    return [`${folder}/: ${stack} handed it off, and ${label} of ${file} applies it`];
  });
}
