import { isDeepStrictEqual } from "node:util";
import { HandlerContext, hasUnknown, Props, ResourceHandler, State, UserError } from "../plugin/handler";
import { letGo } from "./adoption";
import type { Branch, Head } from "./branch";
import {
  desiredOf,
  formersOf,
  Inputs,
  isAtPlace,
  Outputs,
  ownedOf,
  requestOf,
  sameContent,
} from "./commit-inputs";
import { underOurNames } from "./build/kustomization-file";
import { at, commitFaults } from "./commit-checks";
import { formerPlace, leave } from "./former-place";
import { converge, foresee, onBranch, ownerOf } from "./converge";
import { examination } from "./examination";
import { keepFields } from "./yaml/kept-fields";
import { keptOids, recognize } from "./kept-files";
import { actual, NOTHING_DESIRED, type Owned } from "./ownership";
import { keptNames } from "./planning";
import type { Job } from "./job";
import { propose } from "./propose";
import { subject } from "./subject";

/** The provider's side of `GitCommit`. */
export const gitCommitHandler: ResourceHandler = {
  computed: [
    ...["commit", "revision", "changed", "kept", "owned", "merged", "pullRequest", "proposed", "former"],
    ...["seen", "since"],
  ],

  check(ctx, news) {
    return Promise.resolve({ inputs: news, failures: commitFaults(news, ownerOf(ctx)) });
  },

  async diff(_ctx, _id, olds, news) {
    const detailed: Record<string, "add" | "delete" | "update"> = {};
    for (const group of ["files", "digests", "initialFiles", "edits", "keep"]) {
      const before = (olds.inputs[group] ?? {}) as Record<string, unknown>;
      const after = (news[group] ?? {}) as Record<string, unknown>;
      for (const path of new Set([...Object.keys(before), ...Object.keys(after)])) {
        if (!(path in before)) detailed[at(group, path)] = "add";
        else if (!(path in after)) detailed[at(group, path)] = "delete";
        else if (!isDeepStrictEqual(before[path], after[path])) detailed[at(group, path)] = "update";
      }
    }
    for (const name of ["url", "branch", "auth", "adopt", "signing", "mode", "retain", "protect"]) {
      if (!isDeepStrictEqual(olds.inputs[name], news[name])) detailed[name] = "update";
    }
    // What it waits for may have been merged.
    if (waits(olds)) detailed[requestOf(news) === undefined ? "awaits" : "mode"] = "update";
    return Promise.resolve({ changes: Object.keys(detailed).length > 0, detailed });
  },

  async preview(ctx, news, olds) {
    if (olds !== undefined && sameContent(olds.inputs, news) && !waits(olds))
      return Promise.resolve({ ...news, ...olds.outputs });
    if (!hasUnknown([news.url, news.branch, news.auth])) {
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
    return { id: `${inputs.url}#${inputs.branch}`, outputs: { ...outputs } };
  },

  async update(ctx, _id, olds, news) {
    if (sameContent(olds.inputs, news) && !waits(olds)) return { outputs: olds.outputs };
    const inputs = news as unknown as Inputs;
    const outputs = await handOff(ctx, jobOf(ctx, inputs, olds));
    const former = formerPlace(inputs, olds);
    if (former !== undefined)
      await leave(ctx, inputs, former, () => handOff(ctx, removal(ctx, former.inputs, former.olds)), "stays");
    return { outputs: { ...outputs } };
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
      if (latest !== undefined && latest === olds.outputs.seen) return { id, ...olds };
      const head = latest === undefined ? await branch.fetch() : await branch.at(latest);
      return { id, ...(await asInRepository(branch, head, olds)) };
    });
  },

  async delete(ctx, _id, olds) {
    const inputs = olds.inputs as unknown as Inputs;
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

/** Takes away what is ours at the place that the state is of. */
function removal(ctx: HandlerContext, inputs: Inputs, olds: State): Job {
  const message = `Remove what ${ownerOf(ctx).stack} handed off`;
  const job = jobOf(ctx, { ...inputs, keep: {}, awaits: [], message, cluster: undefined }, olds);
  return { ...job, desired: NOTHING_DESIRED };
}

function jobOf(ctx: HandlerContext, inputs: Inputs, last: State | undefined): Job {
  const olds = last !== undefined && isAtPlace(last, inputs) ? last : undefined;
  const before = (olds?.inputs ?? {}) as Partial<Inputs>;
  return {
    inputs,
    desired: desiredOf(inputs),
    owned: ownedOf(olds),
    formers: formersOf(olds),
    previous: olds?.outputs as Outputs | undefined,
    // What was protected until now is so in the commit that takes it out of the program.
    protect: [before.protect, inputs.protect].filter((protect) => protect !== undefined),
    owner: ownerOf(ctx),
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

/** The state with what others changed in it, which is what `pulumi refresh` shows. */
async function asInRepository(
  branch: Branch,
  newest: Head,
  olds: State,
): Promise<{ inputs: Props; outputs: Props }> {
  const inputs = olds.inputs as unknown as Inputs;
  const before = ownedOf(olds);
  const { head } = underOurNames(newest, { desired: NOTHING_DESIRED, owned: before, protect: [] });
  const { keep = {} } = inputs;
  const contents = await branch.read([
    ...Object.keys(before.edits).flatMap((path) => head.tree.get(path)?.oid ?? []),
    ...keptOids(head, keep),
  ]);
  // A change of kept fields alone is none: then the state stays as it is.
  const known = recognize(before, formersOf(olds), keep, head, contents);
  const found = actual(head, contents, before);
  const files = mapValues(found.files, (oid, path) =>
    oid === known.files[path] ? (before.files[path] ?? oid) : oid,
  );
  const owned: Owned = { ...found, files };
  const changed = new Map(Object.entries(files).filter(([path, oid]) => before.files[path] !== oid));
  const texts = await branch.read([...changed.values()]);
  const present = <T>(group: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(group).filter(([path]) => path in files));
  return {
    inputs: {
      ...olds.inputs,
      files: mapValues(present(inputs.files), (text, path) => {
        const now = texts.get(changed.get(path) ?? "")?.toString("utf8");
        // With our values in the kept fields, so that only the drift is seen.
        return now === undefined ? text : keepFields(now, text, keep[path] ?? []).text;
      }),
      digests: mapValues(present(inputs.digests), (digest, path) =>
        changed.has(path) ? "changed in the repository" : digest,
      ),
      edits: mapValues(owned.edits, (entries) => entries.map(({ edit }) => edit)),
    },
    // That others committed is no drift.
    outputs: isDeepStrictEqual(owned, before) ? olds.outputs : { ...olds.outputs, owned, seen: head.commit },
  };
}

function mapValues<T, U>(
  group: Readonly<Record<string, T>>,
  change: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(group).map(([key, value]) => [key, change(value, key)]));
}
