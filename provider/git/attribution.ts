import { entryName } from "./adoption";
import type { Branch, Head, History, LoggedCommit } from "./branch";
import { handoffsIn, type Owner, pathsIn } from "./commit-message";
import type { Job } from "./job";
import { sameNames, sameOwner } from "./mark";
import { type Desired, type Owned, type OwnedEdit, under } from "./ownership";
import { ifReadable } from "./yaml/edit-text";
import { editKey, ensureEntry } from "./yaml/edits";
import { foundEntry, sameContent } from "./yaml/found-entry";
import { entryIdentity } from "./yaml/list-edits";
import type { Edit } from "../../manifests/git/edits";

/**
 * Whose something is that is wanted, is there already, and that the state doesn't know: the branch's history tells,
 * since every commit of a hand-off says so, and which paths it wrote.
 */

/** Commits that are read at a time, and at most; and those of them whose files are looked at for one path. */
const STEPS = [50, 5_000] as const;
const LOOKED_AT = 20;

export interface Attributed {
  /** What is ours with what was found to be, and with entries of other hand-offs that become ours. */
  readonly owned: Owned;
  /** Names of what was found to be ours. */
  readonly mine: ReadonlySet<string>;
  /** Names of what another hand-off has, by whose it is. */
  readonly others: ReadonlyMap<string, Owner>;
  /** Files that a hand-off wrote, ours or another, and nobody since. */
  readonly written: ReadonlySet<string>;
  /** What was read of the history. */
  readonly history: History;
}

const NOTHING_READ: History = { commits: [], complete: true };

/** Something that is wanted and there, without being ours as far as we know. */
interface Found {
  readonly name: string;
  readonly path: string;
  readonly edit?: Edit;
}

/** @param takenBack commits that the head is looked at without, see rewind.ts */
export async function attribute(
  branch: Branch,
  head: Head,
  contents: ReadonlyMap<string, Buffer>,
  owned: Owned,
  { desired, owner, previous }: Pick<Job, "desired" | "owner" | "previous">,
  takenBack: ReadonlySet<string> = new Set(),
): Promise<Attributed> {
  const open = new Map(unknownThere(head, contents, desired, owned).map((found) => [found.name, found]));
  const result = new Result();
  let history = NOTHING_READ;
  // What a state of our names made before this one began was lost with it, and is ours; what it makes since isn't.
  let isEarlier = false;
  const as = (by: Owner): Owner => (isEarlier && sameNames(by, owner) ? owner : by);
  for (const limit of open.size === 0 || head.commit === undefined ? [] : STEPS) {
    if (open.size === 0 || (history !== NOTHING_READ && history.complete)) break;
    const read = history.commits.length;
    history = await branch.history(head.commit ?? "", undefined, limit);
    const trees = new Trees(branch, takenBack.size === 0 ? head : undefined, contents);
    for (const commit of history.commits.slice(read)) {
      isEarlier ||= commit.commit === previous?.since;
      const handoffs = handoffsIn(commit.message);
      const last = handoffs.at(-1);
      if (last === undefined) continue;
      for (const handoff of handoffs)
        for (const name of handoff.adopted) result.adopt(name, as(handoff.owner));
      if (takenBack.has(commit.commit)) continue;
      const { paths, complete } = pathsIn(commit.message);
      for (const found of [...open.values()].filter(({ path }) => paths.has(path) || !complete)) {
        if (!trees.may(found.name)) open.delete(found.name);
        else if (await bringsAbout(trees, commit, head, found, result, as(last.owner)))
          open.delete(found.name);
      }
    }
  }
  return { ...result.of(owner, owned, desired), history };
}

/** Sees whether a commit brought what was found, and notes it. */
async function bringsAbout(
  trees: Trees,
  commit: LoggedCommit,
  head: Head,
  { name, path, edit }: Found,
  result: Result,
  owner: Owner,
): Promise<boolean> {
  const after = await trees.at(commit.commit);
  const [parent] = commit.parents;
  const before = parent === undefined ? undefined : await trees.at(parent);
  const [was, made] = [before?.tree.get(path)?.oid, after.tree.get(path)?.oid];
  if (was === made) return false;
  if (made === undefined) return true; // Ours went; what is there came later.
  if (edit === undefined) {
    // Somebody changed it since: then it is known no more whose it is.
    if (made === head.tree.get(path)?.oid) result.file(path, made, owner);
    return true;
  }
  const text = await trees.text(made);
  const there = ifReadable(() => foundEntry(text, edit));
  if (there === undefined) return false;
  const former = was === undefined ? undefined : await trees.text(was);
  const earlier = former === undefined ? undefined : ifReadable(() => foundEntry(former, edit));
  if (earlier !== undefined && sameContent(earlier, there)) return false;
  result.entry(name, path, { edit: there, ...circumstances(former, earlier ?? there) }, owner);
  return true;
}

/** What the file was before the entry came into it. */
function circumstances(former: string | undefined, edit: Edit): Omit<OwnedEdit, "edit"> {
  const text = former ?? edit.initial;
  const before = text === undefined ? undefined : ifReadable(() => ensureEntry(text, edit).before);
  return {
    added: true,
    before: before ?? "list",
    created: former === undefined && edit.initial !== undefined,
  };
}

/** What is wanted and there, under the same path or name, whatever it holds. */
function unknownThere(
  head: Head,
  contents: ReadonlyMap<string, Buffer>,
  desired: Desired,
  owned: Owned,
): Found[] {
  const files = [...desired.files.keys()].filter((path) => under(owned.files, path) === undefined);
  const initial = [...desired.initialFiles.keys()].filter(
    (path) => under(owned.initialFiles, path) === undefined,
  );
  const entries = [...desired.edits].flatMap(([path, edits]) => {
    const text = contents.get(head.tree.get(path)?.oid ?? "")?.toString("utf8");
    if (text === undefined || under(owned.files, path) !== undefined) return [];
    const known = new Set((under(owned.edits, path) ?? []).map(({ edit }) => editKey(edit)));
    return edits
      .filter((edit) => !known.has(editKey(edit)) && mayHold(text, edit))
      .filter((edit) => ifReadable(() => foundEntry(text, edit)) !== undefined)
      .map((edit) => ({ name: entryName(path, edit), path, edit }));
  });
  return [
    ...[...files, ...initial].filter((path) => head.tree.has(path)).map((path) => ({ name: path, path })),
    ...entries,
  ];
}

/** False when a name isn't in a text at all, which spares reading a long one. */
function mayHold(text: string, edit: Edit): boolean {
  if ("map" in edit) return text.includes(edit.key);
  return typeof edit.entry !== "string" || text.includes(entryIdentity({ ...edit, entry: edit.entry }));
}

/** Files of commits, each read once. */
class Trees {
  private readonly heads = new Map<string, Promise<Head>>();
  private readonly looks = new Map<string, number>();

  constructor(
    private readonly branch: Branch,
    private readonly head: Head | undefined,
    private readonly contents: ReadonlyMap<string, Buffer>,
  ) {}

  /** False when enough commits were looked at for one thing. */
  may(name: string): boolean {
    const count = (this.looks.get(name) ?? 0) + 1;
    this.looks.set(name, count);
    return count <= LOOKED_AT;
  }

  at(commit: string): Promise<Head> {
    const head =
      this.heads.get(commit) ??
      (commit === this.head?.commit ? Promise.resolve(this.head) : this.branch.at(commit));
    this.heads.set(commit, head);
    return head;
  }

  async text(oid: string): Promise<string> {
    const content = this.contents.get(oid) ?? (await this.branch.read([oid])).get(oid);
    return content?.toString("utf8") ?? "";
  }
}

/** What was found out, by name. The newest word on a thing counts, and the walk goes from the newest. */
class Result {
  private readonly owners = new Map<string, Owner>();
  private readonly files: Record<string, string> = {};
  private readonly entries: { readonly name: string; readonly path: string; readonly entry: OwnedEdit }[] =
    [];

  adopt(name: string, owner: Owner): void {
    if (!this.owners.has(name)) this.owners.set(name, owner);
  }

  file(path: string, oid: string, owner: Owner): void {
    if (!this.owners.has(path)) this.owners.set(path, owner);
    if (!Object.hasOwn(this.files, path)) this.files[path] = oid;
  }

  entry(name: string, path: string, entry: OwnedEdit, owner: Owner): void {
    if (!this.owners.has(name)) this.owners.set(name, owner);
    this.entries.push({ name, path, entry });
  }

  of(owner: Owner, owned: Owned, desired: Desired): Omit<Attributed, "history"> {
    const mine = new Set<string>();
    const others = new Map<string, Owner>();
    for (const [name, found] of this.owners)
      if (sameOwner(found, owner)) mine.add(name);
      else others.set(name, found);
    const files = Object.entries(this.files).filter(([path]) => mine.has(path));
    const those = (group: ReadonlyMap<string, unknown>): Record<string, string> =>
      Object.fromEntries(files.filter(([path]) => group.has(path)));
    const edits: Record<string, readonly OwnedEdit[]> = { ...owned.edits };
    for (const { path, entry } of this.entries) edits[path] = [...(under(edits, path) ?? []), entry];
    return {
      owned: {
        ...owned,
        files: { ...those(desired.files), ...owned.files },
        initialFiles: { ...those(desired.initialFiles), ...owned.initialFiles },
        edits,
      },
      mine,
      others,
      written: new Set(Object.keys(this.files)),
    };
  }
}

/** Of what was found there, what the commit has to say that we take it over: it may be another hand-off's. */
export function toAdopt(
  found: readonly string[],
  { history, mine, others }: Attributed,
  owner: Owner,
  seen: string | undefined,
): string[] {
  const handoffs = history.commits.map(({ message }) => handoffsIn(message));
  const last = history.commits.findIndex(({ commit }) => commit === seen);
  const unknown = last < 0 ? handoffs : handoffs.slice(0, last);
  // After a commit of ours that the state doesn't know, what nobody else has said a word on was ours; and in a
  // repository that no hand-off has written to it is nobody's.
  const wasOurs = unknown.flat().some((handoff) => sameOwner(handoff.owner, owner));
  const anyone = !wasOurs && (!history.complete || handoffs.flat().length > 0);
  return found.filter((name) => !mine.has(name) && (anyone || others.has(name)));
}
