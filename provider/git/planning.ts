import { adoptedByOthers, foundThere, leaving, letGo } from "./adoption";
import { isRetained } from "../../manifests/git/retained";
import { attribute, type Attributed, toAdopt } from "./attribution";
import { forgotten, overwritten } from "./forgotten";
import { atMost, judge } from "./build/judge";
import { underOurNames } from "./build/kustomization-file";
import { stillApplied } from "./build/still-applied";
import { takeIn } from "./build/take-in";
import type { Branch, Head, History } from "./branch";
import type { Inputs } from "./commit-inputs";
import type { Owner } from "./commit-message";
import { attributesOids, filterNotes, filtersIn } from "./filters";
import { checkSizes } from "./host-limits";
import { describeField } from "./yaml/kept-fields";
import { type Former, keptOids, recognize, withKeptFields } from "./kept-files";
import { ConflictError, contentsNeeded, type Desired, type Owned, type Plan } from "./ownership";
import { plan } from "./plan";
import { checkProtected, protectedOids } from "./protection";
import type { Job } from "./job";
import { type HistoryTo, onRealHead, rewind } from "./rewind";
import { settled } from "./settled";
import { sharedOids, withRecipients } from "./shared-secrets";

/** Commits in which the last one of ours is looked for, when something is in the way. */
const READ_BACK = 1_000;

export interface Planned {
  readonly changes: Plan;
  /** Values of others that the files keep: `<path>: <field> = <value>`. */
  readonly kept: readonly string[];
  /** What is ours before the changes. */
  readonly owned: Owned;
  /** What is wanted and there already, and may be another hand-off's: by name. */
  readonly adopted: readonly string[];
  /** What was ours and is another's now: it stays. `<name>: <owner>`. */
  readonly left: readonly string[];
  /** The commit from which on others may have taken something over. */
  readonly since: string | undefined;
  /** What earlier commits of this hand-off brought and no state knows: it stays, and the notes say so. */
  readonly forgotten: readonly string[];
  /** What the changes mean to Flux, in words. */
  readonly notes: readonly string[];
}

/** What to change on a head so that it is as desired. Reads the branch's history only when something is to go. */
export async function planOn(branch: Branch, head: Head, job: Job): Promise<Planned> {
  try {
    return await planned(branch, head, job);
  } catch (error) {
    if (!(error instanceof ConflictError) || !(await isRewritten(branch, head, job))) throw error;
    const commit = job.previous?.commit.slice(0, 12) ?? "";
    const rewritten = `${branch.branch} was rewritten: commit ${commit} of the last hand-off is no longer in it`;
    throw new ConflictError([rewritten, ...error.conflicts], error.advice);
  }
}

/** True when the branch was forced to commits without the last one of ours, as far as its history is read. */
export async function isRewritten(branch: Branch, head: Head, { previous }: Job): Promise<boolean> {
  if (previous?.merged !== true || head.commit === undefined) return false;
  const { commits, complete } = await branch.history(head.commit, undefined, READ_BACK);
  return complete && commits.every(({ commit }) => commit !== previous.commit);
}

async function planned(branch: Branch, found: Head, job: Job): Promise<Planned> {
  const { keep = {}, retain = [] } = job.inputs;
  const { proposed } = job.previous ?? {};
  const roots = job.protect.flatMap(({ root }) => (root === undefined ? [] : [rootFolder(root)]));
  const historyTo = historySince(branch, found);
  const rewound = await rewind(branch, found, job, historyTo);
  const { head } = underOurNames(found, job);
  const { head: base, real } = underOurNames(rewound?.head ?? found, job);
  const known = proposed === undefined ? job.owned : await settled(branch, head, job.owned, proposed.owned);
  const { ours, left, since } = await stillOurs(
    base,
    job,
    retained(base, job.desired, known, retain),
    historyTo,
  );
  const begun = await takeIn(branch, base, { desired: job.desired, owned: ours }, roots);
  const needed = [
    ...contentsNeeded(base, begun.desired, ours),
    ...keptOids(base, keep, ...job.formers.map((former) => former.keep)),
    ...sharedOids(base, begun.desired.files),
    ...protectedOids(head, job.protect),
    ...attributesOids(base, begun.desired),
  ];
  const stored = await branch.read([...new Set(needed)].filter((oid) => rewound?.contents.has(oid) !== true));
  const contents = new Map([...stored, ...(rewound?.contents ?? [])]);
  const wantedBy = { ...job, desired: begun.desired };
  const attributed = await attribute(branch, base, contents, begun.owned, wantedBy, rewound?.commits);
  await refuseStillApplied(branch, base, begun.desired, attributed, job.owner);
  const shared = withRecipients(begun.desired, job.formers, base, contents);
  const { desired, kept } = withKeptFields(shared, keep, job.formers, base, contents);
  const own = recognize(attributed.owned, job.formers, keep, base, contents);
  const filterOf = filtersIn(base, contents, desired);
  const proposal = plan(base, contents, desired, own, filterOf, attributed.written);
  checkProtected(head, contents, proposal, job.protect);
  checkSizes(branch.url, proposal);
  const planned: Plan = {
    writes: new Map([...proposal.writes].map(([path, file]) => [real(path), file])),
    deletes: proposal.deletes.map(real),
    owned: begun.restored(proposal.owned),
  };
  const changes = rewound === undefined ? planned : await onRealHead(branch, found, rewound, planned);
  const { vanished, dangling, unknown } =
    changedPaths(changes).length === 0
      ? { vanished: [], dangling: [], unknown: [] }
      : await judge(branch, {
          ...{ head: found, changes, desired, owned: ours, roots },
          formerRoots: job.inputs.protect?.root === undefined ? [] : [rootFolder(job.inputs.protect.root)],
          unknown: job.unknown ?? new Set(),
        });
  const other = job.previous === undefined ? overwritten(desired, attributed.owned) : [];
  const lost =
    job.previous === undefined
      ? forgotten(found, job.desired, job.owner, attributed.history).filter(
          // What only `up` knows the text of is named all the same.
          (path) => job.unknown?.has(path) !== true,
        )
      : [];
  return {
    changes,
    kept: kept.map(({ path, field, value }) => `${path}: ${field} = ${JSON.stringify(value)}`),
    owned: ours,
    adopted: toAdopt(foundThere(base, contents, desired, ours), attributed, job.owner, job.previous?.seen),
    left,
    since,
    forgotten: lost,
    notes: [
      ...begun.notes,
      ...(other.length === 0 ? [] : [overwriting(job.owner, other)]),
      ...(lost.length === 0 ? [] : [`${FORGOTTEN}\n${atMost(lost).join("\n")}`]),
      ...filterNotes(proposal.writes.keys(), filterOf),
      ...unknown,
      ...(vanished.length === 0
        ? []
        : [`Flux will delete what is no longer there:\n${atMost(vanished).join("\n")}`]),
      ...(dangling.length === 0
        ? []
        : [`others still name what goes, and Flux can't build it any more:\n${atMost(dangling).join("\n")}`]),
    ],
  };
}

/** @throws ConflictError for what another stack's cluster lives by */
async function refuseStillApplied(
  branch: Branch,
  head: Head,
  { files, adopt }: Desired,
  { others, owned }: Attributed,
  { stack, resource }: Owner,
): Promise<void> {
  // By the user's word it is taken.
  if (adopt) return;
  // Within a stack a file may move from one resource to another; another state has the same names.
  const isElsewhere = (other: Owner): boolean => other.stack !== stack || other.resource === resource;
  const wanted = [...others].filter(([path, other]) => files.has(path) && isElsewhere(other));
  const mine = new Set([...files.keys(), ...Object.keys(owned.files)]);
  const found = await stillApplied(branch, head, new Map(wanted), mine);
  if (found.length > 0) throw new ConflictError(atMost(found), SHARED);
}

const SHARED =
  "Nothing was changed. A file belongs to one stack: give this one a folder of its own (of a stack: `infrastructurePath`, or another `path`), or take out of the other's program what is to be this one's.";

const FORGOTTEN =
  "an earlier hand-off of this stack wrote to these files, which the program doesn't name and the stack's state doesn't know; they stay " +
  "(remove them by hand, or hand them off once and then take them out of the program):";

function overwriting({ stack }: Job["owner"], names: readonly string[]): string {
  return (
    `an earlier hand-off of ${stack} wrote these, and this stack's state knows nothing of it; they get other content ` +
    `(if its state wasn't lost, another backend has a stack of that name: give one of the two another name, or other paths):\n${atMost(names).join("\n")}`
  );
}

/** A folder as git's paths have it: `./clusters/prod/` is `clusters/prod`. */
function rootFolder(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** The head's history back to a commit. Most often two ask for the same. */
function historySince(branch: Branch, { commit = "" }: Head): HistoryTo {
  const read = new Map<string | undefined, Promise<History>>();
  return (until) => {
    const history = read.get(until) ?? branch.history(commit, until, Number.POSITIVE_INFINITY);
    read.set(until, history);
    return history;
  };
}

/** True when a plan has to know what was said on the branch since: by others, or by a run of ours that was killed. */
export function readsHistory({ desired, owned, previous }: Job): boolean {
  return previous !== undefined || leaving(undefined, desired, owned).length > 0;
}

/** Without what leaves the program and is to stay in the repository. */
function retained(head: Head, desired: Desired, owned: Owned, retain: readonly string[]): Owned {
  if (retain.length === 0) return owned;
  const going = new Set(leaving(head, desired, owned));
  return letGo(owned, (name, path) => going.has(name) && isRetained(retain, path));
}

/** Without what would go and was taken over by others meanwhile. */
async function stillOurs(
  head: Head,
  { desired, previous, owner }: Job,
  owned: Owned,
  historyTo: HistoryTo,
): Promise<{ readonly ours: Owned } & Pick<Planned, "left" | "since">> {
  const since = previous === undefined ? head.commit : previous.since;
  const going = leaving(head, desired, owned);
  if (going.length === 0 || head.commit === undefined || head.commit === since)
    return { ours: owned, left: [], since };
  const history = await historyTo(since);
  const adopted = adoptedByOthers(history, owner);
  const gone = new Map(
    going.flatMap((name) => {
      const other = adopted.get(name);
      return other === undefined ? [] : [[name, other] as const];
    }),
  );
  return {
    ours: letGo(owned, (name) => gone.has(name)),
    left: [...gone].map(([name, { stack, resource }]) => `${name}: ${stack} ${resource}`),
    // What was looked through needn't be again, unless it says something of what stays ours.
    since: adopted.size === 0 ? head.commit : since,
  };
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

/** What the branch has of ours while something else waits to replace it. */
export function formerBeneath({ formers: [last], previous }: Job): Former | undefined {
  if (previous?.merged === false) return previous.former;
  const keep = last?.keep ?? {};
  const files = Object.entries(last?.files ?? {}).filter(([path]) => path in keep);
  return files.length === 0 ? undefined : { files: Object.fromEntries(files), keep };
}
