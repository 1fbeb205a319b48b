import { setTimeout as sleep } from "node:timers/promises";
import { HandlerContext, stackOf, UserError } from "../plugin/handler";
import { sameOwner } from "./adoption";
import type { Branch, Head, History } from "./branch";
import { githubApiOf, type Inputs, type Outputs } from "./commit-inputs";
import { commitMessage, handoffsIn, type Owner } from "./commit-message";
import { GitError } from "./failure";
import { GitHubBranch } from "./github-branch";
import { ConflictError, NOTHING_OWNED, type Owned } from "./ownership";
import { changedPaths, formerBeneath, type Job, keptNames, planOn, readsHistory } from "./planning";
import { RemoteBranch } from "./repository";

/** Commits that are searched for one of ours when something wanted is found in the repository. */
const RECENT = 50;
/** How long other writers may be faster before we give up. */
const RACE_LIMIT = 120_000;
const NETWORK_ATTEMPTS = 5;

/** Brings the branch to what is desired: fetch, plan, commit, push, and again when somebody else was faster. */
export async function converge(ctx: HandlerContext, job: Job): Promise<Outputs> {
  const { inputs, owner } = job;
  let unanswered: ((commit: string) => Outputs) | undefined;
  return await onBranch(ctx, inputs, (branch) =>
    persistently(ctx, async () => {
      const head = await branch.fetch(readsHistory(job));
      const { changes, kept, owned, found, left, since, notes } = await planOn(branch, head, job);
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
      });
      const recent = found.length === 0 ? NO_HISTORY : await recentOf(branch, head);
      const adopted = fromOthers(recent, job) ? found : [];
      if (changed.length === 0 && adopted.length === 0) {
        for (const text of left) ctx.info(`stays, since it was taken over: ${text}`);
        const commit = head.commit ?? "";
        // A push whose answer was lost has landed: what it brought is ours, it wasn't found there.
        if (unanswered !== undefined) return unanswered(commit);
        return { ...outputs(commit), owned: await ownedBefore(branch, job, recent, changes.owned) };
      }
      if (inputs.awaits !== undefined && inputs.awaits.length > 0) {
        ctx.info(`not pushed yet: ${inputs.awaits.join(" and ")} must be merged first`);
        const common = outputs(head.commit ?? "");
        return { ...common, changed: [], owned, merged: false, former: formerBeneath(job) };
      }
      await job.examine?.(branch, head, changes);
      ctx.status(`pushing ${String(changed.length)} changed file${changed.length === 1 ? "" : "s"}`);
      unanswered = outputs;
      const commit = await branch
        .publish({
          parent: head.commit,
          writes: changes.writes,
          deletes: changes.deletes,
          message: commitMessage({ ...inputs, derived: job.subject, owner, adopted }, changes, head.tree),
          author: inputs.author,
          signing: inputs.signing,
        })
        .catch((error: unknown) => {
          if (error instanceof GitError && error.failure.kind === "race") unanswered = undefined;
          throw error;
        });
      for (const text of notes) ctx.info(text);
      for (const text of kept) ctx.info(`kept as the repository has it: ${text}`);
      for (const text of left) ctx.info(`stays, since it was taken over: ${text}`);
      for (const name of adopted) ctx.info(`taken over: ${name}`);
      // The commit follows its parent: nobody said anything between the two.
      return { ...outputs(commit), since: since === head.commit ? commit : since };
    }),
  );
}

const NO_HISTORY: History = { commits: [], complete: true };

async function recentOf(branch: Branch, { commit }: Head): Promise<History> {
  return commit === undefined ? NO_HISTORY : await branch.history(commit, undefined, RECENT);
}

/**
 * Whether what is wanted and there already may be another hand-off's, so that it has to be told that we take it over.
 * After a commit of ours that the state doesn't know, as when the state was lost or a run was killed, it was ours; and
 * in a repository that no hand-off has written to it is nobody's.
 */
function fromOthers({ commits, complete }: History, { owner, previous }: Job): boolean {
  const handoffs = commits.map(({ message }) => handoffsIn(message));
  const seen = commits.findIndex(({ commit }) => commit === previous?.seen);
  const unknown = seen < 0 ? handoffs : handoffs.slice(0, seen);
  if (unknown.flat().some((handoff) => sameOwner(handoff.owner, owner))) return false;
  return !complete || handoffs.flat().length > 0;
}

/**
 * What is ours in a branch that needs no commit. Without a state, as after a run that was killed between its push and
 * the engine's note of it, entries look like others' that were there before: the commit of ours tells them apart.
 */
async function ownedBefore(branch: Branch, job: Job, recent: History, found: Owned): Promise<Owned> {
  if (job.owned !== NOTHING_OWNED) return found;
  const ours = recent.commits.find(({ message }) =>
    handoffsIn(message).some(({ owner }) => owner.stack === job.owner.stack),
  );
  const [parent] = ours?.parents ?? [];
  // The oldest commit that was read may have parents that weren't.
  if (ours === undefined || (parent === undefined && !recent.complete)) return found;
  try {
    const before = parent === undefined ? { commit: undefined, tree: new Map() } : await branch.at(parent);
    return (await planOn(branch, before, job)).changes.owned;
  } catch (error) {
    if (error instanceof ConflictError) return found;
    throw error;
  }
}

/** Plans without writing, for a preview: what is in the way ends it before anything is changed anywhere. */
export async function foresee(ctx: HandlerContext, job: Job): Promise<void> {
  await onBranch(ctx, job.inputs, async (branch) => {
    const head = await branch.fetch(readsHistory(job));
    const { left, changes, notes } = await planOn(branch, head, job);
    for (const text of notes) ctx.info(text);
    await job.examine?.(branch, head, changes, true);
    for (const text of left) ctx.info(`will stay, since it was taken over: ${text}`);
  });
}

/** Tries again while others are faster, and for a while when the network fails. */
export async function persistently<T>(ctx: HandlerContext, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + RACE_LIMIT;
  let failures = 0;
  let status = "reading the branch";
  for (let count = 1; ; count++) {
    try {
      ctx.status(count === 1 ? status : `${status} (attempt ${String(count)})`);
      return await attempt();
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      // A push whose answer was lost may have landed: the next plan then finds nothing to do.
      const retry =
        error.failure.kind === "race"
          ? Date.now() < deadline
          : error.failure.kind === "network" && ++failures < NETWORK_ATTEMPTS;
      if (!retry) throw error;
      status =
        error.failure.kind === "race"
          ? "the branch moved: building on its new head"
          : "the host didn't answer: trying again";
      const pause = error.failure.kind === "race" ? Math.min(50 * count, 1000) : 1000 * failures;
      await sleep(pause * (0.5 + Math.random()), undefined, { signal: ctx.signal });
    }
  }
}

/** Works on the branch, by git or by GitHub's API. */
export async function onBranch<T>(
  ctx: HandlerContext,
  inputs: Inputs,
  work: (branch: Branch) => Promise<T>,
): Promise<T> {
  const mode = githubApiOf(inputs);
  if (mode === undefined) return await onRepository(ctx, inputs, work);
  const { url, branch, auth } = inputs;
  return await told(GitHubBranch.use({ url, branch, auth, mode, signal: ctx.signal }, work));
}

/** Works on the repository by git, for what takes more than one branch. */
export async function onRepository<T>(
  ctx: HandlerContext,
  { url, branch, auth }: Inputs,
  work: (branch: RemoteBranch) => Promise<T>,
): Promise<T> {
  return await told(RemoteBranch.use({ url, branch, auth, signal: ctx.signal }, work));
}

/** A refusal is the user's to read. */
async function told<T>(work: Promise<T>): Promise<T> {
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
