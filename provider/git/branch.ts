import { createHash } from "node:crypto";
import type { CommitOptions } from "./fast-import";

/** A file of a tree: its mode (`100644`, `100755`, `120000` symlink, `160000` submodule) and object id. */
export interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
}

/** The branch as the server has it. */
export interface Head {
  /** Commit id; undefined while the repository is empty. */
  readonly commit: string | undefined;
  readonly tree: ReadonlyMap<string, TreeEntry>;
  /** True: there is no such branch yet, and this is the commit that it will begin at. */
  readonly begins?: true;
}

export interface LoggedCommit {
  readonly commit: string;
  readonly parents: readonly string[];
  /** `Name <address>` */
  readonly author?: string;
  readonly message: string;
}

/** Commits of a branch, newest first. */
export interface History {
  readonly commits: readonly LoggedCommit[];
  /** True when nothing that was asked for is left out. */
  readonly complete: boolean;
}

/** One branch of a remote repository, whichever way it is reached. Its methods throw `GitError`. */
export interface Branch {
  readonly url: string;
  readonly branch: string;
  /** Id of the branch's newest commit, and nothing more; undefined while the repository is empty. */
  latest(): Promise<string | undefined>;
  /**
   * The branch's head with its files.
   * @param recent true when `history` is sure to be asked next: one request may then serve both
   */
  fetch(recent?: boolean): Promise<Head>;
  /** The files of another commit of the branch. */
  at(commit: string): Promise<Head>;
  /** The commits from one back to `until`, which isn't among them, or to the first; the newest `limit` at least. */
  history(from: string, until: string | undefined, limit: number): Promise<History>;
  /** Contents of files by object id. Submodules have none. */
  read(oids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** Makes a commit on top of its parent, which the branch must still have, and returns its id. Never forced. */
  publish(options: CommitOptions): Promise<string>;
}

/** The object id that git gives to a file's content. */
export function blobId(content: Buffer | string): string {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content, "utf8");
  return createHash("sha1")
    .update(`blob ${String(bytes.length)}\0`)
    .update(bytes)
    .digest("hex");
}
