import { UserError } from "../plugin/handler";
import { requestOf } from "./commit-inputs";
import type { Job } from "./job";

/** Something of ours is there, as far as the state knows; what is proposed comes to the branch by others. */
export function isPushed({ inputs, previous, owned }: Job): boolean {
  const has = [owned.files, owned.edits].some((of) => Object.keys(of).length > 0);
  return has && previous?.merged === true && requestOf(inputs) === undefined;
}

/**
 * @param commit the branch's head
 * @throws UserError when the branch that had ours isn't there any more, and something is to be written to it
 */
export function refuseGone(job: Job, commit: string | undefined): void {
  const wanted = job.desired.files.size + job.desired.edits.size > 0;
  if (commit !== undefined || !wanted || !isPushed(job)) return;
  throw new UserError(
    `${describeGone(job)}. Flux goes on with what runs\n` +
      "→ If it was renamed, set its new name. If it is lost, push it again from a clone, with what others had there. " +
      "Where nobody has one, `pulumi up --refresh` writes what is ours again: Flux then prunes what others had there.",
  );
}

export function describeGone({ inputs, previous }: Job): string {
  const commit = previous?.commit.slice(0, 12) ?? "";
  return `${inputs.branch} of ${inputs.url} isn't there any more, with commit ${commit} of the last hand-off`;
}
