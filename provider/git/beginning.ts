import type { Branch, Head } from "./branch";
import { handoffsIn } from "./commit-message";
import { GitError } from "./failure";
import type { Job } from "./job";
import { RemoteBranch } from "./repository";

/** Commits in which a branch that is there already is told to be ours, or somebody else's. */
const READ_BACK = 1_000;

/**
 * A head that our branch is to begin at, without what it doesn't take over: folders that are to be empty, and whatever
 * lies where something of ours goes, which is a copy of what others have on their own branch.
 * @returns the head as it is for a branch that is there, and the paths that the first commit takes away
 */
export function emptied(
  head: Head,
  { inputs, desired }: Job,
): { readonly head: Head; readonly removed: readonly string[] } {
  if (head.begins !== true) return { head, removed: [] };
  const folders = (inputs.from?.without ?? []).map((folder) => folder.replace(/^(\.\/)+|\/+$/g, ""));
  const ours = new Set([desired.files, desired.initialFiles, begunFiles(desired.edits)].flatMap(keysOf));
  const goes = (path: string): boolean =>
    ours.has(path) || folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
  const removed = [...head.tree.keys()].filter(goes);
  const gone = new Set(removed);
  return { head: { ...head, tree: new Map([...head.tree].filter(([path]) => !gone.has(path))) }, removed };
}

const keysOf = (map: ReadonlyMap<string, unknown>): string[] => [...map.keys()];

/** Lists that ours would begin: what others have in them isn't taken over. */
function begunFiles(edits: Job["desired"]["edits"]): ReadonlyMap<string, unknown> {
  const begins = (one: object): boolean => "initial" in one && one.initial !== undefined;
  return new Map([...edits].filter(([, entries]) => entries.some(begins)));
}

/**
 * The commit that a branch of our own begins at; undefined for one that isn't.
 * @throws GitError when there is a branch of that name already, and somebody else made it
 */
export async function begunAt(branch: Branch, head: Head, job: Job): Promise<string | undefined> {
  const { inputs, previous, owner } = job;
  if (previous !== undefined) return previous.begun;
  if (inputs.from === undefined || head.commit === undefined || head.begins === true)
    return head.begins && head.commit;
  // The state was lost, or the run that made the branch was killed.
  const { commits } = await branch.history(head.commit, undefined, READ_BACK);
  const own = (message: string): boolean => handoffsIn(message).some((by) => by.owner.stack === owner.stack);
  const first = commits.find(({ message }) => !own(message));
  const start = branch instanceof RemoteBranch ? await branch.fetchOther(inputs.from.branch) : undefined;
  const origin = start && (await branch.history(start.commit, undefined, READ_BACK));
  if (first !== undefined && origin?.commits.some(({ commit }) => commit === first.commit) === true)
    return first.commit;
  throw new GitError({
    kind: "refused",
    message:
      `${inputs.branch} of ${inputs.url} is there already, with commits that ${owner.stack} didn't make and ${inputs.from.branch} doesn't have; ` +
      "nothing was written to it\n→ Choose another branch, or remove this one once nobody needs it.",
  });
}
