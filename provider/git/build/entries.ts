import { folderOf } from "./kustomization-file";
import { isRemote, targetOf, type Lists, type Reference } from "./lists";
import { isFile, type Walk } from "./walk";

/** A list that is gone through. */
export interface Place {
  readonly folder: string;
  /** The kustomization's file, or the folder where Flux makes one. */
  readonly list: string;
  readonly above: readonly string[];
}

export function noteMisfit(
  { faults }: Walk,
  path: string,
  lists: Lists,
  listed: "resources" | "components",
): void {
  if (lists.empty)
    faults.set(`empty ${path}`, `${path}: kustomize refuses a kustomization that says nothing`);
  if (lists.component === (listed === "components")) return;
  const kind = lists.component ? "Component" : "Kustomization";
  faults.set(`kind ${listed} ${path}`, `${path}: it is a ${kind}, which can't be among \`${listed}\``);
}

/** What another field than a list of resources names has to be there. */
export function noteReference(
  { files, allFolders, faults, sources }: Walk,
  list: string,
  { field, entry }: Reference,
): void {
  const path = targetOf(folderOf(list), entry);
  sources.add(path);
  if (files.unknown.has(path) || isFile(files, path) || allFolders.has(path)) return;
  faults.set(
    `missing ${list} ${field} ${entry}`,
    `${list}: '${entry}' of \`${field}\` leads to nothing that Flux would find`,
  );
}

/** What an entry leads to; notes why it is neither a file nor a folder. */
export function kindOf(
  walk: Walk,
  { list }: Place,
  entry: string,
  path: string,
): "file" | "folder" | undefined {
  const { files, faults, allFolders, made } = walk;
  const mode = files.tree.get(path)?.mode;
  if (isRemote(entry)) {
    made.add("*");
    walk.remote = true;
  } else if (path.startsWith(".."))
    faults.set(`outside ${list} ${entry}`, `${list}: '${entry}' is outside of the repository`);
  else if (isFile(files, path)) return "file";
  else if (mode?.startsWith("100") === true)
    faults.set(
      `ignored ${path}`,
      `${path}: Flux's source leaves it out (.sourceignore, or its spec), and ${list} lists it`,
    );
  // A submodule.
  else if (mode !== undefined && mode !== "120000") walk.partial = true;
  else if (path === "" || allFolders.has(path)) return "folder";
  else if (files.unknown.has(path) || [...files.unknown].some((one) => one.startsWith(`${path}/`)))
    walk.partial = true;
  else faults.set(`missing ${list} ${entry}`, `${list}: '${entry}' leads to nothing that Flux would find`);
  return undefined;
}
