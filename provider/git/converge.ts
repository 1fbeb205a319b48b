import { HandlerContext, stackOf, UserError } from "../plugin/handler";
import { begunAt, emptied } from "./beginning";
import type { Branch } from "./branch";
import { githubApiOf, type Inputs, type Outputs } from "./commit-inputs";
import { commitMessage, type Owner } from "./commit-message";
import { GitError } from "./failure";
import { GitHubBranch } from "./github-branch";
import { refuseGone } from "./gone";
import { latestOnce } from "./latest";
import { tellOfOthers } from "./others";
import { ConflictError } from "./ownership";
import { record, type Sight } from "./foresight";
import { changedPaths, formerBeneath, keptNames, planOn, readsHistory } from "./planning";
import type { Job } from "./job";
import { marked, newMark } from "./mark";
import { RemoteBranch } from "./repository";
import type { Target } from "./outrun";
import { withRetries } from "./retries";

/** Brings the branch to what is desired: fetch, plan, commit, push, and again when somebody else was faster. */
export async function converge(ctx: HandlerContext, job: Job): Promise<Outputs> {
  const { inputs } = job;
  const owner = marked(job.owner);
  const { mark } = owner;
  let unanswered: ((commit: string) => Outputs) | undefined;
  let told = false;
  return await onBranch(ctx, inputs, (branch) =>
    withRetries(ctx, targetOf(branch), async (found) => {
      const { head, removed } = emptied(await branch.fetch(readsHistory(job)), job);
      const there = head.begins === true ? undefined : head.commit;
      refuseGone(job, there);
      await found(there);
      if (!told) await tellOfOthers(ctx, branch, head, job);
      told = true;
      const begun = await begunAt(branch, head, job);
      const { changes, kept, owned, adopted, left, since, notes } = await planOn(branch, head, job);
      const changed = changedPaths(changes);
      const outputs = (commit: string): Outputs => ({
        commit,
        revision: `${inputs.branch}@sha1:${commit}`,
        changed,
        kept: keptNames(inputs),
        owned: changes.owned,
        merged: true,
        seen: commit,
        since,
        mark,
        ...(begun !== undefined && { begun }),
      });
      if (head.begins !== true && changed.length === 0 && adopted.length === 0) {
        for (const text of notes) ctx.info(text);
        for (const text of left) ctx.info(`stays, since it was taken over: ${text}`);
        const commit = head.commit ?? "";
        // A push whose answer was lost has landed: what it brought is ours, it wasn't found there.
        if (unanswered !== undefined) return unanswered(commit);
        return outputs(commit);
      }
      if (inputs.awaits !== undefined && inputs.awaits.length > 0) {
        ctx.info(`not pushed yet: ${inputs.awaits.join(" and ")} must be merged first`);
        const common = outputs(head.commit ?? "");
        return { ...common, changed: [], owned, merged: false, former: formerBeneath(job) };
      }
      await job.examine?.(branch, head, changes);
      ctx.status(`pushing ${String(changed.length)} changed file${changed.length === 1 ? "" : "s"}`);
      const pushed = { mark: newMark(owner) };
      unanswered = (commit) => ({ ...outputs(commit), ...pushed });
      const commit = await branch
        .publish({
          parent: head.commit,
          writes: changes.writes,
          deletes: [...changes.deletes, ...removed.filter((path) => !changes.writes.has(path))],
          message: commitMessage({ ...inputs, derived: job.subject, owner, adopted }, changes, head.tree),
          author: inputs.author,
          signing: inputs.signing,
        })
        .catch((error: unknown) => {
          // Whatever else the host said, it said no.
          if (error instanceof GitError && error.failure.kind !== "network") unanswered = undefined;
          throw error;
        });
      for (const text of notes) ctx.info(text);
      for (const text of kept) ctx.info(`kept as the repository has it: ${text}`);
      for (const text of left) ctx.info(`stays, since it was taken over: ${text}`);
      for (const name of adopted) ctx.info(`taken over: ${name}`);
      // The commit follows its parent: nobody said anything between the two.
      return { ...outputs(commit), ...pushed, since: since === head.commit ? commit : since };
    }),
  );
}

function targetOf(branch: Branch): Target {
  const { url } = branch;
  const elsewhere =
    "by a pull request (`pullRequest`), or to a branch that Flux follows and nobody else writes to";
  return { url, branch: branch.branch, history: branch.history.bind(branch), elsewhere };
}

/** Plans without writing, for a preview: what is in the way ends it before anything is changed anywhere. */
export async function foresee(ctx: HandlerContext, job: Job): Promise<void> {
  await onBranch(ctx, job.inputs, async (branch) => {
    const { head } = emptied(await branch.fetch(readsHistory(job)), job);
    refuseGone(job, head.begins === true ? undefined : head.commit);
    await begunAt(branch, head, job);
    const sight: Sight = {};
    try {
      await tellOfOthers(ctx, branch, head, job);
      const planned = (sight.planned = await planOn(branch, head, job));
      for (const text of planned.notes) ctx.info(text);
      sight.forecast = await job.examine?.(branch, head, planned.changes, true);
      for (const text of planned.left) ctx.info(`will stay, since it was taken over: ${text}`);
    } catch (error) {
      sight.stoppedBy = error;
      throw error;
    } finally {
      await record(ctx, branch, head, job, sight).catch((error: unknown) => {
        ctx.warn(
          `what was found isn't in the report: ${error instanceof Error ? error.message : String(error)}`,
        );
      });
    }
  });
}

/** The branch's newest commit, asked for once in a run. */
export function latestOf(ctx: HandlerContext, place: Place): Promise<string | undefined> {
  return latestOnce(ctx, place, () => onBranch(ctx, place, (branch) => branch.latest()));
}

type Place = Pick<Inputs, "url" | "branch" | "from" | "auth" | "mode">;

/** Works on the branch, by git or by GitHub's API. */
export async function onBranch<T>(
  ctx: HandlerContext,
  inputs: Place,
  work: (branch: Branch) => Promise<T>,
): Promise<T> {
  const mode = githubApiOf(inputs);
  if (mode === undefined) return await onRepository(ctx, inputs, work);
  const { url, branch, auth } = inputs;
  return await asUserErrors(GitHubBranch.use({ url, branch, auth, mode, signal: ctx.signal }, work));
}

/** Works on the repository by git, for what takes more than one branch. */
export async function onRepository<T>(
  ctx: HandlerContext,
  { url, branch, from, auth }: Place,
  work: (branch: RemoteBranch) => Promise<T>,
): Promise<T> {
  const options = { url, branch, from: from?.branch, auth, signal: ctx.signal };
  return await asUserErrors(RemoteBranch.use(options, work));
}

/** A refusal is the user's to read. */
async function asUserErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof GitError || error instanceof ConflictError) throw new UserError(error.message);
    throw error;
  }
}

/** Whose a commit is, from a URN `urn:pulumi:<stack>::<project>::<type>::<name>`. */
export function ownerOf(ctx: HandlerContext): Owner {
  return { stack: stackOf(ctx), resource: ctx.urn.split("::").slice(3).join("::") };
}
