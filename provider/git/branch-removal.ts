import type { HandlerContext } from "../plugin/handler";
import { handoffsIn, type Owner } from "./commit-message";
import { sameNames, sameOwner } from "./mark";
import type { Inputs } from "./commit-inputs";
import { onRepository } from "./converge";
import type { Job } from "./job";

/** Commits of others that a message names. */
const NAMED = 3;

/**
 * Removes a branch that was made for this hand-off.
 * @returns false for another one, and for one with commits of others, of which the warning tells
 */
export async function removeBranch(
  ctx: HandlerContext,
  inputs: Inputs,
  { previous, owner }: Job,
): Promise<boolean> {
  const begun = previous?.begun;
  if (begun === undefined) return false;
  return await onRepository(ctx, inputs, async (branch) => {
    const latest = await branch.latest();
    if (latest === undefined) return true;
    const { commits, complete } = await branch.history(latest, begun, Number.POSITIVE_INFINITY);
    // Up to where this state begins, one that was lost made them; all are later where that is no commit of the branch's own.
    const found = commits.findIndex(({ commit }) => commit === previous?.since);
    const start = found === -1 ? commits.length : found;
    const others = commits.filter(({ message }, index) => {
      const earlier = (by: Owner): boolean => index >= start && sameNames(by, owner);
      return !handoffsIn(message).some((by) => sameOwner(by.owner, owner) || earlier(by.owner));
    });
    if (complete && others.length === 0) {
      await branch.remove(latest);
      ctx.info(`removed the branch ${inputs.branch} of ${inputs.url}`);
      return true;
    }
    const names = others.slice(0, NAMED).map(({ message }) => `"${message.split("\n")[0] ?? ""}"`);
    ctx.warn(
      `${inputs.branch} of ${inputs.url} stays, without what is ours: others committed to it (${names.join(", ")}${others.length > NAMED ? ", …" : ""})\n` +
        "→ Remove it by hand once nobody needs it.",
    );
    return false;
  });
}
