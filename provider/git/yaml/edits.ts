import { isScalar } from "yaml";
import { editEmbedded, ifReadable, locate, type Before, type Edited } from "./edit-text";
import {
  appendTexts,
  ensureInList,
  entryIdentity,
  isInList,
  listKey,
  removeFromList,
  removeTexts,
} from "./list-edits";
import { ensureInMap, isInMap, removeFromMap } from "./map-edits";
import { readBack } from "./read-back";
import type { Edit, ListEdit } from "../../../manifests/git/edits";

/**
 * Ensures one entry, and reads the file back. `previous` is what we wrote before under the same identity.
 * @throws EditError when an entry of others is in the way, or the file can't be edited without touching theirs
 */
export function ensureEntry(text: string, edit: Edit, previous?: Edit, fresh = false): Edited {
  const edited = writeEntry(text, edit, previous, fresh);
  readBack(text, edited.text, [edit], [edit]);
  return edited;
}

/** Removes one entry, and reads the file back. */
export function removeEntry(text: string, edit: Edit, before: Before): string {
  const removed = takeEntry(text, edit, before);
  readBack(text, removed, [edit], []);
  return removed;
}

/**
 * Ensures the entry. `previous` is what we wrote before under the same identity, which may be replaced; `fresh` says
 * that the file is a new one of ours, whose empty list (`[]`) becomes one of lines. The result has to be read back, see
 * read-back.ts.
 * @throws EditError when an entry of others is in the way, or the file can't be edited without touching theirs
 */
function writeEntry(text: string, edit: Edit, previous?: Edit, fresh = false): Edited {
  if (edit.within !== undefined) {
    const { within, ...inner } = edit;
    let result: Edited | undefined;
    const outer = editEmbedded(text, within, (embedded) => {
      result = writeEntry(embedded, inner, previous, fresh);
      return result.text;
    });
    return { text: outer, added: result?.added ?? false, before: result?.before ?? "list" };
  }
  return "list" in edit
    ? ensureInList(text, edit, previous && "list" in previous ? previous.entry : undefined, { fresh })
    : ensureInMap(text, edit, previous && "map" in previous ? previous.value : undefined);
}

/** Ensures all entries, one after the other; many of one list are put there at once. To be read back as well. */
export function writeEntries(
  text: string,
  entries: readonly { readonly edit: Edit; readonly replaces?: Edit | undefined }[],
  fresh = false,
): { readonly text: string; readonly results: readonly Omit<Edited, "text">[] } {
  const results: Omit<Edited, "text">[] = [];
  let now = text;
  while (results.length < entries.length) {
    const [first, ...rest] = entries.slice(results.length).map(({ edit }) => edit);
    const replaces = entries[results.length]?.replaces;
    if (first === undefined) break;
    const edited = writeEntry(now, first, replaces, fresh);
    now = edited.text;
    results.push({ added: edited.added, before: edited.before });
    if (!isPlainText(first)) continue;
    const others = rest.findIndex(
      (edit) => !isPlainText(edit) || edit.list.join("\0") !== first.list.join("\0"),
    );
    const batch = rest.slice(0, others < 0 ? rest.length : others).filter(isPlainText);
    const appended = batch.length > 1 ? appendTexts(now, batch) : undefined;
    if (appended === undefined) continue;
    now = appended.text;
    results.push(...appended.added.map((added) => ({ added, before: "list" as const })));
  }
  return { text: now, results };
}

/** Removes entries, the last one first; many of one list at once. To be read back as well. */
export function takeEntries(
  text: string,
  entries: readonly { readonly edit: Edit; readonly before: Before }[],
): string {
  const lists = new Map<string, ListEdit[]>();
  for (const { edit, before } of entries) {
    if (before !== "list" || !isPlainText(edit)) continue;
    const key = JSON.stringify(edit.list);
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [edit]);
    else list.push(edit);
  }
  let now = text;
  const done = new Set<Edit>();
  for (const edits of lists.values()) {
    const removed = edits.length > 1 ? removeTexts(now, edits) : undefined;
    if (removed === undefined) continue;
    now = removed;
    for (const edit of edits) done.add(edit);
  }
  return entries
    .filter(({ edit }) => !done.has(edit))
    .reduceRight((left, { edit, before }) => takeEntry(left, edit, before), now);
}

function isPlainText(edit: Edit): edit is ListEdit {
  return (
    "list" in edit &&
    edit.within === undefined &&
    typeof edit.entry === "string" &&
    edit.position !== "ingress"
  );
}

/** Removes our entry; a list or map that only we filled becomes what it was `before`. A missing entry is no error. */
function takeEntry(text: string, edit: Edit, before: Before): string {
  if (edit.within !== undefined) {
    const { within, ...inner } = edit;
    return editEmbedded(text, within, (embedded) => takeEntry(embedded, inner, before));
  }
  return "list" in edit ? removeFromList(text, edit, before) : removeFromMap(text, edit, before);
}

/** True when the entry is in the file with just this content; a file that can't be read has none. */
export function hasEntry(text: string, edit: Edit): boolean {
  return ifReadable(() => isThere(text, edit)) ?? false;
}

function isThere(text: string, edit: Edit): boolean {
  if (edit.within !== undefined) {
    const { within, ...inner } = edit;
    const scalar = locate(text, within).node;
    return isScalar(scalar) && typeof scalar.value === "string" && isThere(scalar.value, inner);
  }
  return "list" in edit ? isInList(text, edit) : isInMap(text, edit);
}

/** Entries are the same across runs by place and identity, so that a changed one replaces its former self. */
export function editKey(edit: Edit): string {
  const { within = [] } = edit;
  return JSON.stringify(
    "list" in edit ? [within, edit.list, listKey(edit)] : [within, edit.map, edit.key, "map"],
  );
}

/** An entry's place and identity in words, the same whoever writes it: `resources: calcom`, `data.LOG_LEVEL`. */
export function editName(edit: Edit): string {
  const { within = [] } = edit;
  return "list" in edit
    ? `${[...within, ...edit.list].join(".")}: ${entryIdentity(edit)}`
    : [...within, ...edit.map, edit.key].join(".");
}
