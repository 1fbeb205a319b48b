import { setTimeout as sleep } from "node:timers/promises";
import { HandlerContext, UserError } from "../../provider/handler";
import { Inputs, Outputs } from "./commit-inputs";
import { commitMessage, STACK_TRAILER } from "./commit-message";
import { describeField } from "./kept-fields";
import { Former, keptOids, recognize, withKeptFields } from "./kept-files";
import { ConflictError, contentsNeeded, Desired, NOTHING_OWNED, Owned, Plan, plan } from "./ownership";
import { GitError } from "./failure";
import { Head, RemoteBranch } from "./repository";
import { settled } from "./settled";

/** How long other writers may be faster before we give up. */
const RACE_LIMIT = 120_000;
const NETWORK_ATTEMPTS = 5;

/** What a branch shall become, and what it was when we last wrote to it. */
export interface Job {
  readonly inputs: Inputs;
  readonly desired: Desired;
  readonly owned: Owned;
  readonly formers: readonly Former[];
  readonly previous?: Outputs;
}

/** Brings the branch to what is desired: fetch, plan, commit, push, and again when somebody else was faster. */
export async function converge(ctx: HandlerContext, job: Job): Promise<Outputs> {
  const { inputs } = job;
  let unanswered: Outputs | undefined;
  return await onBranch(ctx, inputs, (branch) =>
    persistently(ctx, async () => {
      const head = await branch.fetch();
      const { changes, kept, owned } = await planOn(branch, head, job);
      const changed = changedPaths(changes);
      const outputs = (commit: string): Outputs => ({
        commit,
        revision: `${inputs.branch}@sha1:${commit}`,
        changed,
        kept: keptNames(inputs),
        owned: changes.owned,
        merged: true,
      });
      // A push whose answer was lost has landed: what it brought is ours, it wasn't found there.
      if (changed.length === 0) {
        return (
          unanswered ?? {
            ...outputs(head.commit ?? ""),
            owned: await ownedBefore(ctx, branch, job, changes.owned),
          }
        );
      }
      if (inputs.awaits !== undefined && inputs.awaits.length > 0) {
        ctx.info(`not pushed yet: ${inputs.awaits.join(" and ")} must be merged first`);
        const common = outputs(head.commit ?? "");
        return { ...common, changed: [], owned, merged: false, former: formerBeneath(job) };
      }
      if (inputs.signing !== undefined) ctx.status("signing the commit");
      const commit = await branch.commit({
        parent: head.commit,
        writes: changes.writes,
        deletes: changes.deletes,
        message: commitMessage({ ...inputs, stack: stackOf(ctx) }, changes, head.tree),
        author: inputs.author,
        signing: inputs.signing,
      });
      ctx.status(`pushing ${String(changed.length)} changed file${changed.length === 1 ? "" : "s"}`);
      unanswered = outputs(commit);
      await branch.push(commit).catch((error: unknown) => {
        if (error instanceof GitError && error.failure.kind === "race") unanswered = undefined;
        throw error;
      });
      for (const text of kept) ctx.info(`kept as the repository has it: ${text}`);
      return outputs(commit);
    }),
  );
}

/**
 * What is ours in a branch that needs no commit. Without a state, as after a run that was killed between its push and
 * the engine's note of it, entries look like others' that were there before: the commit of ours tells them apart.
 */
async function ownedBefore(
  ctx: HandlerContext,
  branch: RemoteBranch,
  job: Job,
  found: Owned,
): Promise<Owned> {
  if (job.owned !== NOTHING_OWNED) return found;
  const before = await branch.beforeOurs(STACK_TRAILER, stackOf(ctx));
  if (before === undefined) return found;
  try {
    return (await planOn(branch, before, job)).changes.owned;
  } catch (error) {
    if (error instanceof ConflictError) return found;
    throw error;
  }
}

/** What the branch has of ours while something else waits to replace it. */
export function formerBeneath({ formers: [last], previous }: Job): Former | undefined {
  if (previous?.merged === false) return previous.former;
  const keep = last?.keep ?? {};
  const files = Object.entries(last?.files ?? {}).filter(([path]) => path in keep);
  return files.length === 0 ? undefined : { files: Object.fromEntries(files), keep };
}

/** Plans without writing, for a preview: what is in the way ends it before anything is changed anywhere. */
export async function foresee(ctx: HandlerContext, job: Job): Promise<void> {
  await onBranch(ctx, job.inputs, async (branch) => {
    await planOn(branch, await branch.fetch(), job);
  });
}

/** Fields that others own, as the output `kept` names them; known before the repository is asked. */
export function keptNames({ keep = {} }: Pick<Inputs, "keep">): string[] {
  return Object.entries(keep).flatMap(([path, fields]) =>
    fields.map((field) => `${path}: ${describeField(field)}`),
  );
}

export function changedPaths({ writes, deletes }: Plan): string[] {
  return [...writes.keys(), ...deletes].sort();
}

export async function planOn(
  branch: RemoteBranch,
  head: Head,
  job: Job,
): Promise<{ readonly changes: Plan; readonly kept: readonly string[]; readonly owned: Owned }> {
  const { keep = {} } = job.inputs;
  const { proposed } = job.previous ?? {};
  const ours = proposed === undefined ? job.owned : await settled(branch, head, job.owned, proposed.owned);
  const needed = contentsNeeded(head, job.desired, ours);
  const contents = await branch.read([
    ...new Set([...needed, ...keptOids(head, keep, ...job.formers.map((former) => former.keep))]),
  ]);
  const { desired, kept } = withKeptFields(job.desired, keep, head, contents);
  const owned = recognize(ours, job.formers, keep, head, contents);
  return {
    owned: ours,
    changes: plan(head, contents, desired, owned),
    kept: kept.map(({ path, field, value }) => `${path}: ${field} = ${JSON.stringify(value)}`),
  };
}

/** Tries again while others are faster, and for a while when the network fails. */
export async function persistently<T>(ctx: HandlerContext, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + RACE_LIMIT;
  let failures = 0;
  for (let count = 1; ; count++) {
    try {
      ctx.status(
        count === 1
          ? "reading the branch"
          : `the branch moved: building on its new head (attempt ${String(count)})`,
      );
      return await attempt();
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      // A push whose answer was lost may have landed: the next plan then finds nothing to do.
      const retry =
        error.failure.kind === "race"
          ? Date.now() < deadline
          : error.failure.kind === "network" && ++failures < NETWORK_ATTEMPTS;
      if (!retry) throw error;
      const pause = error.failure.kind === "race" ? Math.min(50 * count, 1000) : 1000 * failures;
      await sleep(pause * (0.5 + Math.random()), undefined, { signal: ctx.signal });
    }
  }
}

export async function onBranch<T>(
  ctx: HandlerContext,
  { url, branch, auth }: Inputs,
  work: (branch: RemoteBranch) => Promise<T>,
): Promise<T> {
  try {
    return await RemoteBranch.use({ url, branch, auth, signal: ctx.signal }, work);
  } catch (error) {
    if (error instanceof GitError || error instanceof ConflictError) throw new UserError(error.message);
    throw error;
  }
}

/** `project/stack`, from a URN `urn:pulumi:<stack>::<project>::<type>::<name>`. */
export function stackOf(ctx: HandlerContext): string {
  const [head = "", project = ""] = ctx.urn.split("::");
  return `${project}/${head.replace(/^urn:pulumi:/, "")}`;
}
