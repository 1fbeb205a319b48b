import type { HandlerContext } from "../plugin/handler";
import { blobId, type Branch, type Head } from "./branch";
import type { Outputs } from "./commit-inputs";
import { commitMessage } from "./commit-message";
import { onRepository } from "./converge";
import { fitting } from "./host-limits";
import { emptyRepository } from "./failure";
import { tellOfOthers } from "./others";
import { ConflictError, type Plan } from "./ownership";
import { changedPaths, formerBeneath, keptNames, planOn } from "./planning";
import type { Job } from "./job";
import { marked, newMark } from "./mark";
import { pullRequests } from "./pull-request";
import type { Target } from "./outrun";
import { withRetries } from "./retries";
import type { PullRequestMode } from "../../manifests/git/commit-mode";

/**
 * Proposes what is desired by a pull request: a commit on a branch of ours, on top of what that branch has. Whether it
 * is merged is told by the files: the base holds them. Never forces a push.
 */
export async function propose(ctx: HandlerContext, job: Job, mode: PullRequestMode): Promise<Outputs> {
  const { inputs, previous } = job;
  const owner = marked(job.owner);
  const { mark } = owner;
  const { proposed } = previous ?? {};
  let told = false;
  return await onRepository(ctx, inputs, (branch) =>
    withRetries(ctx, targetOf(branch, mode), async (found) => {
      const base = await branch.fetch();
      if (base.commit === undefined) throw emptyRepository(inputs.url, NOTHING_TO_COMPARE);
      if (!told) await tellOfOthers(ctx, branch, base, job);
      told = true;
      const { owned, since, ...onBase } = await planOn(branch, base, job);
      const requests = await pullRequests({ url: inputs.url, base: inputs.branch, auth: inputs.auth, mode });
      const common = {
        revision: `${inputs.branch}@sha1:${base.commit}`,
        kept: keptNames(inputs),
        seen: base.commit,
        since,
        mark,
      };
      if (changedPaths(onBase.changes).length === 0) {
        // Also without a state: the removal that a destroy proposed may still be open.
        const left = previous?.merged === true ? undefined : await requests.findOpen();
        if (left !== undefined) ctx.warn(`${inputs.branch} is as it should be without it: close ${left}`);
        const { pullRequest } = previous ?? {};
        return {
          ...common,
          commit: base.commit,
          changed: [],
          owned: onBase.changes.owned,
          merged: true,
          pullRequest,
        };
      }

      const open = await requests.findOpen();
      const ours = await branch.fetchOther(mode.branch);
      await found(ours?.commit);
      const onOurs =
        ours &&
        (await planOn(branch, ours, { ...job, owned: proposed?.owned ?? owned, previous: undefined }).catch(
          whenOpen(open),
        ));
      // Nobody else's work is on the branch, or it is done with: begin at the base again, on top of what is there.
      const anew =
        open === undefined || (ours?.commit === proposed?.commit && base.commit !== proposed?.base);
      const holds =
        ours !== undefined &&
        onOurs !== undefined &&
        changedPaths(onOurs.changes).length === 0 &&
        (!anew || carries(ours, onBase.changes));
      const from = ours === undefined || onOurs === undefined || (anew && !holds) ? base : ours;
      const { changes, kept } = from === base || onOurs === undefined ? onBase : onOurs;
      let commit = ours?.commit;
      let next = mark;
      if (commit === undefined || !holds) {
        await job.examine?.(branch, base, onBase.changes);
        const message = commitMessage({ ...inputs, derived: job.subject, owner }, changes, from.tree);
        commit = await branch.commit({
          parent: from.commit,
          merge: from === base ? ours?.commit : undefined,
          writes: changes.writes,
          deletes: changes.deletes,
          message,
          author: inputs.author,
          signing: inputs.signing,
        });
        ctx.status(`pushing to ${mode.branch}`);
        await branch.push(commit, mode.branch, ours?.commit);
        next = newMark(owner);
        for (const text of kept) ctx.info(`kept as the repository has it: ${text}`);
      }
      const body = changedPaths(onBase.changes).map((path) => `- \`${path}\``);
      const first = (inputs.awaits ?? []).map((address) => `Merge ${address} first.\n\n`).join("");
      const pullRequest =
        open ??
        (await requests.open(
          mode.title ?? inputs.message,
          `Handed off by the stack ${owner.stack}.\n\n${first}${fitting(body.slice(0, 100)).join("\n")}\n`,
        ));
      ctx.info(`waits to be merged: ${pullRequest}`);
      return {
        ...common,
        mark: next,
        commit,
        changed: changedPaths(changes),
        owned,
        merged: false,
        former: formerBeneath(job),
        pullRequest,
        proposed: { owned: changes.owned, commit, base: base.commit },
      };
    }),
  );
}

function targetOf(branch: Branch, mode: PullRequestMode): Target {
  const { url } = branch;
  const elsewhere = "by a branch that nobody else writes to (`pullRequest.branch`)";
  return { url, branch: mode.branch, history: branch.history.bind(branch), elsewhere };
}

/** True when a branch has just what would be proposed on the base now. Others may have changed the same files there. */
function carries({ tree }: Head, { writes, deletes }: Plan): boolean {
  return (
    [...writes].every(([path, { content }]) => tree.get(path)?.oid === blobId(content)) &&
    deletes.every((path) => !tree.has(path))
  );
}

/** A branch without an open pull request is begun anew, whatever somebody did to it. */
function whenOpen(open: string | undefined): (error: unknown) => undefined {
  return (error) => {
    if (open === undefined && error instanceof ConflictError) return undefined;
    throw error;
  };
}

/** Why an empty repository takes no pull request. */
export const NOTHING_TO_COMPARE = "a pull request needs a commit to be compared with";
