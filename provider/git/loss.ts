import { type HandlerContext, type State, UserError } from "../plugin/handler";
import type { Branch, Head } from "./branch";
import { requestOf } from "./commit-inputs";
import { latestOf, onBranch } from "./converge";
import { asInRepository } from "./in-repository";
import type { Job } from "./job";
import { changedSince, knownHead, tellOfOthers } from "./others";
import { isRewritten } from "./planning";

/**
 * What became of a branch that is more than others' commits on it, so that what we handed off is lost there.
 * - `gone`: the host has the repository and no such branch, as of one that was made anew. There is nobody's change to
 *   overwrite: `up` writes all of ours again.
 * - `rewritten`: it was forced to commits without our last one, and what is ours isn't there as we left it. `up` stops
 *   with the difference, as at any change of others in what is ours.
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

/** True for a branch that isn't there any more; asked for once in a run. */
export async function isGone(ctx: HandlerContext, job: Job): Promise<boolean> {
  return isPushed(job) && (await latestOf(ctx, job.inputs)) === undefined;
}

/** What is proposed comes to the branch by others. */
function isPushed({ inputs, previous }: Job): boolean {
  return knownHead(previous) !== undefined && previous?.merged === true && requestOf(inputs) === undefined;
}

/** The state as a refresh makes it of a branch that isn't there. */
export async function withoutBranch(ctx: HandlerContext, { inputs }: Job, olds: State): Promise<State> {
  return await onBranch(
    ctx,
    inputs,
    async (branch) => await asInRepository(branch, await branch.fetch(), olds),
  );
}

/** For a preview. */
export function describeLoss(loss: Loss, { inputs, previous }: Job): string {
  const place = `${inputs.branch} of ${inputs.url}`;
  const commit = previous?.commit.slice(0, 12) ?? "";
  return loss === "gone"
    ? `${place} isn't there any more: \`up\` writes what is ours again. What others had there is lost, unless somebody pushes it from a clone first`
    : `${place} was rewritten: commit ${commit} of the last hand-off is no longer in it`;
}
