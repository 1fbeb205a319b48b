import { isDeepStrictEqual } from "node:util";
import { type DetailedDiff, mapChanges } from "../plugin/detailed-diff";
import { HandlerContext, hasUnknown, Props, ResourceHandler, State, UserError } from "../plugin/handler";
import { removeBranch } from "./branch-removal";
import { asInRepository, withoutShown } from "./in-repository";
import { letGo } from "./adoption";
import {
  desiredOf,
  formersOf,
  Inputs,
  isAtPlace,
  Outputs,
  outputsOf,
  ownedOf,
  requestOf,
  sameContent,
  stored,
} from "./commit-inputs";
import { commitFaults } from "./commit-checks";
import { formerPlace, leave } from "./former-place";
import { converge, foresee, latestOf, onBranch, ownerOf } from "./converge";
import { refuseGone } from "./gone";
import { describeLoss, lookAround, lossOf } from "./loss";
import { examination } from "./examination";
import { NOTHING_DESIRED } from "./ownership";
import { noteLatest } from "./latest";
import { keptNames } from "./planning";
import type { Job } from "./job";
import { propose } from "./propose";
import { subject } from "./subject";

/** The provider's side of `GitCommit`. */
export const gitCommitHandler: ResourceHandler = {
  computed: [
    ...["commit", "revision", "changed", "kept", "owned", "merged", "pullRequest", "proposed", "former"],
    ...["seen", "since", "begun", "mark"],
  ],

  // In the branch's history both are one.
  place: ({ url, branch }, name) => [url, branch, name],

  check(ctx, news) {
    return Promise.resolve({ inputs: news, failures: commitFaults(news, ownerOf(ctx)) });
  },

  async diff(ctx, _id, olds, news) {
    const groups = ["files", "digests", "initialFiles", "edits", "keep"];
    const detailed = Object.assign(
      {},
      ...groups.map((group) => mapChanges(group, olds.inputs[group], news[group])),
    ) as DetailedDiff;
    for (const name of ["url", "branch", "auth", "adopt", "signing", "mode", "retain", "protect"]) {
      if (!isDeepStrictEqual(olds.inputs[name], news[name])) detailed[name] = "update";
    }
    // What it waits for may have been merged.
    if (waits(olds)) detailed[requestOf(news) === undefined ? "awaits" : "mode"] = "update";
    if (Object.keys(detailed).length === 0 && !hasUnknown(news)) {
      const job = jobOf(ctx, news as unknown as Inputs, olds);
      const loss = await lookAround(ctx, job);
      if (loss !== undefined) {
        ctx.warn(describeLoss(loss, job));
        detailed.branch = "update";
      }
    }
    return { changes: Object.keys(detailed).length > 0, detailed };
  },

  async preview(ctx, news, olds) {
    const known = !hasUnknown([news.url, news.branch, news.auth]);
    if (olds !== undefined && known && (await isSettled(ctx, news, olds)))
      return { ...news, ...withoutShown(olds.outputs) };
    if (known) {
      const inputs = news as unknown as Inputs;
      await foresee(ctx, withoutUnknownFiles(jobOf(ctx, inputs, olds)));
      const former = formerPlace(inputs, olds);
      if (former !== undefined)
        await leave(
          ctx,
          inputs,
          former,
          () => foresee(ctx, removal(ctx, former.inputs, former.olds)),
          "will stay",
        );
    }
    const kept = keptNames(news);
    if (kept.length > 0) {
      ctx.info(`values of others, kept as the repository has them at the commit:\n${kept.join("\n")}`);
    }
    const { pullRequest } = (olds?.outputs ?? {}) as Partial<Outputs>;
    if (olds !== undefined && waits(olds) && pullRequest !== undefined) {
      ctx.info(`waits to be merged, unless that was done since: ${pullRequest}`);
    }
    return Promise.resolve({
      ...news,
      kept,
      ...(isDirect(news) && { merged: true, pullRequest: undefined }),
    });
  },

  async create(ctx, news) {
    const inputs = news as unknown as Inputs;
    const outputs = await handOff(ctx, jobOf(ctx, inputs, undefined));
    return { id: `${inputs.url}#${inputs.branch}`, outputs: stored(outputs) };
  },

  async update(ctx, _id, olds, news) {
    if (await isSettled(ctx, news, olds)) return { outputs: withoutShown(olds.outputs) };
    const inputs = news as unknown as Inputs;
    const outputs = await handOff(ctx, jobOf(ctx, inputs, olds));
    const former = formerPlace(inputs, olds);
    if (former !== undefined)
      await leave(ctx, inputs, former, () => handOff(ctx, removal(ctx, former.inputs, former.olds)), "stays");
    return { outputs: stored(outputs) };
  },

  async read(ctx, id, olds) {
    if (olds.outputs.owned === undefined) {
      throw new UserError(
        "GitCommit can't be imported: run `pulumi up`, equal files are taken over without a commit",
      );
    }
    // The branch isn't to hold the files yet.
    if (waits(olds)) return { id, ...olds };
    const inputs = olds.inputs as unknown as Inputs;
    return await onBranch(ctx, inputs, async (branch) => {
      // The state is of this very commit.
      const latest = await branch.latest();
      noteLatest(ctx, inputs, latest);
      if (latest !== undefined && latest === olds.outputs.seen) return { id, ...olds };
      const head = latest === undefined ? await branch.fetch() : await branch.at(latest);
      return { id, ...(await asInRepository(branch, head, olds)) };
    });
  },

  async delete(ctx, _id, olds) {
    const inputs = olds.inputs as unknown as Inputs;
    if (await removeBranch(ctx, inputs, jobOf(ctx, inputs, olds))) return;
    const { merged, pullRequest } = await handOff(ctx, { ...removal(ctx, inputs, olds), protect: [] });
    if (!merged)
      ctx.warn(`the files stay in the repository until ${pullRequest ?? "its pull request"} is merged`);
  },
};

/** True for a push that waits for nothing: then a preview knows that no pull request will be open. */
function isDirect({ mode, awaits = [] }: Props): boolean {
  return (
    !hasUnknown([mode, awaits]) && requestOf({ mode }) === undefined && (awaits as unknown[]).length === 0
  );
}

function waits(olds: State): boolean {
  return olds.outputs.merged === false;
}

/**
 * True when the branch that the state is of has all that is wanted.
 * @throws UserError when it isn't there any more
 */
async function isSettled(ctx: HandlerContext, news: Props, olds: State | undefined): Promise<boolean> {
  if (olds === undefined || waits(olds) || !isAtPlace(olds, news)) return false;
  if (!sameContent(olds.inputs, news)) return false;
  const job = jobOf(ctx, news as unknown as Inputs, olds);
  refuseGone(job, await latestOf(ctx, job.inputs));
  return (await lossOf(ctx, job)) === undefined;
}

/** Takes away what is ours at the place that the state is of. */
function removal(ctx: HandlerContext, inputs: Inputs, olds: State): Job {
  const message = `Remove what ${ownerOf(ctx).stack} handed off`;
  const job = jobOf(ctx, { ...inputs, keep: {}, awaits: [], message, cluster: undefined }, olds);
  return { ...job, desired: NOTHING_DESIRED };
}

function jobOf(ctx: HandlerContext, inputs: Inputs, last: State | undefined): Job {
  const olds = last !== undefined && isAtPlace(last, inputs) ? last : undefined;
  const before = (olds?.inputs ?? {}) as Partial<Inputs>;
  const { mark } = (olds?.outputs ?? {}) as Partial<Outputs>;
  return {
    inputs,
    desired: desiredOf(inputs),
    owned: ownedOf(olds),
    formers: formersOf(olds),
    previous: outputsOf(olds),
    // What was protected until now is so in the commit that takes it out of the program.
    protect: [before.protect, inputs.protect].filter((protect) => protect !== undefined),
    owner: { ...ownerOf(ctx), ...(mark !== undefined && { mark }) },
    subject: subjectOf(inputs, olds),
    examine: examination(ctx, inputs, before.cluster),
  };
}

/** None for what a first commit brings, or one that waits: the message tells of the whole. */
function subjectOf(inputs: Inputs, olds: State | undefined): string | undefined {
  if (inputs.subject !== "changes" || olds === undefined || waits(olds)) return undefined;
  return subject(olds.inputs, inputs);
}

async function handOff(ctx: HandlerContext, job: Job): Promise<Outputs> {
  const request = requestOf(job.inputs);
  return request === undefined ? await converge(ctx, job) : await propose(ctx, job, request);
}

/** A text that only `up` knows can't be compared yet. */
function withoutUnknownFiles(job: Job): Job {
  const { files } = job.inputs;
  const unknown = new Set(Object.keys(files).filter((path) => hasUnknown(files[path])));
  const known = Object.entries(files).filter(([path]) => !unknown.has(path));
  const inputs = { ...job.inputs, files: Object.fromEntries(known) };
  return {
    ...job,
    inputs,
    desired: desiredOf(inputs),
    owned: letGo(job.owned, (_, path) => unknown.has(path)),
    unknown,
  };
}
