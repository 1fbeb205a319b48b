import { createHash } from "node:crypto";
import {
  blobId,
  type Branch,
  type Head,
  type History,
  type LoggedCommit,
  type TreeEntry,
} from "../../provider/git/branch";
import type { CommitOptions } from "../../provider/git/fast-import";

/** A branch without git, for thousands of sequences. */
export class MemoryBranch implements Branch {
  readonly url = "memory";
  readonly branch = "main";
  readonly commits: (LoggedCommit & { readonly tree: ReadonlyMap<string, TreeEntry> })[] = [];
  private readonly blobs = new Map<string, Buffer>();

  latest(): Promise<string | undefined> {
    return Promise.resolve(this.commits[0]?.commit);
  }

  fetch(): Promise<Head> {
    const { commit, tree = new Map<string, TreeEntry>() } = this.commits[0] ?? {};
    return Promise.resolve({ commit, tree });
  }

  at(commit: string): Promise<Head> {
    const found = this.commits.find((candidate) => candidate.commit === commit);
    if (found === undefined) throw new Error(`no commit ${commit}`);
    return Promise.resolve({ commit, tree: found.tree });
  }

  history(from: string, until: string | undefined, limit: number): Promise<History> {
    const start = this.commits.findIndex(({ commit }) => commit === from);
    const end = this.commits.findIndex(({ commit }) => commit === until);
    const whole = this.commits.slice(start, end < 0 ? undefined : end);
    const complete = whole.length <= limit;
    return Promise.resolve({ commits: complete ? whole : whole.slice(0, limit), complete });
  }

  read(oids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    return Promise.resolve(
      new Map(
        oids.flatMap((oid) => {
          const content = this.blobs.get(oid);
          return content === undefined ? [] : [[oid, content] as const];
        }),
      ),
    );
  }

  publish({ parent, writes, deletes, message }: CommitOptions): Promise<string> {
    if (parent !== this.commits[0]?.commit) throw new Error("not on the head");
    const tree = new Map(this.commits[0]?.tree);
    for (const path of deletes) if (!tree.delete(path)) throw new Error(`${path} isn't there to delete`);
    for (const [path, { mode, content }] of writes) {
      const oid = blobId(content);
      if (tree.get(path)?.oid === oid) throw new Error(`${path} is written as it is`);
      this.blobs.set(oid, content);
      tree.set(path, { mode, oid });
    }
    const commit = createHash("sha1")
      .update(`${parent ?? ""}${message}${String(this.commits.length)}`)
      .digest("hex");
    this.commits.unshift({ commit, parents: parent === undefined ? [] : [parent], message, tree });
    return Promise.resolve(commit);
  }

  /** Somebody else commits. */
  async write(files: Readonly<Record<string, string | undefined>>): Promise<void> {
    const writes = new Map<string, { mode: string; content: Buffer }>();
    const deletes: string[] = [];
    for (const [path, text] of Object.entries(files)) {
      if (text === undefined) deletes.push(path);
      else if (this.text(path) !== text) writes.set(path, { mode: "100644", content: Buffer.from(text) });
    }
    const author = { name: "Somebody", email: "somebody@example.com" };
    await this.publish({ parent: this.commits[0]?.commit, writes, deletes, message: "By hand\n", author });
  }

  text(path: string): string | undefined {
    return this.blobs.get(this.commits[0]?.tree.get(path)?.oid ?? "")?.toString("utf8");
  }

  paths(): string[] {
    return [...(this.commits[0]?.tree.keys() ?? [])];
  }
}
