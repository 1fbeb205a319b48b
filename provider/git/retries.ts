import { setTimeout as sleep } from "node:timers/promises";
import type { HandlerContext } from "../plugin/handler";
import type { Branch } from "./branch";
import { GitError, type GitFailure } from "./failure";

/** How long other writers may be faster before we give up. */
const RACE_LIMIT = 55_000;
const NETWORK_ATTEMPTS = 5;
/** How often a branch that moves may be what made a host refuse in words that are known to mean something else. */
const REFUSALS = 3;
/** How often a host may speak of a race while nobody has moved the branch: another push may hold its lock. */
const LOCKED = 8;
/** Commits in which is looked for who moves the branch. */
const LOOKED_AT = 20;

/** Tries again while others are faster, and for a while when the network fails. */
export async function withRetries<T>(
  ctx: HandlerContext,
  attempt: () => Promise<T>,
  branch?: Branch,
): Promise<T> {
  const deadline = Date.now() + RACE_LIMIT;
  const counts = { network: 0, refused: 0, locked: 0 };
  let status = "reading the branch";
  for (let count = 1; ; count++) {
    try {
      ctx.status(count === 1 ? status : `${status} (attempt ${String(count)})`);
      return await attempt();
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      const { failure } = error;
      if (failure.kind === "network") {
        // A push whose answer was lost may have landed: the next plan then finds nothing to do.
        if (++counts.network >= NETWORK_ATTEMPTS) throw error;
        status = "the host didn't answer: trying again";
        await pause(1000 * counts.network, ctx.signal);
        continue;
      }
      if (!isRace(failure, counts)) throw error;
      if (Date.now() >= deadline) throw branch === undefined ? error : await outrun(branch, count, failure);
      status = "the branch moved: building on its new head";
      // A branch that moves often is met sooner by trying at once, while many writers of ours need to spread.
      await pause(Math.min(50 * count, 400), ctx.signal);
    }
  }
}

function isRace({ kind, moved, known }: GitFailure, counts: { refused: number; locked: number }): boolean {
  if (moved === false) return kind === "race" && ++counts.locked < LOCKED;
  if (kind === "race") return true;
  // The host's words are unknown, and the branch has moved: that is what they mean.
  return moved === true && (known !== true || ++counts.refused < REFUSALS);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms * (0.5 + Math.random()), undefined, { signal });
}

/** Says who moves a branch all the time. */
async function outrun(branch: Branch, attempts: number, { message }: GitFailure): Promise<GitError> {
  const head = await branch.latest().catch(() => undefined);
  const history =
    head === undefined ? undefined : await branch.history(head, undefined, LOOKED_AT).catch(() => undefined);
  const authors = (history?.commits ?? []).slice(0, LOOKED_AT).map(({ author = "" }) => author);
  const counted = [...new Set(authors)]
    .map((author) => ({ author, commits: authors.filter((other) => other === author).length }))
    .sort((one, other) => other.commits - one.commits)
    .map(({ author, commits }) => `${author} (${String(commits)})`);
  const who =
    counted.length === 0 ? "" : `; its last ${String(authors.length)} commits are by ${counted.join(", ")}`;
  return new GitError({
    kind: "refused",
    message:
      `${branch.branch} of ${branch.url} moved during each of ${String(attempts)} attempts to commit${who}\n` +
      `last answer: ${message.split("\n")[0] ?? ""}\n` +
      "→ Pause who moves it and run the same command again; or hand off by a pull request (`pullRequest`), or to a branch that Flux follows and nobody else writes to. Nothing was changed.",
  });
}
