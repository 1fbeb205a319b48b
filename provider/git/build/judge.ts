import type { Branch, Head } from "../branch";
import { ConflictError, type Desired, type Owned } from "../ownership";
import { folderOf, isKustomization } from "./kustomization-file";
import { BOTH, Reader, type Proposal } from "./reader";
import type { Reading } from "./reading";

/** Refusals and notes that are told one by one. */
const TOLD = 20;

/** What a commit would do to what Flux builds. */
export interface Judged extends Proposal {
  readonly desired: Desired;
  /** What is ours before. */
  readonly owned: Owned;
  /** The roots, for a commit that may take everything away: they tell which folders Flux builds. */
  readonly formerRoots?: readonly string[];
}

/**
 * Builds what Flux reads before and after a commit, as far as lists tell, and compares the two. Reads only what the
 * lists lead to.
 * @returns for the preview: what the commit makes vanish, what of others names what is taken away, and what isn't known
 * @throws ConflictError when something of others would vanish, appear, or be there twice, or the build would fail anew
 */
export async function judge(
  branch: Branch,
  judged: Judged,
): Promise<Readonly<Record<"vanished" | "dangling" | "unknown", readonly string[]>>> {
  const { head, changes, desired, owned } = judged;
  const mine = new Set([
    ...[...desired.files.keys(), ...desired.initialFiles.keys()],
    ...[...Object.keys(owned.files), ...Object.keys(owned.initialFiles), ...changes.deletes],
  ]);
  // Files of others that a list of ours names for the sake of our entries in them, which go with it.
  const released = new Set(Object.keys(owned.edits).filter((path) => !desired.edits.has(path)));
  const reader = await Reader.of(branch, judged);
  const refusals: string[] = [];
  const renames: string[] = [];
  const vanished: string[] = [];
  const failing: string[] = [];
  const unfillable: string[] = [];
  const unknown: string[] = [];
  const changed = new Set([...changes.writes.keys(), ...changes.deletes]);
  const seen = new Set<string>();
  const compare = async (root: string, declared: boolean, built = BOTH): Promise<void> => {
    const [before, after] = await reader.both(root);
    for (const folder of [...before.folders, ...after.folders]) seen.add(folder);
    refusals.push(...faults(before, after, declared));
    if (declared) renames.push(...renamed(before, after, mine));
    if (declared) {
      const told = await reader.beyond(root, before, after, {
        mine: new Set([...mine, ...released]),
        changed,
      });
      refusals.push(...told.vanished);
      renames.push(...told.renamed);
      failing.push(...told.failing);
      const filling = reader.filling(root, after, changes);
      unfillable.push(...filling.faults);
      unknown.push(...told.notes, ...filling.notes);
    }
    if (built.before && !after.partial) {
      for (const object of before.objects.values()) {
        const now = after.objects.get(object.key);
        if (now !== undefined) continue;
        if (mine.has(object.file) || released.has(object.file)) vanished.push(object.label);
        else
          refusals.push(
            `${object.file}: ${object.label} would vanish from what Flux builds of ${root === "" ? "." : root}/, so Flux would delete it`,
          );
      }
    }
    // What a list of ours names is wanted; what Flux finds by itself isn't.
    if (built.after && after.generated && !before.partial) {
      for (const object of after.objects.values()) {
        if (before.objects.has(object.key) || mine.has(object.file)) continue;
        refusals.push(
          `${object.file}: ${object.label} would appear in what Flux builds of ${root === "" ? "." : root}/, which no list leads to now`,
        );
      }
    }
  };
  const roots = new Set(judged.roots);
  for (const root of roots) await compare(root, true);
  const foreign = foldersOfOthers(head, mine);
  const folders = [...changes.writes.keys(), ...changes.deletes]
    .filter(isKustomization)
    .map(folderOf)
    .filter((folder) => foreign.has(folder) && !seen.has(folder));
  const former = roots.size > 0 || folders.length === 0 ? [] : (judged.formerRoots ?? []);
  for (const root of former) await reader.both(root);
  for (const folder of folders) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    await compare(folder, false, roots.size + former.length > 0 ? await reader.built(folder) : BOTH);
  }
  const dangling = changes.deletes.length === 0 ? [] : await reader.dangling(mine, seen);
  const twice = await reader.twice({
    writes: new Set(changes.writes.keys()),
    ...{ own: desired.files, mine, roots: judged.roots },
  });
  // Who takes all away wants no more of it, and is told.
  const staying = desired.files.size + desired.edits.size > 0;
  if (staying) refusals.push(...dangling);
  const told = [
    [refusals, KEEP],
    [renames, NAMES],
    [failing, FIT],
    [unfillable, FILLED_IN],
    [twice, APART],
  ] as const;
  const found = told.filter(([texts]) => texts.length > 0);
  if (found.length > 0) {
    const texts = found.flatMap(([all]) => all);
    throw new ConflictError(atMost([...new Set(texts)]), advice(...found.map(([, how]) => how)));
  }
  return { vanished: [...new Set(vanished)], dangling: staying ? [] : dangling, unknown };
}

const KEEP =
  "What others gave to Flux has to stay listed, once: list it in the folder's kustomization.yaml, or rename what is ours; what others name has to stay, or be taken out there first";
const NAMES = "Ours are followed by their names: move what changes them to the folders that it is meant for";
const FIT =
  "What patches and replacements of others ask for has to be in ours, too: narrow their `target` or `select` to what they are meant for, or give ours what they ask for";
const FILLED_IN =
  "Where the text itself is meant, write $${ for ${, or annotate the object with kustomize.toolkit.fluxcd.io/substitute: disabled";
const APART =
  "What ours apply has to lie outside of such a folder, or that needs a kustomization.yaml, which lists what it is meant to hold: write one, or choose another folder for ours";

function advice(...texts: readonly string[]): string {
  return `Nothing was changed. ${texts.join(". ")}; then run \`pulumi up\` again.`;
}

/** What breaks the build that didn't before. Without a declared root only what is there twice is sure to matter. */
function faults(before: Reading, after: Reading, declared: boolean): string[] {
  return [...after.faults]
    .filter(([key]) => !before.faults.has(key) && (declared || /^(?:twice|two) /.test(key)))
    .map(([, text]) => text);
}

/** What of ours a kustomization of others makes another object of, or deletes; once it is so, it is known. */
function renamed(before: Reading, after: Reading, mine: ReadonlySet<string>): string[] {
  const all = ({ objects, deleted }: Reading) => [
    ...[...objects.values()].map((object) => ({ ...object, gone: false })),
    ...deleted.map((object) => ({ ...object, gone: true })),
  ];
  const known = new Set(
    all(before).map(({ file, own, key, gone }) => `${file} ${own} ${key} ${String(gone)}`),
  );
  return all(after).flatMap(({ file, own, key, label, changes, gone }) => {
    const foreign = changes.filter(({ path }) => !mine.has(path));
    if (foreign.length === 0 || !mine.has(file) || known.has(`${file} ${own} ${key} ${String(gone)}`))
      return [];
    const by = foreign.map(({ field, path }) => `\`${field}\` of ${path}`).join(", ");
    const renamed = label === own ? [] : [`would become ${label}`];
    const becomes = [...renamed, ...(gone ? ["would be deleted from what Flux builds"] : [])].join(" and ");
    return [`${file}: ${own} ${becomes}, by ${by}`];
  });
}

export function atMost(lines: readonly string[]): string[] {
  if (lines.length <= TOLD) return [...lines];
  return [...lines.slice(0, TOLD), `… and ${String(lines.length - TOLD)} more`];
}

/** Folders that hold files of others, at any depth. */
function foldersOfOthers({ tree }: Head, mine: ReadonlySet<string>): ReadonlySet<string> {
  const folders = new Set<string>([""]);
  for (const path of tree.keys()) {
    if (mine.has(path)) continue;
    for (let folder = folderOf(path); folder !== "" && !folders.has(folder); folder = folderOf(folder)) {
      folders.add(folder);
    }
  }
  return folders;
}
