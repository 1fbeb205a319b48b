import { setTimeout as sleep } from "node:timers/promises";
import type { HandlerContext } from "../plugin/handler";
import { GitError, type GitFailure } from "./failure";
import { outrun, type Target } from "./outrun";

/** How long other writers may be faster before we give up: what follows still fits into a minute. */
const RACE_LIMIT = 50_000;
const NETWORK_ATTEMPTS = 5;
/** How often a branch that moves may be what made a host refuse in words that are known to mean something else. */
const REFUSALS = 3;
/** How often a host may speak of a race while nobody has moved the branch: another push may hold its lock. */
const LOCKED = 8;

/**
 * Told which commit the branch has that is pushed to, as soon as an attempt knows.
 * @throws GitError of the last attempt when it shows that another one can't help
 */
export type Found = (commit: string | undefined) => Promise<void>;

/**
 * Tries again while others are faster, and for a while when the network fails. Whether others were faster is told by
 * the look with which the next attempt begins anyway: a look of its own would only give them more time.
 */
export async function withRetries<T>(
  ctx: HandlerContext,
  target: Target,
  attempt: (found: Found) => Promise<T>,
  limit = RACE_LIMIT,
): Promise<T> {
  const started = Date.now();
  const counts = { network: 0, refused: 0, locked: 0 };
  let refused: GitError | undefined;
  for (let count = 1; ; count++) {
    if (count === 1) ctx.status("reading the branch");
    const found: Found = async (commit) => {
      if (refused === undefined) return;
      const { failure } = refused;
      if (!isRace(failure, commit, counts)) throw refused;
      refused = undefined;
      const passed = Date.now() - started;
      if (passed >= limit) throw await outrun(target, commit, { attempts: count - 1, passed, failure });
      ctx.status(`the branch moved: building on its new head (attempt ${String(count)})`);
    };
    try {
      return await attempt(found);
    } catch (error) {
      if (!(error instanceof GitError) || error === refused) throw error;
      const { failure } = error;
      if (failure.kind === "network") {
        // A push whose answer was lost may have landed: the next plan then finds nothing to do.
        if (++counts.network >= NETWORK_ATTEMPTS) throw error;
        await pause(1000 * counts.network, ctx.signal);
        ctx.status(`the host didn't answer: trying again (attempt ${String(count + 1)})`);
        continue;
      }
      // The host doesn't even let us look any more: what it said to the push is what counts.
      if (refused !== undefined) throw refused;
      if (failure.kind !== "race" && failure.parent === undefined) throw error;
      refused = error;
      // A branch that moves often is met sooner by trying at once, while many writers of ours need to spread.
      await pause(Math.min(50 * count, 400), ctx.signal);
    }
  }
}

function isRace(
  { kind, parent, known }: GitFailure,
  now: string | undefined,
  counts: { refused: number; locked: number },
): boolean {
  const moved = parent === undefined ? undefined : parent.commit !== now;
  if (moved === false) return kind === "race" && ++counts.locked < LOCKED;
  if (kind === "race") return true;
  // The host's words are unknown, and the branch has moved: that is what they mean.
  return moved === true && (known !== true || ++counts.refused < REFUSALS);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms * (0.5 + Math.random()), undefined, { signal });
}
