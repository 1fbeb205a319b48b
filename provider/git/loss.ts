import { type HandlerContext, UserError } from "../plugin/handler";
import type { Branch, Head } from "./branch";
import { latestOf, onBranch } from "./converge";
import { describeGone, isPushed } from "./gone";
import type { Job } from "./job";
import { changedSince, knownHead, tellOfOthers } from "./others";
import { isRewritten } from "./planning";

/**
 * What became of a branch that is more than others' commits on it, so that what we handed off is lost there: `up` stops.
 * - `gone`: the host has the repository and no such branch, as of one that was renamed or made anew. Flux goes on with
 *   what runs; of a branch with ours alone it would prune what others had there.
 * - `rewritten`: it was forced to commits without our last one, and what is ours isn't there as we left it.
 */
export type Loss = "gone" | "rewritten";

/**
 * Looks at a branch that nothing is to be changed on, and says what others did there. One look tells whether there is
 * anything to say; a branch that can't be looked at is no reason to stop.
 */
export async function lookAround(ctx: HandlerContext, job: Job): Promise<Loss | undefined> {
  try {
    return await lossOf(ctx, job, async (branch, head) => {
      await tellOfOthers(ctx, branch, head, job);
    });
  } catch (error) {
    if (!(error instanceof UserError) || ctx.signal.aborted) throw error;
    ctx.warn(`can't tell what others did: ${error.message}`);
    return undefined;
  }
}

/** @param tell is called with a head that the state doesn't know */
export async function lossOf(
  ctx: HandlerContext,
  job: Job,
  tell: (branch: Branch, head: Head) => Promise<void> = () => Promise.resolve(),
): Promise<Loss | undefined> {
  const latest = await latestOf(ctx, job.inputs);
  if (latest === knownHead(job.previous)) return undefined;
  if (latest === undefined) return isPushed(job) ? "gone" : undefined;
  return await onBranch(ctx, job.inputs, async (branch) => {
    const head = await branch.fetch(true);
    await tell(branch, head);
    const lost = isPushed(job) && (await changedSince(branch, head, job)).length > 0;
    return lost && (await isRewritten(branch, head, job)) ? "rewritten" : undefined;
  });
}

export function describeLoss(loss: Loss, job: Job): string {
  if (loss === "gone") return describeGone(job);
  const { inputs, previous } = job;
  const commit = previous?.commit.slice(0, 12) ?? "";
  return `${inputs.branch} of ${inputs.url} was rewritten: commit ${commit} of the last hand-off is no longer in it`;
}
