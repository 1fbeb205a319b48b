import { isMap, isScalar, stringify, YAMLMap } from "yaml";
import {
  EditError,
  indentAt,
  indented,
  insertLines,
  lineEnd,
  lineStart,
  locate,
  pairIndex,
  parentMap,
  rangeOf,
  removeLines,
} from "./edit-text";
import type { Before, Edited } from "./edits";

/** One entry in a map of a file that others own too: a key of a ConfigMap's `data`, a label, a value of a chart. */
export interface MapEdit {
  /** Keys down to a block scalar (`|`) that holds YAML itself, such as `["data", "values.yaml"]` of a ConfigMap. */
  readonly within?: readonly string[];
  /** Keys down to the map, such as `["data"]`; none for the document itself. */
  readonly map: readonly string[];
  readonly key: string;
  /** Anything that JSON can hold. */
  readonly value: unknown;
  /** Text of the file when there is none yet; without it a missing file is an error. */
  readonly initial?: string;
}

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
    const found = map.items[index]?.toJSON(undefined, undefined) as Record<string, unknown>;
    if (same(found[key], value)) return { text, added: false, before: "map" };
    if (previous === undefined || !same(found[key], previous)) {
      throw new EditError(
        `${[...path, key].join(".")} already has a value that isn't ours:\n${stringify(found)}` +
          "→ Remove that entry, or give this one the same value.",
      );
    }
    return { text: replacePair(text, map, index, value), added: true, before: "map" };
  }
  if (path.length === 0 || (map !== undefined && !isNull(map))) {
    throw new EditError(`'${path.join(".")}' isn't a map`);
  }
  const parent = parentMap(place, path);
  const last = path.at(-1) ?? "";
  if (map === undefined) {
    return { text: insertPair(text, parent, last, { [key]: value }), added: true, before: "missing" };
  }
  const at = rangeOf(parent.items[pairIndex(parent, last)]?.key)[0];
  const lines = indented(render(key, value), `${indentAt(text, at)}  `);
  return { text: insertLines(text, lineEnd(text, at), lines), added: true, before: "null" };
}

/** Removes our entry; a map that only we filled becomes what it was `before`. A missing entry is no error. */
export function removeFromMap(text: string, { map: path, key }: MapEdit, before: Before): string {
  const place = locate(text, path);
  const map = place.node;
  if (!isMap(map)) return text;
  const index = pairIndex(map, key);
  if (index < 0) return text;
  if (map.items.length > 1 || path.length === 0 || (map.flow === true && before !== "missing")) {
    return removePair(text, map, index);
  }
  const parent = parentMap(place, path);
  const outer = pairIndex(parent, path.at(-1) ?? "");
  if (before === "missing") return removePair(text, parent, outer);
  const removed = removePair(text, map, index);
  return before === "{}" ? writeEmpty(removed, rangeOf(parent.items[outer]?.key)[1], "{}") : removed;
}

/** True when the entry is in the map with just this value. */
export function isInMap(text: string, { map: path, key, value }: MapEdit): boolean {
  const { node } = locate(text, path);
  return (
    isMap(node) && pairIndex(node, key) >= 0 && same((node.toJSON() as Record<string, unknown>)[key], value)
  );
}

/** Adds a pair at the end of a map, in the map's own style. */
export function insertPair(text: string, map: YAMLMap, key: string, value: unknown): string {
  const last = map.items.at(-1);
  if (map.flow === true) {
    const pair = `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    const end =
      last === undefined ? text.indexOf("{", rangeOf(map)[0]) + 1 : rangeOf(last.value ?? last.key)[1];
    return `${text.slice(0, end)}${last === undefined ? "" : ", "}${pair}${text.slice(end)}`;
  }
  if (last === undefined) throw new EditError("an entry of this file has no position");
  const indent = indentAt(text, rangeOf(map.items[0]?.key)[0]);
  const end = lineEnd(text, rangeOf(last.value ?? last.key)[1]);
  return insertLines(text, end, indented(render(key, value), indent));
}

/** Takes a pair out, with a comment on its own lines, and nothing else. */
export function removePair(text: string, map: YAMLMap, index: number): string {
  const pair = map.items[index];
  const [start] = rangeOf(pair?.key);
  const [, end] = rangeOf(pair?.value ?? pair?.key);
  if (map.flow !== true) {
    indentAt(text, start);
    return removeLines(text, lineStart(text, start), lineEnd(text, end));
  }
  const [previous, next] = [map.items[index - 1], map.items[index + 1]];
  if (previous !== undefined)
    return text.slice(0, rangeOf(previous.value ?? previous.key)[1]) + text.slice(end);
  return text.slice(0, start) + text.slice(next === undefined ? end : rangeOf(next.key)[0]);
}

/** Writes an empty list or map after a key (whose text ends at `end`) that has lost all its entries. */
export function writeEmpty(text: string, end: number, empty: "{}" | "[]"): string {
  const colon = text.indexOf(":", end) + 1;
  return `${text.slice(0, colon)} ${empty}${text.slice(colon)}`;
}

function replacePair(text: string, map: YAMLMap, index: number, value: unknown): string {
  const pair = map.items[index];
  const [start] = rangeOf(pair?.key);
  const [, end] = rangeOf(pair?.value ?? pair?.key);
  const key = isScalar(pair?.key) ? String(pair.key.value) : "";
  if (map.flow === true) {
    return `${text.slice(0, start)}${JSON.stringify(key)}: ${JSON.stringify(value)}${text.slice(end)}`;
  }
  const indent = indentAt(text, start);
  const from = lineStart(text, start);
  const removed = removeLines(text, from, lineEnd(text, end));
  return insertLines(removed, Math.min(from, removed.length), indented(render(key, value), indent));
}

function render(key: string, value: unknown): string {
  return stringify({ [key]: value }, { lineWidth: 0, indentSeq: false }).trimEnd();
}

function isNull(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function same(left: unknown, right: unknown): boolean {
  return stringify(left, { sortMapEntries: true }) === stringify(right, { sortMapEntries: true });
}
