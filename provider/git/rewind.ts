import { applyPatch, structuredPatch } from "diff";
import { isUtf8 } from "node:buffer";
import { adoptedByOthers } from "./adoption";
import { isRetained } from "../../manifests/git/retained";
import { blobId, type Branch, type Head, type History, type LoggedCommit, type TreeEntry } from "./branch";
import { handoffsIn, pathsIn } from "./commit-message";
import type { Job } from "./job";
import { isUnnoted } from "./mark";
import type { Plan } from "./ownership";

/**
 * A head without what commits of ours brought that the state doesn't know, since their run was killed before the engine
 * noted it. Planning on it, from the state, gives what is ours; what the commits have done already is no change then.
 */
export interface Rewound {
  readonly head: Head;
  /** Contents that only the head without those commits has, by object id. */
  readonly contents: ReadonlyMap<string, Buffer>;
  /** Paths that the head has otherwise. */
  readonly touched: readonly string[];
  /** The commits that were taken back. */
  readonly commits: ReadonlySet<string>;
}

/** The history of the head back to a commit, or to the first one. */
export type HistoryTo = (until: string | undefined) => Promise<History>;

type Tree = Map<string, TreeEntry>;

/** Takes back, newest first, what our unknown commits changed and nobody has changed since. */
export async function rewind(
  branch: Branch,
  head: Head,
  job: Job,
  historyTo: HistoryTo,
): Promise<Rewound | undefined> {
  const unknown = await unknownCommits(head, job, historyTo);
  if (unknown.commits.length === 0) return undefined;
  const tree: Tree = new Map(head.tree);
  const contents = new Map<string, Buffer>();
  const touched = new Set<string>();
  for (const commit of unknown.commits) {
    const after = commit.commit === head.commit ? head : await branch.at(commit.commit);
    const [parent] = commit.parents;
    const before = parent === undefined ? undefined : await branch.at(parent);
    const changed = changedBetween(before?.tree ?? new Map(), after.tree);
    // Somebody made more of the commit: a squash, or an amendment. What is theirs in it isn't told apart.
    const named = pathsIn(commit.message);
    if (named.complete && changed.some((path) => !named.paths.has(path))) continue;
    for (const path of changed) {
      if (unknown.taken(path)) continue;
      const [was, made, now] = [before?.tree.get(path), after.tree.get(path), tree.get(path)];
      const earlier = same(now, made) ? was : await unpatched(branch, contents, was, made, now);
      if (earlier === "unknown") continue;
      touched.add(path);
      if (earlier === undefined) tree.delete(path);
      else tree.set(path, earlier);
    }
  }
  const commits = new Set(unknown.commits.map(({ commit }) => commit));
  return { head: { commit: head.commit, tree }, contents, touched: [...touched], commits };
}

interface Unknown {
  readonly commits: readonly LoggedCommit[];
  /** True for a path that is another's since, or is to stay whatever we know. */
  readonly taken: (path: string) => boolean;
}

const NONE: Unknown = { commits: [], taken: () => false };

/** Commits of ours since the one that the state was made from. */
async function unknownCommits({ commit }: Head, job: Job, historyTo: HistoryTo): Promise<Unknown> {
  const { previous, owner, inputs, desired } = job;
  if (commit === undefined || previous?.seen === undefined || commit === previous.seen) return NONE;
  // What a pull request brings comes by others' commits, and is told by the files.
  if (!previous.merged || previous.proposed !== undefined) return NONE;
  const history = await historyTo(previous.seen);
  if (!history.complete) return NONE;
  const ours = history.commits.filter(({ message, parents }) => {
    const [handoff, ...more] = handoffsIn(message);
    return (
      handoff !== undefined && more.length === 0 && parents.length < 2 && isUnnoted(handoff.owner, owner)
    );
  });
  const adopted = [...adoptedByOthers(history, owner).keys()];
  const wanted = (path: string): boolean =>
    desired.files.has(path) || desired.initialFiles.has(path) || desired.edits.has(path);
  const taken = (path: string): boolean =>
    adopted.some((name) => name === path || name.startsWith(`${path} `)) ||
    (!wanted(path) && isRetained(inputs.retain ?? [], path));
  return { commits: ours, taken };
}

function changedBetween(
  before: ReadonlyMap<string, TreeEntry>,
  after: ReadonlyMap<string, TreeEntry>,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => !same(before.get(path), after.get(path)),
  );
}

function same(one: TreeEntry | undefined, other: TreeEntry | undefined): boolean {
  return one?.oid === other?.oid && one?.mode === other?.mode;
}

/** A file that others changed after us, without our change. */
async function unpatched(
  branch: Branch,
  contents: Map<string, Buffer>,
  was: TreeEntry | undefined,
  made: TreeEntry | undefined,
  now: TreeEntry | undefined,
): Promise<TreeEntry | undefined | "unknown"> {
  if (was === undefined || made === undefined || now === undefined || same(now, was)) return "unknown";
  if (![was, made, now].every(({ mode }) => mode.startsWith("100"))) return "unknown";
  const stored = await branch.read([was.oid, made.oid, now.oid].filter((oid) => !contents.has(oid)));
  const texts = [was, made, now].map(({ oid }) => contents.get(oid) ?? stored.get(oid) ?? Buffer.alloc(0));
  if (!texts.every((text) => isUtf8(text))) return "unknown";
  const [before = "", after = "", present = ""] = texts.map((text) => text.toString("utf8"));
  const text = withoutChange(present, before, after);
  if (text === undefined) return "unknown";
  const content = Buffer.from(text, "utf8");
  contents.set(blobId(content), content);
  return { mode: now.mode, oid: blobId(content) };
}

/** A text without the change from one to another, where just one place for that is found. */
function withoutChange(text: string, before: string, after: string): string | undefined {
  for (const context of [3, 1, 0]) {
    const patch = structuredPatch("", "", after, before, undefined, undefined, { context });
    if (context === 0 && !patch.hunks.every((hunk) => isOnce(hunk.lines, text))) continue;
    const result = applyPatch(text, patch);
    if (result !== false) return result;
  }
  return undefined;
}

/** True for lines that are only taken away and stand there once. */
function isOnce(lines: readonly string[], text: string): boolean {
  const block = lines.map((line) => line.slice(1)).join("\n");
  return lines.every((line) => line.startsWith("-")) && text.split(`${block}\n`).length === 2;
}

/** The plan for the head as it is: what was made for the head without our unknown commits, and they have done already, falls away. */
export async function onRealHead(
  branch: Branch,
  head: Head,
  { head: { tree }, contents, touched }: Rewound,
  changes: Plan,
): Promise<Plan> {
  const writes = new Map<string, { mode: string; content: Buffer }>();
  const deletes: string[] = [];
  const deleted = new Set(changes.deletes);
  const restored = touched.flatMap((path) => tree.get(path)?.oid ?? []).filter((oid) => !contents.has(oid));
  const stored = await branch.read(restored);
  for (const path of new Set([...touched, ...changes.writes.keys(), ...changes.deletes])) {
    const there = head.tree.get(path);
    const write = changes.writes.get(path);
    const kept = deleted.has(path) ? undefined : tree.get(path);
    if (write !== undefined) {
      if (there?.oid !== blobId(write.content) || there.mode !== write.mode) writes.set(path, write);
    } else if (kept === undefined) {
      if (there !== undefined) deletes.push(path);
    } else if (!same(kept, there)) {
      const content = contents.get(kept.oid) ?? stored.get(kept.oid);
      if (content !== undefined) writes.set(path, { mode: kept.mode, content });
    }
  }
  return { ...changes, writes, deletes };
}
