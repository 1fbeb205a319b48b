import { blobId, type Branch, type Head, type TreeEntry } from "../branch";
import type { Plan } from "../ownership";
import { appliedFolders, isWithin } from "./applied-folders";
import { appliedTwice } from "./applied-twice";
import { builtBeyondLists } from "./beyond";
import { danglingAt } from "./dependants";
import { fillingOf, type Filling } from "./filling";
import { readFolder, type Reading } from "./reading";
import { readWith, syncOf, type Sync } from "./sources";
import type { Files, Parsed } from "./walk";

/** A commit to come, on the head of its branch. */
export interface Proposal {
  readonly head: Head;
  readonly changes: Plan;
  /** Folders that a sync of Flux reads, as the program says. */
  readonly roots: readonly string[];
  /** Paths whose texts only `up` knows. */
  readonly unknown: ReadonlySet<string>;
}

/** Of a folder that counts as built whatever is known of it. */
export const BOTH = { before: true, after: true };

/** Reads folders of the head and of the commit to come, each blob once. */
export class Reader {
  private readonly parsed: Parsed = { lists: new Map(), objects: new Map() };
  private readonly applied = new Map<string, readonly string[]>();
  private readonly oids: Readonly<Record<"before" | "after", ReadonlySet<string>>>;

  private constructor(
    private readonly branch: Branch,
    private readonly texts: Map<string, string>,
    private readonly before: Files & Sync,
    private readonly after: Files & Sync,
  ) {
    const oidsOf = ({ tree }: Files) => new Set([...tree.values()].map(({ oid }) => oid));
    this.oids = { before: oidsOf(before), after: oidsOf(after) };
  }

  static async of(branch: Branch, { head, changes, unknown, roots }: Proposal): Promise<Reader> {
    const texts = new Map<string, string>();
    const tree = new Map<string, TreeEntry>(head.tree);
    for (const path of changes.deletes) tree.delete(path);
    for (const [path, { mode, content }] of changes.writes) {
      const oid = blobId(content);
      tree.set(path, { mode, oid });
      texts.set(oid, content.toString("utf8"));
    }
    const text = (oid: string): string | undefined => texts.get(oid);
    return new Reader(
      branch,
      texts,
      { tree: head.tree, text, unknown: new Set(), ...(await syncOf(branch, head.tree, texts, roots)) },
      {
        ...{ tree, text, unknown, ...(await syncOf(branch, tree, texts, roots)) },
        written: new Set(changes.writes.keys()),
      },
    );
  }

  /**
   * Whether Flux builds a folder, before and after: it has a kustomization file, or a Flux Kustomization of the
   * repository applies it, which may be another cluster's.
   */
  async built(folder: string): Promise<typeof BOTH> {
    const [before, after] = await this.both(folder);
    const found = [before, after].some(({ generated, objects }) => generated && objects.size > 0);
    if (found) await readWith(this.branch, yamlFilesOf(this.before), this.texts);
    return {
      before: !before.generated || this.applies(folder, this.oids.before),
      after: !after.generated || this.applies(folder, this.oids.after),
    };
  }

  async beyond(
    root: string,
    before: Reading,
    after: Reading,
    of: Parameters<typeof builtBeyondLists>[4],
  ): ReturnType<typeof builtBeyondLists> {
    const sides = [
      { files: this.before, reading: before, as: this.before.as.get(root) },
      { files: this.after, reading: after, as: this.after.as.get(root) },
    ] as const;
    return await builtBeyondLists(this.branch, root, sides, this.texts, of);
  }

  /** What a root fills in of the files that are written into it, and what it can't. */
  filling(root: string, { sources }: Reading, { writes }: Plan): Filling {
    if (!this.after.filled.has(root)) return { notes: [], faults: [] };
    const written = [...writes].filter(([path]) => sources.has(path));
    return fillingOf(
      root,
      written.map(([path, { content }]) => ({
        path,
        before: this.before.text(this.before.tree.get(path)?.oid ?? ""),
        after: content.toString("utf8"),
      })),
    );
  }

  /** Kustomizations of others that name what goes. */
  async dangling(mine: ReadonlySet<string>, known: ReadonlySet<string>): Promise<string[]> {
    return await danglingAt(this.branch, this.before, this.after, this.texts, { mine, known });
  }

  /** What of ours other Kustomizations would apply as well. */
  async twice(of: Parameters<typeof appliedTwice>[4]): Promise<string[]> {
    const sides = { before: this.before, after: this.after };
    return await appliedTwice(this.branch, sides, this.texts, (folder) => this.both(folder), of);
  }

  private applies(folder: string, oids: ReadonlySet<string>): boolean {
    return [...this.texts].some(([oid, text]) => {
      if (!oids.has(oid)) return false;
      const applied = this.applied.get(oid) ?? appliedFolders(text);
      this.applied.set(oid, applied);
      return isWithin(folder, applied);
    });
  }

  async both(root: string): Promise<[before: Reading, after: Reading]> {
    for (;;) {
      const missing = new Set<string>();
      const readings = [this.before, this.after].map((files) =>
        readFolder(root, files, this.parsed, missing, files.as.get(root)),
      );
      const [before, after] = readings;
      if (before === undefined || after === undefined) throw new Error("unreachable");
      if (missing.size === 0) return [before, after];
      await readWith(this.branch, missing, this.texts);
    }
  }
}

/** Object ids of the files in which a Flux Kustomization may be. */
function yamlFilesOf({ tree }: Pick<Files, "tree">): string[] {
  return [...tree].flatMap(([path, { mode, oid }]) =>
    mode.startsWith("100") && /\.ya?ml$/.test(path) ? [oid] : [],
  );
}
