import { isDeepStrictEqual } from "node:util";
import { CATCH_ALL } from "../../../manifests/cloudflare/ingress-rules";
import type { Edit } from "../../../manifests/git/edits";
import { EditError, sameData } from "./edit-text";
import { entryIdentity } from "./list-edits";
import { readAs, VERSIONS } from "./readers";
import { isObject } from "../../../manifests/shape";

/**
 * Reads an edited file as its readers do, and compares it with what it was: all that isn't one of `edits` must have the
 * same data in both versions of YAML, and `wanted` must be there as meant.
 * @throws EditError when an edit changed the meaning of something else, or has another one itself
 */
export function readBack(
  before: string,
  after: string,
  edits: readonly Edit[],
  wanted: readonly Edit[],
): void {
  if (before === after) return;
  for (const version of VERSIONS) {
    const [was, is] = [readAs(before, version), readAs(after, version)];
    // What this reader couldn't read before isn't lost to it.
    if (was === undefined) continue;
    if (is === undefined || !isDeepStrictEqual(withoutOurs(was, edits), withoutOurs(is, edits)))
      throw new EditError(
        `with our entries a reader of YAML ${version} would take other lines of this file for something else: ` +
          "anchors, merge keys or an unusual layout may be the reason\n" +
          `→ Write the place of ${edits.map(nameOf).slice(0, 3).join(", ")} as a plain list or map with one entry a line.`,
      );
    const wrong = wanted.find((edit) => !is.some((document) => holds(document, edit)));
    if (wrong !== undefined)
      throw new EditError(
        `a reader of YAML ${version} wouldn't find ${nameOf(wrong)} as it is meant\n` +
          "→ Write its place as a plain list or map with one entry a line.",
      );
  }
  const texts = new Set(
    edits.flatMap(({ within }) => (within === undefined ? [] : [JSON.stringify(within)])),
  );
  for (const place of texts) {
    const inside = (edit: Edit): boolean => JSON.stringify(edit.within) === place;
    const [was, is] = [before, after].map((text) => embedded(text, JSON.parse(place) as string[]));
    if (was !== undefined && is !== undefined)
      readBack(was, is, edits.filter(inside).map(bare), wanted.filter(inside).map(bare));
  }
}

function nameOf(edit: Edit): string {
  return "list" in edit
    ? `${edit.list.join(".")}: ${entryIdentity(edit)}`
    : [...edit.map, edit.key].join(".");
}

function bare({ within: _, ...edit }: Edit): Edit {
  return edit;
}

function embedded(text: string, path: readonly string[]): string | undefined {
  return readAs(text, "1.2")
    ?.map((document) => at(document, path))
    .find((value) => typeof value === "string");
}

function at(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), data);
}

function holds(document: unknown, edit: Edit): boolean {
  if (edit.within !== undefined) {
    const text = at(document, edit.within);
    return typeof text === "string" && (readAs(text, "1.2") ?? []).some((inner) => holds(inner, bare(edit)));
  }
  if ("map" in edit) {
    const map = at(document, edit.map);
    return isObject(map) && edit.key in map && sameData(map[edit.key], edit.value);
  }
  const list = at(document, edit.list);
  if (!Array.isArray(list)) return false;
  const { entry } = edit;
  // Spelled either way: a resource may have been listed before us.
  return list.some((found) =>
    typeof entry === "string" && typeof found === "string"
      ? entryIdentity({ ...edit, entry: found }) === entryIdentity(edit)
      : sameData(found, entry),
  );
}

/** A file's data with all that edits may change taken out of it. */
function withoutOurs(documents: readonly unknown[], edits: readonly Edit[]): unknown[] {
  const groups = new Map<string, Edit[]>();
  for (const edit of edits) {
    const place = edit.within ?? ("list" in edit ? edit.list : edit.map);
    const key = JSON.stringify(place);
    groups.set(key, [...(groups.get(key) ?? []), edit]);
  }
  return documents.flatMap((document) => {
    let data = document;
    for (const [key, group] of groups)
      data = replaced(data, JSON.parse(key) as string[], (value) => rest(value, group));
    // One that holds nothing is none: the first line of a blank file makes one.
    const isNothing =
      data === undefined || data === null || (isObject(data) && Object.keys(data).length === 0);
    return isNothing ? [] : [data];
  });
}

/** What is left of a list, map or text; undefined when that is nothing. */
function rest(value: unknown, edits: readonly Edit[]): unknown {
  if (edits.some(({ within }) => within !== undefined)) return typeof value === "string" ? "text" : value;
  if (Array.isArray(value)) {
    const lists = edits.filter((edit) => "list" in edit);
    const ours = new Set(lists.map(entryIdentity));
    const [like] = lists;
    if (like === undefined) return value;
    const left = value.filter(
      (entry: unknown) => !ours.has(entryIdentity({ ...like, entry: entry as string })),
    );
    const ingress = lists.some(({ position }) => position === "ingress");
    if (ingress && sameData(left.at(-1), CATCH_ALL)) left.pop();
    return left.length === 0 ? undefined : left;
  }
  if (isObject(value)) {
    const ours = new Set(edits.flatMap((edit) => ("map" in edit ? [edit.key] : [])));
    const left = Object.entries(value).filter(([key]) => !ours.has(key));
    return left.length === 0 ? undefined : Object.fromEntries(left);
  }
  return value ?? undefined;
}

function replaced(
  data: unknown,
  [key, ...path]: readonly string[],
  change: (value: unknown) => unknown,
): unknown {
  if (key === undefined) return change(data);
  if (!isObject(data)) return data;
  const value = replaced(data[key], path, change);
  const { [key]: _, ...others } = data;
  return value === undefined ? others : { ...others, [key]: value };
}
