import { posix } from "node:path";
import { isSeq, stringify, type CST, type YAMLSeq } from "yaml";
import {
  afterComments,
  dataOf,
  isBlank,
  EditError,
  TakenError,
  endOf,
  indented,
  insertLines,
  isNull,
  lineEnd,
  lineStart,
  locate,
  type Place,
  rangeOf,
  removeFromFlow,
  removeLines,
  sameData,
  type Before,
  type Edited,
} from "./edit-text";
import { restoreCollection, startCollection } from "./map-edits";
import { renderFlow, renderLines } from "./render";
import { catchAllFor, ingressPosition, isHidden } from "./rule-position";
import { CATCH_ALL } from "../../../manifests/cloudflare/ingress-rules";
import type { ListEdit } from "../../../manifests/git/edits";

/** Ensures the entry. `previous` is the entry that we wrote before under the same identity, which may be replaced. */
export function ensureInList(
  text: string,
  edit: ListEdit,
  previous?: ListEdit["entry"],
  { fresh = false, now }: { readonly fresh?: boolean; readonly now?: number } = {},
): Edited {
  if (isBlank(text) && edit.list.length === 1) return startFile(text, edit);
  const place = locate(text, edit.list);
  const { node } = place;
  const added = edit.position === "ingress" ? catchAllFor(entriesOf(place)) : undefined;
  if (!isSeq(node)) {
    if (node !== undefined && !isNull(node)) throw new EditError(`'${edit.list.join(".")}' isn't a list`);
    const whole = added === undefined ? [inOrder(edit)] : [inOrder(edit), added.rule];
    const started = startCollection(text, place, edit.list, whole, renderLines(whole));
    return added === undefined
      ? started
      : { ...started, before: `catch-all after 0, ${started.before}` as Before };
  }
  const index = findEntry(place, edit);
  if (index >= 0) {
    const found = entriesOf(place)[index];
    if (same(found, edit.entry)) {
      if (previous !== undefined && isHidden(entriesOf(place), index, edit))
        return ensureInList(removeAt(text, node, index), edit);
      const complete = added === undefined ? text : insert(text, place, added.rule, node.items.length);
      return { text: complete, added: false, before: "list" };
    }
    if (previous === undefined || !same(found, previous)) {
      throw new TakenError(
        `${edit.list.join(".")} already has an entry for ${describe(edit)} that isn't ours:\n${stringify(found)}` +
          "→ Remove that entry, or give this one the same content.",
      );
    }
    return ensureInList(removeAt(text, node, index), edit, undefined, { now: index });
  }
  const before = node.flow === true && node.items.length === 0 ? "[]" : "list";
  if (fresh && before === "[]") {
    const [start, end] = rangeOf(node);
    const gap = /[ \t]*$/.exec(text.slice(0, start))?.[0].length ?? 0;
    return { ...ensureInList(text.slice(0, start - gap) + text.slice(end), edit), before };
  }
  if (added !== undefined) {
    const complete = insert(text, place, added.rule, node.items.length);
    return {
      ...ensureInList(complete, edit, undefined, { now }),
      before: `catch-all after ${added.after}, ${before}`,
    };
  }
  const { position } = edit;
  const last = position === "first" ? 0 : node.items.length;
  const at = position === "ingress" ? ingressPosition(entriesOf(place), edit, now) : last;
  return { text: insert(text, place, inOrder(edit), at), added: true, before };
}

/** The first line of a file that has comments alone, or nothing. */
function startFile(text: string, edit: ListEdit): Edited {
  const catchAll = edit.position === "ingress" ? [CATCH_ALL] : [];
  const lines = renderLines({ [edit.list[0] ?? ""]: [inOrder(edit), ...catchAll] }, false);
  return {
    text: insertLines(text, text.length, lines),
    added: true,
    before: catchAll.length === 0 ? "missing" : "catch-all after 0, missing",
  };
}

/**
 * Appends the texts that a list of lines lacks, all at once.
 * @returns which of them were missing; undefined when the list is none of lines
 */
export function appendTexts(
  text: string,
  edits: readonly ListEdit[],
): { readonly text: string; readonly added: readonly boolean[] } | undefined {
  const [first] = edits;
  const place = first === undefined ? undefined : locate(text, first.list);
  if (place === undefined || !isSeq(place.node) || place.node.flow === true) return undefined;
  const there = new Set(entriesOf(place).map((entry) => identityOf(entry, undefined)));
  const added = edits.map(({ entry }) => {
    const identity = identityOf(entry, undefined);
    return !there.has(identity) && there.add(identity).size > 0;
  });
  const missing = edits.filter((_, index) => added[index]).map(({ entry }) => entry);
  if (missing.length === 0) return { text, added };
  return { text: insertBlock(text, place.node, missing, place.node.items.length), added };
}

/** Removes our entry; a list that only we filled becomes what it was `before`. A missing entry is no error. */
export function removeFromList(text: string, edit: ListEdit, before: Before): string {
  const place = locate(text, edit.list);
  const { node } = place;
  if (!isSeq(node)) return text;
  const index = findEntry(place, edit);
  if (index < 0) return text;
  const removed = removeAt(text, node, index);
  const [, after, form = before] = /^catch-all after (\d+), ([^]*)$/.exec(before) ?? [];
  const rest = entriesOf(place).toSpliced(index, 1);
  if (after !== undefined && rest.length === Number(after) + 1 && sameData(rest.at(-1), CATCH_ALL)) {
    const whole = { ...edit, entry: CATCH_ALL as unknown as Record<string, unknown>, identity: undefined };
    return removeFromList(removed, whole, form as Before);
  }
  const only = node.items.length === 1 && (node.flow !== true || form.startsWith(":") || form === "missing");
  return only ? restoreCollection(text, removed, place, edit.list, form as Before) : removed;
}

/** Takes texts out of a list of lines that keeps others; undefined when it is none or keeps none. */
export function removeTexts(text: string, edits: readonly ListEdit[]): string | undefined {
  const [first] = edits;
  const place = first === undefined ? undefined : locate(text, first.list);
  const node = place?.node;
  if (place === undefined || !isSeq(node) || node.flow === true) return undefined;
  const ours = new Set(edits.map(({ entry }) => identityOf(entry, undefined)));
  const seen = new Set<string>();
  const going = entriesOf(place).flatMap((entry, index) => {
    const identity = identityOf(entry, undefined);
    if (!ours.has(identity) || seen.has(identity)) return [];
    seen.add(identity);
    return [index];
  });
  if (going.length === node.items.length) return undefined;
  return going.reduceRight((left, index) => removeAt(left, node, index), text);
}

/** True when the entry is in the list with just this content. */
export function isInList(text: string, edit: ListEdit): boolean {
  const place = locate(text, edit.list);
  if (!isSeq(place.node)) return false;
  const index = findEntry(place, edit);
  return index >= 0 && same(entriesOf(place)[index], edit.entry);
}

/** Puts an entry before the one at `index`, or last, in the list's own style. */
function insert(text: string, place: Place, entry: unknown, index: number): string {
  const list = place.node as YAMLSeq;
  return list.flow === true ? insertFlow(text, list, entry, index) : insertBlock(text, list, [entry], index);
}

function insertFlow(text: string, list: YAMLSeq, data: unknown, index: number): string {
  const entry = renderFlow(data);
  const next = list.items[index];
  if (next !== undefined) {
    const start = rangeOf(next)[0];
    const indent = text.slice(lineStart(text, start), start);
    const gap = /^[ \t]+$/.test(indent) ? (text.includes("\r\n") ? "\r\n" : "\n") + indent : " ";
    return `${text.slice(0, start)}${entry},${gap}${text.slice(start)}`;
  }
  const close = text.lastIndexOf("]", (list.range?.[1] ?? 0) - 1);
  const last = list.items.at(-1);
  if (last === undefined) return `${text.slice(0, close)}${entry}${text.slice(close)}`;
  const end = rangeOf(last)[1];
  return `${text.slice(0, end)}, ${entry}${text.slice(end)}`;
}

function insertBlock(text: string, list: YAMLSeq, entries: readonly unknown[], index: number): string {
  const dash = dashOffset(list, 0);
  const indent = text.slice(lineStart(text, dash), dash);
  if (!/^ *$/.test(indent)) throw new EditError("the list doesn't start on a line of its own");
  const next = index < list.items.length ? dashOffset(list, index) : undefined;
  const previous = list.items[index - 1];
  const end =
    previous === undefined ? undefined : afterComments(text, lineEnd(text, endOf(previous)), indent.length);
  const at =
    next === undefined ? (end ?? text.length) : aboveComments(text, lineStart(text, next), end, indent);
  return insertLines(text, at, indented(renderLines(entries), indent));
}

/** Above the comments that stand directly over an entry, which are about it; else right after the entry before. */
function aboveComments(text: string, from: number, end: number | undefined, indent: string): number {
  let at = from;
  const least = end ?? 0;
  while (at > least) {
    const start = lineStart(text, at - 1);
    const line = text.slice(start, at);
    if (start < least || !/^ *#/.test(line) || line.indexOf("#") > indent.length) break;
    at = start;
  }
  return end !== undefined && /^\s*$/.test(text.slice(end, at)) ? end : at;
}

/** Takes one entry out, with the comment on its own lines, and nothing else. */
function removeAt(text: string, list: YAMLSeq, index: number): string {
  if (list.flow === true) {
    const ranges = list.items.map((item): [number, number] => [rangeOf(item)[0], rangeOf(item)[1]]);
    return removeFromFlow(text, ranges, index);
  }
  const end = lineEnd(text, endOf(list.items[index]));
  return removeLines(text, lineStart(text, dashOffset(list, index)), end);
}

function entriesOf(place: Place): unknown[] {
  return isSeq(place.node) ? (dataOf(place) as unknown[]) : [];
}

function findEntry(place: Place, edit: ListEdit): number {
  const wanted = identityOf(edit.entry, edit.identity);
  return entriesOf(place).findIndex((entry) => identityOf(entry, edit.identity) === wanted);
}

/** What makes an entry the same one, whoever writes it. */
export function entryIdentity({ entry, identity }: ListEdit): string {
  return identityOf(entry, identity);
}

function identityOf(entry: unknown, keys: readonly string[] | undefined): string {
  if (typeof entry === "string")
    return entry.includes("://") ? entry : posix.normalize(entry).replace(/(?<=.)\/$/, "");
  if (keys === undefined || entry === null || typeof entry !== "object") return JSON.stringify(entry);
  return JSON.stringify(keys.map((key) => (entry as Record<string, unknown>)[key] ?? null));
}

/** What makes an entry the same one across runs. */
export function listKey({ entry, identity }: ListEdit): unknown {
  return typeof entry === "string" || identity === undefined
    ? entry
    : identity.map((key) => entry[key] ?? null);
}

function same(left: unknown, right: unknown): boolean {
  return typeof left === "string" && typeof right === "string"
    ? identityOf(left, undefined) === identityOf(right, undefined)
    : sameData(left, right);
}

function describe(edit: ListEdit): string {
  if (typeof edit.entry === "string") return `'${edit.entry}'`;
  const entry = edit.entry;
  const keys = edit.identity?.filter((key) => entry[key] !== undefined) ?? Object.keys(entry);
  return keys.map((key) => `${key} ${JSON.stringify(entry[key])}`).join(", ");
}

/** The engine passes maps on with sorted keys: what identifies an entry comes first again, and nested maps last. */
function inOrder({ entry, identity = [] }: ListEdit): unknown {
  if (typeof entry === "string") return entry;
  const rank = ([key, value]: [string, unknown]): number =>
    identity.includes(key) ? 0 : value === null || typeof value !== "object" ? 1 : 2;
  return Object.fromEntries(Object.entries(entry).sort((left, right) => rank(left) - rank(right)));
}

function dashOffset(list: YAMLSeq, index: number): number {
  const token = list.srcToken as CST.BlockSequence | undefined;
  const dash = token?.items[index]?.start.find((start) => start.type === "seq-item-ind");
  if (dash === undefined) throw new EditError("an entry of this list has no position");
  return dash.offset;
}
