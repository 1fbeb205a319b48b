import { blobId } from "./branch";
import { checkMeaning } from "./build/meaning";
import { foreignEntry } from "./differences";
import type { OwnedEdit } from "./ownership";
import { EditError } from "./yaml/edit-text";
import { editKey, takeEntries, writeEntries } from "./yaml/edits";
import { contentOf, foundEntry, sameContent } from "./yaml/found-entry";
import { readBack } from "./yaml/read-back";
import type { Edit } from "../../manifests/git/edits";
import { isCovered, isSharedRule } from "../../manifests/secrets/sops-recipients";

export interface FileToEdit {
  readonly path: string;
  /** Undefined while there is no such file. */
  readonly text: string | undefined;
  readonly desired: readonly Edit[];
  readonly owned: readonly OwnedEdit[];
  readonly adopt: boolean;
  /** Object id of the file as we made it, when it was an initial one. */
  readonly initialFile: string | undefined;
  /** True for an entry whose folder goes: whoever wrote it, left alone it would break everything beside it. */
  readonly dangles: (edit: Edit) => boolean;
  /** True for an entry that leads to what was there before us and stays: adopted or not, it stays with it. */
  readonly leadsToFound: (edit: Edit) => boolean;
}

export interface EditedFile {
  /** Undefined: the file goes. */
  readonly text: string | undefined;
  readonly owned: readonly OwnedEdit[];
  /** Entries of ours that somebody else changed or removed. */
  readonly foreign: readonly string[];
}

/** Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const LFS_POINTER = "version https://git-lfs.github.com/spec/";

/**
 * A file of others with our entries as desired, and without those that are no longer.
 * @throws EditError when an entry of others is in the way, or the file can't be edited
 */
export function editFile(file: FileToEdit): EditedFile {
  const { desired, owned, adopt } = file;
  if (file.text?.startsWith(LFS_POINTER) === true)
    throw new EditError("it is a pointer of Git LFS: what kustomize and Flux read isn't in git itself");
  const foreign: string[] = [];
  const before = removed(file, foreign);
  const created = before === undefined;
  const [first] = desired;
  const start = before ?? (first === undefined ? undefined : initialText(first));
  const known = new Map(owned.map((entry) => [editKey(entry.edit), entry]));
  const written = desired.map((wanted) => {
    const previous = known.get(editKey(wanted));
    const ours = previous?.added === true ? previous.edit : undefined;
    // Reading a long file takes its time.
    const found =
      created || start === undefined || !(ours !== undefined || adopt)
        ? undefined
        : foundEntry(start, wanted);
    const edit = ours === undefined || found === undefined ? wanted : withRecipients(wanted, ours, found);
    if (ours !== undefined && !adopt && isForeign(found, ours, edit))
      foreign.push(foreignEntry(file.path, found, edit));
    return { wanted, edit, previous, replaces: (adopt || foreign.length > 0 ? found : undefined) ?? ours };
  });
  const done = start === undefined ? undefined : writeEntries(start, written, file.text === undefined);
  let text = done?.text;
  const result = written.map(({ wanted: edit, previous }, index): OwnedEdit => {
    const { added = false, before: form = "list" } = done?.results[index] ?? {};
    if (previous !== undefined && !added) return { ...previous, edit };
    return {
      edit,
      added: added || (previous?.added ?? (adopt && !file.leadsToFound(edit))),
      before: previous?.before ?? form,
      created: previous?.created ?? (created && index === 0),
    };
  });
  if (text !== undefined && foreign.length === 0) {
    readBack(
      file.text ?? first?.initial ?? text,
      text,
      [...written.map(({ edit }) => edit), ...owned.map(({ edit }) => edit)],
      written.map(({ edit }) => edit),
    );
    checkMeaning(file.path, file.text, text, { desired, owned: owned.map(({ edit }) => edit) });
  }
  // A file of ours at first, or made for our entries, goes with the last of them unless somebody wrote into it since.
  const made = owned.some((entry) => entry.created);
  const initial = owned.find((entry) => entry.edit.initial !== undefined)?.edit.initial;
  const untouched = text !== undefined && (made ? text === initial : blobId(text) === file.initialFile);
  if (desired.length === 0 && untouched) text = undefined;
  return { text, owned: result, foreign };
}

/** The text without entries of ours that aren't desired any more. */
function removed({ path, text, desired, owned, dangles }: FileToEdit, foreign: string[]): string | undefined {
  if (text === undefined) return undefined;
  const keep = new Set(desired.map(editKey));
  const going = owned.filter((entry) => {
    if (keep.has(editKey(entry.edit)) || !(entry.added || dangles(entry.edit))) return false;
    const found = foundEntry(text, entry.edit);
    if (found === undefined) return false;
    if (sameContent(found, entry.edit) || isLetGo(found, entry.edit, desired)) return true;
    if (entry.added) foreign.push(foreignEntry(path, found, entry.edit));
    return false;
  });
  return takeEntries(text, going);
}

/** True of our rule of .sops.yaml with colleagues that somebody added, when they are in the one that comes in its place. */
function isLetGo(found: Edit, ours: Edit, desired: readonly Edit[]): boolean {
  return (
    isSharedRule(contentOf(found), contentOf(ours)) && isCovered(contentOf(found), desired.map(contentOf))
  );
}

/** Our rule of .sops.yaml as it is there when somebody added colleagues to it, and we change nothing of it. */
function withRecipients(wanted: Edit, ours: Edit, found: Edit): Edit {
  const shared = sameContent(ours, wanted) && isSharedRule(contentOf(found), contentOf(wanted));
  return shared ? found : wanted;
}

/** True when the file has neither what we wrote last nor what we would write. */
function isForeign(found: Edit | undefined, written: Edit, wanted: Edit): boolean {
  return found === undefined || !(sameContent(found, written) || sameContent(found, wanted));
}

function initialText({ initial }: Edit): string {
  if (initial === undefined) throw new EditError("the file isn't there, and its other content isn't ours");
  return initial;
}
