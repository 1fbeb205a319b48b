import { blobId } from "./branch";
import { foreignEntry } from "./differences";
import type { OwnedEdit } from "./ownership";
import { EditError } from "./yaml/edit-text";
import { editKey, ensureEntry, removeEntry } from "./yaml/edits";
import { foundEntry, sameContent } from "./yaml/found-entry";
import type { Edit } from "../../manifests/git/edits";

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
}

export interface EditedFile {
  /** Undefined: the file goes. */
  readonly text: string | undefined;
  readonly owned: readonly OwnedEdit[];
  /** Entries of ours that somebody else changed or removed. */
  readonly foreign: readonly string[];
}

/**
 * A file of others with our entries as desired, and without those that are no longer.
 * @throws EditError when an entry of others is in the way, or the file can't be edited
 */
export function editFile(file: FileToEdit): EditedFile {
  const foreign: string[] = [];
  let text = removed(file, foreign);
  const result: OwnedEdit[] = [];
  for (const edit of file.desired) {
    const previous = file.owned.find((entry) => editKey(entry.edit) === editKey(edit));
    const created = text === undefined;
    // Reading a long file takes its time.
    const known = previous?.added === true || file.adopt;
    const found = text === undefined || !known ? undefined : foundEntry(text, edit);
    if (previous?.added === true && !file.adopt && isForeign(found, previous.edit, edit))
      foreign.push(foreignEntry(file.path, found, edit));
    text ??= initialText(edit);
    const replaceable = file.adopt || foreign.length > 0 ? found : undefined;
    const done = ensureEntry(
      text,
      edit,
      replaceable ?? (previous?.added === true ? previous.edit : undefined),
    );
    text = done.text;
    result.push(
      previous !== undefined && !done.added
        ? { ...previous, edit }
        : {
            edit,
            added: done.added || (previous?.added ?? file.adopt),
            before: previous?.before ?? done.before,
            created: previous?.created ?? created,
          },
    );
  }
  // A file of ours at first, or made for our entries, goes with the last of them unless somebody wrote into it since.
  const created = file.owned.some((entry) => entry.created);
  const initial = file.owned.find((entry) => entry.edit.initial !== undefined)?.edit.initial;
  const untouched = text !== undefined && (created ? text === initial : blobId(text) === file.initialFile);
  if (file.desired.length === 0 && untouched) text = undefined;
  return { text, owned: result, foreign };
}

/** The text without entries of ours that aren't desired any more, the last one first. */
function removed({ path, text, desired, owned, dangles }: FileToEdit, foreign: string[]): string | undefined {
  const keep = new Set(desired.map(editKey));
  const going = owned.filter((entry) => !keep.has(editKey(entry.edit))).reverse();
  for (const { edit, added, before } of going) {
    const found = text === undefined ? undefined : foundEntry(text, edit);
    if (text === undefined || found === undefined || !(added || dangles(edit))) continue;
    if (sameContent(found, edit)) text = removeEntry(text, edit, before);
    else if (added) foreign.push(foreignEntry(path, found, edit));
  }
  return text;
}

/** True when the file has neither what we wrote last nor what we would write. */
function isForeign(found: Edit | undefined, written: Edit, wanted: Edit): boolean {
  return found === undefined || !(sameContent(found, written) || sameContent(found, wanted));
}

function initialText({ initial }: Edit): string {
  if (initial === undefined) throw new EditError("the file isn't there, and its other content isn't ours");
  return initial;
}
