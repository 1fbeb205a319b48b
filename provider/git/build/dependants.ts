import type { Branch } from "../branch";
import { appliersOf } from "./appliers";
import { folderOf, isKustomization } from "./kustomization-file";
import { isRemote, listsIn, targetOf } from "./lists";
import { readWith } from "./sources";
import { foldersIn, isFile, type Files } from "./walk";

/**
 * Kustomizations of others, kustomize's outside of what was built and Flux's, that name a file or folder which a commit
 * takes away: whatever Flux builds by them would fail. One text each.
 * @param known folders that were built before and after
 */
export async function danglingAt(
  branch: Branch,
  before: Files,
  after: Files,
  texts: Map<string, string>,
  of: { readonly mine: ReadonlySet<string>; readonly known: ReadonlySet<string> },
): Promise<string[]> {
  const [wereFolders, areFolders] = [foldersIn(before.tree), foldersIn(after.tree)];
  const goes = (path: string): boolean =>
    (before.tree.has(path) && !after.tree.has(path)) || (wereFolders.has(path) && !areFolders.has(path));
  const files = [...after.tree].filter(
    ([path]) =>
      isKustomization(path) && !of.mine.has(path) && !of.known.has(folderOf(path)) && isFile(before, path),
  );
  await readWith(
    branch,
    files.map(([, { oid }]) => oid),
    texts,
  );
  const applied = await goneFrom(branch, before, after, texts, of.mine, goes);
  const listed = files.flatMap(([path, { oid }]) => {
    const lists = listsIn(texts.get(oid) ?? "");
    if (typeof lists === "string") return [];
    const named = [...lists.entries, ...lists.components, ...lists.references.map(({ entry }) => entry)];
    return named
      .filter((entry) => !isRemote(entry) && goes(targetOf(folderOf(path), entry)))
      .map((entry) => `${path}: it names '${entry}', which this commit takes away`);
  });
  return [...listed, ...applied];
}

/** Flux Kustomizations of others whose folder a commit takes away. */
async function goneFrom(
  branch: Branch,
  before: Files,
  after: Files,
  texts: Map<string, string>,
  mine: ReadonlySet<string>,
  goes: (path: string) => boolean,
): Promise<string[]> {
  if (![...foldersIn(before.tree)].some(goes)) return [];
  const isTheirs = (path: string): boolean => !mine.has(path) && isFile(before, path);
  return (await appliersOf(branch, after, texts, isTheirs))
    .filter(({ folder }) => goes(folder))
    .map(
      ({ label, folder, file }) => `${file}: its ${label} applies ${folder}/, which this commit takes away`,
    );
}
