import { isDeepStrictEqual } from "node:util";
import type { HandlerContext } from "../../provider/handler";
import type { Outputs } from "./commit-inputs";
import { commitMessage } from "./commit-message";
import { changedPaths, keptNames, onBranch, persistently, planOn, stackOf, type Job } from "./converge";
import { GitError } from "./failure";
import { actual, ConflictError, NOTHING_OWNED, type Owned } from "./ownership";
import { pullRequests, type PullRequestMode } from "./pull-request";
import type { Head, RemoteBranch } from "./repository";

/**
 * Proposes what is desired by a pull request: a commit on a branch of ours, on top of what that branch has. Whether it
 * is merged is told by the files: the base holds them. Never forces a push.
 */
export async function propose(ctx: HandlerContext, job: Job, mode: PullRequestMode): Promise<Outputs> {
  const { inputs, previous } = job;
  const { proposed } = previous ?? {};
  return await onBranch(ctx, inputs, (branch) =>
    persistently(ctx, async () => {
      const base = await branch.fetch();
      if (base.commit === undefined) throw emptyRepository(inputs.url);
      const owned = await settled(branch, base, job.owned, proposed?.owned ?? NOTHING_OWNED);
      const onBase = await planOn(branch, base, { ...job, owned });
      const requests = await pullRequests({ url: inputs.url, base: inputs.branch, auth: inputs.auth, mode });
      const common = { revision: `${inputs.branch}@sha1:${base.commit}`, kept: keptNames(inputs) };
      if (changedPaths(onBase.changes).length === 0) {
        const left = previous?.merged === false ? await requests.findOpen() : undefined;
        if (left !== undefined) ctx.warn(`${inputs.branch} holds the files already: close ${left}`);
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
      const onOurs =
        ours &&
        (await planOn(branch, ours, { ...job, owned: proposed?.owned ?? owned }).catch(whenOpen(open)));
      const holds = onOurs !== undefined && changedPaths(onOurs.changes).length === 0;
      // Nobody else's work is on the branch, or it is done with: begin at the base again, on top of what is there.
      const anew =
        open === undefined || (ours?.commit === proposed?.commit && base.commit !== proposed?.base);
      const from = ours === undefined || onOurs === undefined || (anew && !holds) ? base : ours;
      const { changes, kept } = from === base || onOurs === undefined ? onBase : onOurs;
      let commit = ours?.commit;
      if (commit === undefined || !holds) {
        const message = commitMessage({ ...inputs, stack: stackOf(ctx) }, changes, from.tree);
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
        await branch.push(commit, mode.branch);
        for (const text of kept) ctx.info(`kept as the repository has it: ${text}`);
      }
      const body = changedPaths(onBase.changes).map((path) => `- \`${path}\``);
      const pullRequest =
        open ??
        (await requests.open(
          mode.title ?? inputs.message,
          `Handed off by the stack ${stackOf(ctx)}.\n\n${body.slice(0, 100).join("\n")}\n`,
        ));
      ctx.info(`waits to be merged: ${pullRequest}`);
      return {
        ...common,
        commit,
        changed: changedPaths(changes),
        owned,
        merged: false,
        pullRequest,
        proposed: { owned: changes.owned, commit, base: base.commit },
      };
    }),
  );
}

/** A branch without an open pull request is begun anew, whatever somebody did to it. */
function whenOpen(open: string | undefined): (error: unknown) => undefined {
  return (error) => {
    if (open === undefined && error instanceof ConflictError) return undefined;
    throw error;
  };
}

/** What is ours on the base: as it was, with what of the proposal has been merged since. */
async function settled(branch: RemoteBranch, base: Head, owned: Owned, proposed: Owned): Promise<Owned> {
  const oids = Object.keys(proposed.edits).flatMap((path) => base.tree.get(path)?.oid ?? []);
  const merged = actual(base, await branch.read(oids), proposed);
  const there = <T>(group: Readonly<Record<string, T>>, has: (path: string) => boolean) =>
    Object.fromEntries(Object.entries(group).filter(([path]) => has(path))) as Record<string, T>;
  const edits = { ...owned.edits };
  for (const [path, entries] of Object.entries(merged.edits)) {
    const others = (edits[path] ?? []).filter((mine) =>
      entries.every(({ edit }) => !isDeepStrictEqual(edit, mine.edit)),
    );
    edits[path] = [...others, ...entries];
  }
  return {
    files: {
      ...owned.files,
      ...there(proposed.files, (path) => merged.files[path] === proposed.files[path]),
    },
    initialFiles: { ...owned.initialFiles, ...there(proposed.initialFiles, (path) => base.tree.has(path)) },
    edits,
  };
}

function emptyRepository(url: string): GitError {
  return new GitError({
    kind: "refused",
    message: `${url} is empty: a pull request needs a commit to be compared with\n→ Push a first commit, such as a README.`,
  });
}
