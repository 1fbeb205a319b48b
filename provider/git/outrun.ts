import type { Branch, LoggedCommit } from "./branch";
import { GitError, type GitFailure } from "./failure";

/** Commits in which is looked for who moves the branch. */
const LOOKED_AT = 20;
/** Authors that are named. */
const NAMED = 3;

/** The branch that is pushed to. */
export interface Target extends Pick<Branch, "url" | "branch" | "history"> {
  /** Where else to hand off to, when others move this branch all the time. */
  readonly elsewhere: string;
}

/** Says who moves a branch all the time, what was tried, and what to do. */
export async function outrun(
  { url, branch, history, elsewhere }: Target,
  head: string | undefined,
  tried: { readonly attempts: number; readonly passed: number; readonly failure: GitFailure },
): Promise<GitError> {
  const read =
    head === undefined ? undefined : await history(head, undefined, LOOKED_AT).catch(() => undefined);
  const seconds = Math.round(tried.passed / 1000);
  return new GitError({
    kind: "refused",
    message: [
      `${branch} of ${url} is moved by others faster than a commit can be pushed on top: ` +
        `it moved during each of ${String(tried.attempts)} attempts within ${String(seconds)} seconds`,
      ...movers((read?.commits ?? []).slice(0, LOOKED_AT)),
      `last answer: ${tried.failure.message.split("\n")[0] ?? ""}`,
      `→ Pause who moves it (a bot, a scheduled pipeline) and run the same command again; or hand off ${elsewhere}. ` +
        "Nothing was changed there.",
    ].join("\n"),
  });
}

/** The authors of commits, who made most of them first, each with the first line of the newest. */
function movers(commits: readonly LoggedCommit[]): string[] {
  const byAuthor = new Map<string, LoggedCommit[]>();
  for (const commit of commits) {
    const author = commit.author ?? "an unknown author";
    byAuthor.set(author, [...(byAuthor.get(author) ?? []), commit]);
  }
  const counted = [...byAuthor].sort(([, one], [, other]) => other.length - one.length);
  const lines = counted.slice(0, NAMED).map(([author, theirs]) => {
    const subject = theirs[0]?.message.split("\n")[0] ?? "";
    return `- ${String(theirs.length)} by ${author}, the newest "${subject}"`;
  });
  if (lines.length === 0) return [];
  const others = counted.slice(NAMED).reduce((sum, [, theirs]) => sum + theirs.length, 0);
  return [
    `its last ${String(commits.length)} commits:`,
    ...lines,
    ...(others === 0 ? [] : [`- ${String(others)} by others`]),
  ];
}
