import type { HandlerContext } from "../plugin/handler";
import { entryName } from "./adoption";
import type { Branch, Head, LoggedCommit } from "./branch";
import { underOurNames } from "./build/kustomization-file";
import { handoffsIn, pathsIn } from "./commit-message";
import type { Job } from "./job";
import { keptOids, recognize } from "./kept-files";
import { isUnnoted } from "./mark";
import { actual, NOTHING_DESIRED, under } from "./ownership";
import { sharedOids } from "./shared-secrets";

/** Commits that the state doesn't know, newest first, and whether these are all. */
export interface Others {
  readonly commits: readonly LoggedCommit[];
  readonly complete: boolean;
}

/** Commits that are read, and those and the paths that are named. */
const READ = 50;
const NAMED = 3;
const PATHS = 5;
const SUBJECT = 60;

const NONE: Others = { commits: [], complete: true };

/** The commits on a head since the one that the state was compared with last. */
export async function commitsSince(
  branch: Branch,
  { commit }: Head,
  { previous }: Pick<Job, "previous">,
): Promise<Others> {
  const known = knownHead(previous);
  if (commit === undefined || known === undefined || known === commit) return NONE;
  const { commits, complete } = await branch.history(commit, known, READ);
  return { commits: commits.slice(0, READ), complete: complete && commits.length <= READ };
}

/** The head that the state is of; undefined when there is none. */
export function knownHead(previous: Job["previous"]): string | undefined {
  const known = previous?.seen ?? previous?.commit;
  return known === "" ? undefined : known;
}

/**
 * What happened on the branch that the state doesn't know, in a line: the commits, but for those of the same stack's
 * other resources, and which of ours isn't as we left it. Undefined when nothing did.
 */
async function newsOfOthers(branch: Branch, head: Head, job: Job): Promise<string | undefined> {
  const { owner, inputs } = job;
  const { commits: all, complete } = await commitsSince(branch, head, job);
  const commits = all.filter(
    ({ message }) =>
      !handoffsIn(message).some(
        (by) => by.owner.stack === owner.stack && by.owner.resource !== owner.resource,
      ),
  );
  if (commits.length === 0) return undefined;
  // What a run of ours brought that was killed is as we left it.
  const own = new Set(
    commits.flatMap(({ message }) =>
      handoffsIn(message).some((by) => isUnnoted(by.owner, owner)) ? [...pathsIn(message).paths] : [],
    ),
  );
  const changed = (await changedSince(branch, head, job)).filter(({ path }) => !own.has(path));
  const count = `${String(commits.length)}${complete ? "" : " or more"} ${commits.length === 1 && complete ? "commit" : "commits"}`;
  const names = commits.slice(0, NAMED).map(({ author = "", message }) => {
    const by = plain(author.replace(/ <[^>]*>$/, ""));
    return `"${clipped(plain(message.split("\n")[0] ?? ""))}"${by === "" ? "" : ` (${by})`}`;
  });
  if (commits.length > NAMED || !complete) names.push("…");
  const ours = listed(changed.map(({ name }) => name));
  return [
    `${inputs.branch} of ${inputs.url} has ${count} that the stack's state doesn't know: ${names.join(", ")}`,
    ours === ""
      ? "what is ours is as we left it"
      : `of ours it isn't as we left it: ${ours}; \`pulumi refresh\` shows the difference`,
  ].join("; ");
}

interface Changed {
  readonly path: string;
  readonly name: string;
}

/** Files and entries of ours that the head has otherwise, or not at all; values that others set there don't count. */
export async function changedSince(branch: Branch, newest: Head, job: Job): Promise<readonly Changed[]> {
  const { owned, formers, inputs } = job;
  const keep = inputs.keep ?? {};
  const { head } = underOurNames(newest, { desired: NOTHING_DESIRED, owned, protect: [] });
  const contents = await branch.read([
    ...Object.keys(owned.edits).flatMap((path) => head.tree.get(path)?.oid ?? []),
    ...keptOids(head, keep, ...formers.map((former) => former.keep)),
    ...formers.flatMap((former) => sharedOids(head, Object.entries(former.files))),
  ]);
  const known = recognize(owned, formers, keep, head, contents);
  const files = Object.entries(known.files).flatMap(([path, oid]) =>
    head.tree.get(path)?.oid === oid ? [] : [{ path, name: path }],
  );
  const there = actual(head, contents, owned);
  const entries = Object.entries(owned.edits).flatMap(([path, ours]) => {
    const found = new Set((under(there.edits, path) ?? []).map(({ edit }) => edit));
    return ours
      .filter(({ edit }) => !found.has(edit))
      .map(({ edit }) => ({ path, name: entryName(path, edit) }));
  });
  return [...files, ...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function listed(names: readonly string[]): string {
  const more = names.length > PATHS ? [`${String(names.length - PATHS)} more`] : [];
  return [...names.slice(0, PATHS), ...more].join(", ");
}

/** Others' words on one line, and nothing in them that a terminal obeys. */
function plain(text: string): string {
  return text.replaceAll(/\p{C}+/gu, " ").trim();
}

function clipped(text: string): string {
  return text.length > SUBJECT ? `${text.slice(0, SUBJECT)}…` : text;
}

/** Tells what others did before anything is planned on it. */
export async function tellOfOthers(ctx: HandlerContext, branch: Branch, head: Head, job: Job): Promise<void> {
  const news = await newsOfOthers(branch, head, job);
  if (news !== undefined) ctx.info(news);
}
