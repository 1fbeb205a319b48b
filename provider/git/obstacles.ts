import { prefixesOf, spellingFault, Spellings } from "../../manifests/git/path";
import type { TreeEntry } from "./branch";

/** What keeps a file from being written at a path, of what stays in the tree. */
export class Obstacles {
  private readonly folders: ReadonlySet<string>;
  private spellings: Spellings | undefined;

  constructor(private readonly staying: ReadonlyMap<string, TreeEntry>) {
    this.folders = foldersOf(staying);
  }

  at(path: string): string | undefined {
    if (this.folders.has(path)) return `${path}: there is a folder of this name`;
    for (const parent of prefixesOf(path).slice(0, -1)) {
      const entry = this.staying.get(parent);
      if (entry !== undefined) return `${path}: ${parent} is ${kindOf(entry.mode)}, not a folder`;
    }
    const mode = this.staying.get(path)?.mode;
    if (mode !== undefined && !mode.startsWith("100"))
      return `${path}: there is ${kindOf(mode)} of this name`;
    const [ours, theirs] = this.known().other(path) ?? [];
    return ours === undefined || theirs === undefined ? undefined : `${path}: ${spellingFault(ours, theirs)}`;
  }

  private known(): Spellings {
    if (this.spellings === undefined) {
      this.spellings = new Spellings();
      for (const path of this.staying.keys()) this.spellings.add(path);
    }
    return this.spellings;
  }
}

function foldersOf(tree: ReadonlyMap<string, unknown>): Set<string> {
  const folders = new Set<string>();
  for (const path of tree.keys()) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

function kindOf(mode: string): string {
  return mode === "120000" ? "a symbolic link" : mode === "160000" ? "a submodule" : "a file";
}
