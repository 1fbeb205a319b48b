import { isMap, isScalar, stringify, YAMLMap } from "yaml";
import {
  afterComments,
  dataOf,
  EditError,
  TakenError,
  endOf,
  indentAt,
  indented,
  insertLines,
  isNull,
  lineEnd,
  lineStart,
  locate,
  pairIndex,
  parentMap,
  type Place,
  rangeOf,
  removeFromFlow,
  removeLines,
  sameData,
  type Before,
  type Edited,
} from "./edit-text";
import { renderFlow, renderLines } from "./render";
import type { MapEdit } from "../../../manifests/git/edits";

/** Ensures the entry. `previous` is the value that we wrote before, which may be replaced. */
export function ensureInMap(text: string, edit: MapEdit, previous?: unknown): Edited {
  const result = ensure(text, edit, previous);
  if (isInMap(result.text, edit)) return result;
  throw new EditError(`'${edit.map.join(".")}' is written in a form that can't be edited line by line`);
}

function ensure(text: string, edit: MapEdit, previous?: unknown): Edited {
  const { map: path, key, value } = edit;
  const place = locate(text, path);
  const map = place.node ?? undefined;
  if (isMap(map)) {
    const index = pairIndex(map, key);
    if (index < 0) {
      const before = map.items.length === 0 ? "{}" : "map";
      return { text: insertPair(text, map, key, value), added: true, before };
    }
    const found = { [key]: (dataOf(place) as Record<string, unknown>)[key] };
    if (sameData(found[key], value)) return { text, added: false, before: "map" };
    if (previous === undefined || !sameData(found[key], previous)) {
      throw new TakenError(
        `${[...path, key].join(".")} already has a value that isn't ours:\n${stringify(found)}` +
          "→ Remove that entry, or give this one the same value.",
      );
    }
    return { text: replacePair(text, map, index, value), added: true, before: "map" };
  }
  if (path.length === 0 || (map !== undefined && !isNull(map))) {
    throw new EditError(`'${path.join(".")}' isn't a map`);
  }
  return startCollection(text, place, path, { [key]: value }, indented(render(key, value), "  "));
}

/** Removes our entry; a map that only we filled becomes what it was `before`. A missing entry is no error. */
export function removeFromMap(text: string, { map: path, key }: MapEdit, before: Before): string {
  const place = locate(text, path);
  const map = place.node;
  if (!isMap(map)) return text;
  const index = pairIndex(map, key);
  if (index < 0) return text;
  const removed = removePair(text, map, index);
  const stays = map.flow === true && before !== "missing" && !before.startsWith(":");
  if (map.items.length > 1 || path.length === 0 || stays) return removed;
  return restoreCollection(text, removed, place, path, before);
}

/** True when the entry is in the map with just this value. */
export function isInMap(text: string, { map: path, key, value }: MapEdit): boolean {
  const place = locate(text, path);
  const { node } = place;
  return (
    isMap(node) &&
    pairIndex(node, key) >= 0 &&
    sameData((dataOf(place) as Record<string, unknown>)[key], value)
  );
}

/**
 * The first entry of a list or map that isn't there, or has no value. `whole` is the collection with it, `lines` are its
 * own, as they stand below the key.
 */
export function startCollection(
  text: string,
  place: Place,
  path: readonly string[],
  whole: unknown,
  lines: string,
): Edited {
  const parent = parentMap(place, path);
  const key = path.at(-1) ?? "";
  if (place.node === undefined) {
    return { text: insertPair(text, parent, key, whole), added: true, before: "missing" };
  }
  const [start, end] = rangeOf(parent.items[pairIndex(parent, key)]?.key);
  if (parent.flow === true) return startInFlow(text, place, whole);
  const { text: bare, before } = withoutNull(text, place, end);
  const below = indented(lines, indentAt(bare, start));
  return { text: insertLines(bare, lineEnd(bare, end), below), added: true, before };
}

/** A null that is spelled out (`~`) makes room, and is kept to be put back. */
function withoutNull(text: string, { node }: Place, keyEnd: number): { text: string; before: Before } {
  const [from, to] = rangeOf(node);
  const colon = text.indexOf(":", keyEnd) + 1;
  if (from === to) return { text, before: "null" };
  if (!/^[ \t]*$/.test(text.slice(colon, from)))
    throw new EditError(`'${text.slice(colon, to).trim()}' can't be replaced by a list or map`);
  return { text: text.slice(0, colon) + text.slice(to), before: `:${text.slice(colon, to)}` };
}

function startInFlow(text: string, { node }: Place, whole: unknown): Edited {
  const [from, to] = rangeOf(node);
  if (from === to) throw new EditError("a key without a value in a flow map can't be edited");
  const changed = text.slice(0, from) + renderFlow(whole) + text.slice(to);
  return { text: changed, added: true, before: `:${text.slice(from, to)}` };
}

/** A list or map that has lost its only entry, which was ours (`removed` is the text without it), as it was before. */
export function restoreCollection(
  text: string,
  removed: string,
  place: Place,
  path: readonly string[],
  before: Before,
): string {
  if (before !== "missing" && before !== "[]" && before !== "{}" && !before.startsWith(":")) return removed;
  const parent = parentMap(place, path);
  const index = pairIndex(parent, path.at(-1) ?? "");
  if (before === "missing") return removePair(text, parent, index);
  if (parent.flow === true) {
    const [from, to] = rangeOf(place.node);
    return before.startsWith(":") ? text.slice(0, from) + before.slice(1) + text.slice(to) : removed;
  }
  const colon = removed.indexOf(":", rangeOf(parent.items[index]?.key)[1]) + 1;
  const value = before.startsWith(":") ? before.slice(1) : ` ${before}`;
  return `${removed.slice(0, colon)}${value}${removed.slice(colon)}`;
}

/** Adds a pair at the end of a map, in the map's own style. */
function insertPair(text: string, map: YAMLMap, key: string, value: unknown): string {
  const last = map.items.at(-1);
  if (map.flow === true) {
    const pair = `${JSON.stringify(key)}: ${renderFlow(value)}`;
    const end = last === undefined ? text.indexOf("{", rangeOf(map)[0]) + 1 : pairRange(last)[1];
    return `${text.slice(0, end)}${last === undefined ? "" : ", "}${pair}${text.slice(end)}`;
  }
  if (last === undefined) throw new EditError("an entry of this file has no position");
  const indent = indentAt(text, rangeOf(map.items[0]?.key)[0]);
  const at = afterComments(text, lineEnd(text, pairRange(last)[1]), indent.length);
  return insertLines(text, at, indented(render(key, value), indent));
}

/** Takes a pair out, with a comment on its own lines, and nothing else. */
function removePair(text: string, map: YAMLMap, index: number): string {
  if (map.flow === true) return removeFromFlow(text, map.items.map(pairRange), index);
  const [start, end] = pairRange(map.items[index]);
  indentAt(text, start);
  return removeLines(text, lineStart(text, start), lineEnd(text, end));
}

/** Where a pair stands: from its key to the end of its value. */
function pairRange(pair: YAMLMap["items"][number] | undefined): readonly [number, number] {
  return [rangeOf(pair?.key)[0], endOf(pair?.value ?? pair?.key)];
}

function replacePair(text: string, map: YAMLMap, index: number, value: unknown): string {
  const pair = map.items[index];
  const [start, end] = pairRange(pair);
  const key = isScalar(pair?.key) ? String(pair.key.value) : "";
  if (map.flow === true) {
    return `${text.slice(0, start)}${JSON.stringify(key)}: ${renderFlow(value)}${text.slice(end)}`;
  }
  const indent = indentAt(text, start);
  const from = lineStart(text, start);
  const removed = removeLines(text, from, lineEnd(text, end));
  return insertLines(removed, Math.min(from, removed.length), indented(render(key, value), indent));
}

function render(key: string, value: unknown): string {
  return renderLines({ [key]: value }, false);
}
