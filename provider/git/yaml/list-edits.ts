import { CST, isSeq, stringify, YAMLSeq } from "yaml";
import {
  EditError,
  indented,
  insertLines,
  isNull,
  lineEnd,
  lineStart,
  locate,
  rangeOf,
  removeFromFlow,
  removeLines,
  sameData,
  type Before,
  type Edited,
} from "./edit-text";
import { restoreCollection, startCollection } from "./map-edits";
import type { ListEdit } from "../../../manifests/git/edits";

/** Ensures the entry. `previous` is the entry that we wrote before under the same identity, which may be replaced. */
export function ensureInList(
  text: string,
  edit: ListEdit,
  previous?: ListEdit["entry"],
  fresh = false,
): Edited {
  const place = locate(text, edit.list);
  const { node } = place;
  if (!isSeq(node)) {
    if (node !== undefined && !isNull(node)) throw new EditError(`'${edit.list.join(".")}' isn't a list`);
    return startCollection(text, place, edit.list, [inOrder(edit)], render(edit));
  }
  const index = findEntry(node, edit);
  if (index >= 0) {
    const found = node.toJSON()[index];
    if (same(found, edit.entry)) return { text, added: false, before: "list" };
    if (previous === undefined || !same(found, previous)) {
      throw new EditError(
        `${edit.list.join(".")} already has an entry for ${describe(edit)} that isn't ours:\n${stringify(found)}` +
          "→ Remove that entry, or give this one the same content.",
      );
    }
    return ensureInList(removeAt(text, node, index), edit);
  }
  const before = node.flow === true && node.items.length === 0 ? "[]" : "list";
  if (fresh && before === "[]") {
    const [start, end] = rangeOf(node);
    const gap = /[ \t]*$/.exec(text.slice(0, start))?.[0].length ?? 0;
    return { ...ensureInList(text.slice(0, start - gap) + text.slice(end), edit), before };
  }
  const insert = node.flow === true ? insertFlow : insertBlock;
  return { text: insert(text, node, edit), added: true, before };
}

/** Removes our entry; a list that only we filled becomes what it was `before`. A missing entry is no error. */
export function removeFromList(text: string, edit: ListEdit, before: Before): string {
  const place = locate(text, edit.list);
  const { node } = place;
  if (!isSeq(node)) return text;
  const index = findEntry(node, edit);
  if (index < 0) return text;
  const removed = removeAt(text, node, index);
  const only = node.items.length === 1 && node.flow !== true;
  return only ? restoreCollection(text, removed, place, edit.list, before) : removed;
}

/** True when the entry is in the list with just this content. */
export function isInList(text: string, edit: ListEdit): boolean {
  const { node } = locate(text, edit.list);
  if (!isSeq(node)) return false;
  const index = findEntry(node, edit);
  return index >= 0 && same(node.toJSON()[index], edit.entry);
}

function insertFlow(text: string, list: YAMLSeq, edit: ListEdit): string {
  const close = text.lastIndexOf("]", (list.range?.[1] ?? 0) - 1);
  const entry = JSON.stringify(edit.entry);
  const last = list.items.at(-1);
  if (last === undefined) return `${text.slice(0, close)}${entry}${text.slice(close)}`;
  const end = rangeOf(last)[1];
  return `${text.slice(0, end)}, ${entry}${text.slice(end)}`;
}

function insertBlock(text: string, list: YAMLSeq, edit: ListEdit): string {
  const index = edit.position === "ingress" ? ingressPosition(list, edit) : list.items.length;
  const dash = dashOffset(list, 0);
  const indent = text.slice(lineStart(text, dash), dash);
  if (!/^ *$/.test(indent))
    throw new EditError(`the list '${edit.list.join(".")}' doesn't start on a line of its own`);
  const previous = list.items[index - 1];
  const at = previous === undefined ? lineStart(text, dash) : lineEnd(text, rangeOf(previous)[1]);
  return insertLines(text, at, indented(render(edit), indent));
}

/** Index of the first rule that would take requests meant for ours (developers.cloudflare.com: rules match top to bottom). */
function ingressPosition(list: YAMLSeq, edit: ListEdit): number {
  const ours = edit.entry as { hostname?: string; path?: string };
  const index = (list.toJSON() as { hostname?: string; path?: string }[]).findIndex((rule) => {
    if (rule.hostname === undefined || rule.hostname === "" || rule.hostname === "*") return true;
    if (rule.hostname.startsWith("*.")) return ours.hostname?.endsWith(rule.hostname.slice(1)) === true;
    return rule.hostname === ours.hostname && ours.path !== undefined && rule.path === undefined;
  });
  return index < 0 ? list.items.length : index;
}

/** Takes one entry out, with the comment on its own lines, and nothing else. */
function removeAt(text: string, list: YAMLSeq, index: number): string {
  if (list.flow === true) {
    const ranges = list.items.map((item): [number, number] => [rangeOf(item)[0], rangeOf(item)[1]]);
    return removeFromFlow(text, ranges, index);
  }
  const [, end] = rangeOf(list.items[index]);
  return removeLines(text, lineStart(text, dashOffset(list, index)), lineEnd(text, end));
}

function findEntry(list: YAMLSeq, edit: ListEdit): number {
  const wanted = identityOf(edit.entry, edit.identity);
  return list.toJSON().findIndex((entry) => identityOf(entry, edit.identity) === wanted);
}

/** What makes an entry the same one, whoever writes it. */
export function entryIdentity({ entry, identity }: ListEdit): string {
  return identityOf(entry, identity);
}

function identityOf(entry: unknown, keys: readonly string[] | undefined): string {
  if (typeof entry === "string") return entry.replace(/^\.\//, "").replace(/\/$/, "");
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

function render(edit: ListEdit): string {
  return stringify([inOrder(edit)], { lineWidth: 0 }).trimEnd();
}

function dashOffset(list: YAMLSeq, index: number): number {
  const token = list.srcToken as CST.BlockSequence | undefined;
  const dash = token?.items[index]?.start.find((start) => start.type === "seq-item-ind");
  if (dash === undefined) throw new EditError("an entry of this list has no position");
  return dash.offset;
}
