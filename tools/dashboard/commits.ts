import type { Branch, TreeEntry } from "../../provider/git/branch";
import { handoffsIn } from "../../provider/git/commit-message";
import { onBranch } from "../../provider/git/converge";
import { UserError } from "../../provider/plugin/handler";
import type { PreflightInputs } from "../../provider/preflight-handler";
import { QUIET } from "../doctor/access";

/** How many commits of a repository are shown. */
const SHOWN = 5;

export interface CommitFiles {
  readonly commit: string;
  readonly subject: string;
  /** Name of the author. */
  readonly author: string;
  /** The stacks that made it, as `project/stack`; none of somebody else's. */
  readonly stacks: readonly string[];
  /** What it changes, by path. */
  readonly files: readonly { readonly path: string; readonly change: Change }[];
}

export type Change = "added" | "changed" | "removed";

/** The newest commits of a repository, or why they can't be read. */
export interface RepositoryCommits {
  readonly url: string;
  readonly branch: string;
  readonly commits: readonly CommitFiles[];
  readonly fault?: string;
}

export type Repository = PreflightInputs["repositories"][number];

/** Reads each with the stack's own credentials; one that can't be read says why. */
export async function readCommits(
  repositories: readonly Repository[],
  signal: AbortSignal,
): Promise<readonly RepositoryCommits[]> {
  return await Promise.all(
    repositories.map(async (repository) => {
      const { url, branch, auth, mode } = repository;
      try {
        const commits = await onBranch({ ...QUIET, signal }, { url, branch, auth, mode }, lastCommits);
        return { url, branch, commits };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { url, branch, commits: [], fault: error.message };
      }
    }),
  );
}

/** The newest commits of a branch with what each changes against its first parent, the newest first. */
async function lastCommits(branch: Branch): Promise<readonly CommitFiles[]> {
  const { commit } = await branch.fetch(true);
  if (commit === undefined) return [];
  const { commits } = await branch.history(commit, undefined, SHOWN + 1);
  const found: CommitFiles[] = [];
  for (const { commit: id, parents, author = "", message } of commits.slice(0, SHOWN)) {
    const [parent] = parents;
    const after = (await branch.at(id)).tree;
    const before = parent === undefined ? new Map<string, TreeEntry>() : (await branch.at(parent)).tree;
    found.push({
      commit: id,
      subject: message.split("\n")[0] ?? "",
      author: author.replace(/ <[^>]*>$/, ""),
      stacks: [...new Set(handoffsIn(message).map(({ owner }) => owner.stack))],
      files: filesBetween(before, after),
    });
  }
  return found;
}

type Tree = ReadonlyMap<string, TreeEntry>;

function filesBetween(before: Tree, after: Tree): CommitFiles["files"] {
  const changeOf = (path: string): Change | undefined => {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === undefined) return "added";
    if (now === undefined) return "removed";
    return old.oid === now.oid && old.mode === now.mode ? undefined : "changed";
  };
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
    const change = changeOf(path);
    return change === undefined ? [] : [{ path, change }];
  });
}
