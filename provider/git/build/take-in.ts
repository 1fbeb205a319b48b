import type { Branch, Head } from "../branch";
import { ConflictError, type Desired, type Owned } from "../ownership";
import { yamlData } from "../../../manifests/yaml-data";
import { ensureEntry } from "../yaml/edits";
import { editKey } from "../yaml/edits";
import { isWithin } from "./applied-folders";
import { folderOf, inFolder, isKustomization, kustomizationsIn } from "./kustomization-file";
import { objectsIn } from "./objects";
import { generatorEntries } from "./reading";
import { readWith, syncOf } from "./sources";
import type { Edit, ListEdit } from "../../../manifests/git/edits";

/** What is wanted and what is ours, with new kustomization files that hold what Flux found without them. */
export interface TakenIn {
  readonly desired: Desired;
  readonly owned: Owned;
  /** For the preview. */
  readonly notes: readonly string[];
  /** What is ours as the state keeps it: with the program's own edits. */
  readonly restored: (owned: Owned) => Owned;
}

/**
 * Flux makes a kustomization of all that a folder holds where there is none. The first one that is written there ends
 * that, so it begins with what Flux took. One that was made so goes with our last entry when Flux would then take the
 * same by itself.
 */
export async function takeIn(
  branch: Branch,
  head: Head,
  { desired, owned }: { readonly desired: Desired; readonly owned: Owned },
  roots: readonly string[],
): Promise<TakenIn> {
  const begins = [...desired.edits].filter(
    ([path, edits]) =>
      isKustomization(path) &&
      kustomizationsIn(head.tree, folderOf(path)).length === 0 &&
      !desired.initialFiles.has(path) &&
      edits.some(inResources),
  );
  const ends = Object.entries(owned.edits).filter(
    ([path, entries]) =>
      isKustomization(path) &&
      !desired.edits.has(path) &&
      head.tree.has(path) &&
      entries.some(({ created, edit }) => created && inResources(edit)),
  );
  if (head.commit === undefined || (begins.length === 0 && ends.length === 0))
    return { desired, owned, notes: [], restored: (ours) => ours };

  const texts = new Map<string, string>();
  const { ignored, foreign } = await syncOf(branch, head.tree, texts, roots);
  const notes: string[] = [];
  const edits = new Map(desired.edits);
  for (const [path, list] of begins) {
    const folder = folderOf(path);
    refuseForeign(folder, foreign);
    const ours = list.filter(inResources).map(({ entry }) => bare(entry as string));
    const found = generatorEntries(folder, { tree: head.tree, ignored }).filter(
      (entry) => !ours.some((own) => entry === own || entry.startsWith(`${own}/`)),
    );
    const { taken, left } = await resourcesAmong(branch, head, folder, found, texts);
    if (left.length > 0)
      notes.push(
        `${path} leaves out what holds no Kubernetes objects, and made Flux's build fail: ${left.join(", ")}`,
      );
    refuseUnnameable(folder, taken);
    if (taken.length === 0) continue;
    notes.push(
      `${path} is new: it begins with what Flux found in the folder without it: ${taken.join(", ")}`,
    );
    edits.set(
      path,
      list.map((edit) => begunWith(edit, taken)),
    );
  }
  const mine = { ...owned.edits };
  const going = new Set(Object.keys(owned.files).filter((path) => !desired.files.has(path)));
  for (const [path, entries] of ends) {
    const tree = new Map([...head.tree].filter(([other]) => other !== path && !going.has(other)));
    const ours = new Set(
      entries.flatMap(({ edit }) => (inResources(edit) ? [bare(edit.entry as string)] : [])),
    );
    // What our own entries led to stays in the build when Flux finds it by itself.
    const taken = generatorEntries(folderOf(path), { tree, ignored }).filter((entry) => !ours.has(entry));
    mine[path] = entries.map((entry) => ({ ...entry, edit: begunWith(entry.edit, taken) }));
  }
  return {
    desired: { ...desired, edits },
    owned: { ...owned, edits: mine },
    notes,
    restored: (ours) => withProgramsEdits(ours, desired),
  };
}

function inResources(edit: Edit): edit is ListEdit {
  return (
    "list" in edit &&
    edit.within === undefined &&
    edit.list.join() === "resources" &&
    typeof edit.entry === "string"
  );
}

function bare(entry: string): string {
  return entry.replace(/^\.\//, "").replace(/\/$/, "");
}

/**
 * Folders, and files whose objects kustomize takes. Flux's generator fails at the others: those without any object are
 * left out.
 * @throws ConflictError for files that may hold objects, which run from before the file was broken
 */
async function resourcesAmong(
  branch: Branch,
  head: Head,
  folder: string,
  entries: readonly string[],
  texts: Map<string, string>,
): Promise<{ readonly taken: readonly string[]; readonly left: readonly string[] }> {
  const oidOf = (entry: string): string | undefined => head.tree.get(inFolder(folder, entry))?.oid;
  await readWith(
    branch,
    entries.flatMap((entry) => oidOf(entry) ?? []),
    texts,
  );
  const read = entries.map((entry) => {
    const text = texts.get(oidOf(entry) ?? "") ?? "";
    const objects = oidOf(entry) === undefined ? [] : objectsIn(text);
    return { entry, text, fault: typeof objects === "string" ? objects : undefined };
  });
  const left = read.filter(({ fault }) => fault !== undefined);
  const unsure = left.filter(({ text }) => mayHoldObjects(text));
  if (unsure.length > 0) {
    throw new ConflictError(
      unsure.map(
        ({ entry, fault = "" }) =>
          `${inFolder(folder, entry)} ${fault}, so Flux can't build the folder, and what runs of it isn't known`,
      ),
      `Nothing was changed: a new kustomization.yaml without it would let Flux delete that. Mend the file or move it out of ${folder === "" ? "the repository's root" : `${folder}/`}; then run \`pulumi up\` again.`,
    );
  }
  return {
    taken: read.filter(({ fault }) => fault === undefined).map(({ entry }) => entry),
    left: left.map(({ entry }) => entry),
  };
}

/** @throws ConflictError for folders whose content other repositories have, which Flux's generator takes in, too */
function refuseForeign(folder: string, foreign: readonly string[]): void {
  const places = foreign.filter((place) => isWithin(place, [folder]) || isWithin(folder, [place]));
  if (places.length === 0) return;
  throw new ConflictError(
    places.map(
      (place) =>
        `${inFolder(place, "")}: it comes from another repository (a submodule, or \`include\` of Flux's source), so what Flux finds there isn't known`,
    ),
    `Nothing was changed: a new kustomization.yaml without it would let Flux delete that. Write one into ${inFolder(folder, "") || "the repository's root"} that lists all that Flux shall find there, ours left out; then run \`pulumi up\` again.`,
  );
}

/** @throws ConflictError for names that no text can hold as they are, so that a list would lead to nothing */
function refuseUnnameable(folder: string, entries: readonly string[]): void {
  // Bytes that are no UTF-8 were read as U+FFFD.
  const odd = entries.filter((entry) => /[\uFFFD\p{Cc}]/u.test(entry));
  if (odd.length === 0) return;
  throw new ConflictError(
    odd.map((entry) => `${inFolder(folder, entry)}: its name isn't UTF-8, or has a control character`),
    "Nothing was changed: the new kustomization.yaml has to list all that Flux found without it, and couldn't list this. Rename it; then run `pulumi up` again.",
  );
}

/** False for a file of values or of a tool's settings. */
function mayHoldObjects(text: string): boolean {
  const data = yamlData(text);
  return typeof data === "string" || data.some((document) => isKeyed(document) && "kind" in document);
}

function isKeyed(data: unknown): data is object {
  return typeof data === "object" && data !== null;
}

/** The edit whose new file begins with further resources. */
function begunWith<T extends Edit>(edit: T, entries: readonly string[]): T {
  if (edit.initial === undefined) return edit;
  const initial = entries.reduce(
    (text, entry) => ensureEntry(text, { list: ["resources"], entry: `./${entry}` }, undefined, true).text,
    edit.initial,
  );
  return { ...edit, initial };
}

function withProgramsEdits(owned: Owned, desired: Desired): Owned {
  const edits = Object.entries(owned.edits).map(([path, entries]) => {
    const programs = new Map((desired.edits.get(path) ?? []).map((edit) => [editKey(edit), edit]));
    return [
      path,
      entries.map((entry) => ({ ...entry, edit: programs.get(editKey(entry.edit)) ?? entry.edit })),
    ] as const;
  });
  return { ...owned, edits: Object.fromEntries(edits) };
}
