import type { Branch, Head } from "../branch";
import type { Owner } from "../commit-message";
import { appliersIn } from "./applied-folders";
import { readWith } from "./sources";

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
  const files = [...tree].filter(([path]) => /\.ya?ml$/.test(path) && !mine.has(path));
  const texts = new Map<string, string>();
  await readWith(
    branch,
    files.map(([, { oid }]) => oid),
    texts,
  );
  return files.flatMap(([file, { oid }]) =>
    appliersIn(texts.get(oid) ?? "").flatMap(({ label, folder }) => {
      const within = (path: string): boolean => folder === "" || path.startsWith(`${folder}/`);
      const [first] = within(file) ? [] : [...others].filter(([path]) => within(path));
      if (first === undefined) return [];
      const [, { stack }] = first;
      return [`${folder}/: ${stack} handed it off, and ${label} of ${file} applies it`];
    }),
  );
}
