import { CST, isMap, isScalar, isSeq, Document, parseAllDocuments, Scalar, stringify, YAMLSeq } from "yaml";

/**
 * One entry in a list of a file that others own too: a resource of a kustomization, a rule of a cloudflared
 * configuration. Ours is ensured and removed; every other line stays byte for byte.
 */
export interface ListEdit {
  /** Keys down to a block scalar (`|`) that holds YAML itself, such as `["data", "config.yaml"]` of a ConfigMap. */
  readonly within?: readonly string[];
  /** Keys down to the list, such as `["resources"]`. */
  readonly list: readonly string[];
  readonly entry: string | Readonly<Record<string, unknown>>;
  /** Keys that make a map entry the same entry. For strings: the text, a leading `./` and a final `/` aside. */
  readonly identity?: readonly string[];
  /**
   * Where a new entry goes: `last`, or `ingress` for cloudflared, where the first match wins: before the catch-all,
   * before a wildcard that matches its hostname, and with a path before the same hostname without one.
   */
  readonly position?: "last" | "ingress";
  /** Text of the file when there is none yet; without it a missing file is an error. */
  readonly initial?: string;
}

/** What a list looked like before our first entry, so that taking the last one away restores it. */
export type ListBefore = "list" | "missing" | "null" | "[]";

export interface EditResult {
  readonly text: string;
  /** False when an equal entry of somebody else was there already. */
  readonly added: boolean;
  readonly before: ListBefore;
}

/** The file can't be edited without touching what others wrote, or an entry of others is in the way. */
export class EditError extends Error {
  override readonly name = "EditError";
}

interface Place {
  readonly document: Document.Parsed;
  readonly node: unknown;
}

/** Ensures the entry. `previous` is the entry that we wrote before under the same identity, which may be replaced. */
export function ensureEntry(text: string, edit: ListEdit, previous?: ListEdit["entry"]): EditResult {
  if (edit.within !== undefined) {
    const { within, ...inner } = edit;
    let result: EditResult | undefined;
    const outer = editEmbedded(text, within, (embedded) => {
      result = ensureEntry(embedded, inner, previous);
      return result.text;
    });
    return { text: outer, added: result?.added ?? false, before: result?.before ?? "list" };
  }
  const { document, node } = locate(text, edit.list);
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  if (!isSeq(node)) return { ...startList(text, document, node, edit, eol), added: true };
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
    return ensureEntry(removeAt(text, node, index), edit);
  }
  if (node.flow === true) return { text: insertFlow(text, node, edit), added: true, before: beforeOf(node) };
  return { text: insertBlock(text, node, edit, eol), added: true, before: "list" };
}

/** Removes our entry; a list that only we filled becomes what it was `before`. A missing entry is no error. */
export function removeEntry(text: string, edit: ListEdit, before: ListBefore): string {
  if (edit.within !== undefined) {
    const { within, ...inner } = edit;
    return editEmbedded(text, within, (embedded) => removeEntry(embedded, inner, before));
  }
  const { node } = locate(text, edit.list);
  if (!isSeq(node)) return text;
  const index = findEntry(node, edit);
  if (index < 0) return text;
  if (node.items.length > 1 || node.flow === true) return removeAt(text, node, index);
  const removed = removeAt(text, node, index);
  const key = edit.list.at(-1) ?? "";
  const header = new RegExp(`^([ ]*${escape(key)}:)[ \\t]*\\r?$`, "m");
  if (before === "missing")
    return removed.replace(new RegExp(`^[ ]*${escape(key)}:[ \\t]*(\\r?\\n|$)`, "m"), "");
  return before === "[]" ? removed.replace(header, "$1 []") : removed;
}

/** True when the entry is in the list with just this content. */
export function hasEntry(text: string, edit: ListEdit): boolean {
  if (edit.within !== undefined) {
    const scalar = locate(text, edit.within).node;
    return (
      isScalar(scalar) &&
      typeof scalar.value === "string" &&
      hasEntry(scalar.value, { ...edit, within: undefined })
    );
  }
  const { node } = locate(text, edit.list);
  if (!isSeq(node)) return false;
  const index = findEntry(node, edit);
  return index >= 0 && same(node.toJSON()[index], edit.entry);
}

/** Finds the one document in which the path resolves; for a key that no document has, the first whose parent is there. */
function locate(text: string, path: readonly string[]): Place {
  const documents = parseAllDocuments(text, { keepSourceTokens: true }) as Document.Parsed[];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) throw new EditError(`this isn't valid YAML: ${error.message}`);
  }
  const holders = documents.filter((document) => document.hasIn(path));
  if (holders.length > 1) {
    throw new EditError(
      `'${path.join(".")}' is in ${String(holders.length)} documents of this file; one can be edited`,
    );
  }
  const document =
    holders[0] ?? documents.find((candidate) => path.length === 1 && isMap(candidate.contents));
  if (document === undefined) throw new EditError(`there is no '${path.join(".")}' in this file`);
  return { document, node: document.getIn(path, true) };
}

function startList(
  text: string,
  document: Document.Parsed,
  node: unknown,
  edit: ListEdit,
  eol: string,
): { text: string; before: ListBefore } {
  const key = edit.list.at(-1) ?? "";
  if (node === undefined) {
    const end = isMap(document.contents) ? document.contents.range[1] : undefined;
    if (end === undefined || edit.list.length > 1)
      throw new EditError(`there is no '${edit.list.join(".")}' in this file`);
    const at = lineEnd(text, end);
    const glue = at > 0 && text[at - 1] !== "\n" ? eol : "";
    return {
      text: `${text.slice(0, at)}${glue}${key}:${eol}${render(edit, "", eol)}${eol}${text.slice(at)}`,
      before: "missing",
    };
  }
  const range = isScalar(node) && node.value === null ? node.range : undefined;
  if (range === undefined || range === null) {
    throw new EditError(`'${edit.list.join(".")}' isn't a list`);
  }
  const at = lineEnd(text, range[0]);
  return {
    text: `${text.slice(0, at)}${render(edit, "", eol)}${eol}${text.slice(at)}`,
    before: "null",
  };
}

function insertFlow(text: string, list: YAMLSeq, edit: ListEdit): string {
  const close = text.lastIndexOf("]", (list.range?.[1] ?? 0) - 1);
  const entry = JSON.stringify(edit.entry);
  const last = list.items.at(-1);
  if (last === undefined) return `${text.slice(0, close)}${entry}${text.slice(close)}`;
  const end = rangeOf(last)[1];
  return `${text.slice(0, end)}, ${entry}${text.slice(end)}`;
}

function insertBlock(text: string, list: YAMLSeq, edit: ListEdit, eol: string): string {
  const index = edit.position === "ingress" ? ingressPosition(list, edit) : list.items.length;
  const dash = dashOffset(list, 0);
  const indent = text.slice(text.lastIndexOf("\n", dash - 1) + 1, dash);
  if (!/^ *$/.test(indent))
    throw new EditError(`the list '${edit.list.join(".")}' doesn't start on a line of its own`);
  const previous = list.items[index - 1];
  const entry = render(edit, indent, eol);
  if (previous === undefined) {
    const at = text.lastIndexOf("\n", dash - 1) + 1;
    return `${text.slice(0, at)}${entry}${eol}${text.slice(at)}`;
  }
  const at = lineEnd(text, rangeOf(previous)[1]);
  return text[at - 1] === "\n"
    ? `${text.slice(0, at)}${entry}${eol}${text.slice(at)}`
    : `${text.slice(0, at)}${eol}${entry}${text.slice(at)}`;
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
  const item = list.items[index];
  if (list.flow === true) {
    const [start, end] = rangeOf(item);
    const next = list.items[index + 1];
    const previous = list.items[index - 1];
    if (previous !== undefined) return text.slice(0, rangeOf(previous)[1]) + text.slice(end);
    return text.slice(0, start) + text.slice(next === undefined ? end : rangeOf(next)[0]);
  }
  const start = text.lastIndexOf("\n", dashOffset(list, index) - 1) + 1;
  const end = lineEnd(text, rangeOf(item)[1]);
  const last = end === text.length && text[end - 1] !== "\n";
  // At the end of a file without a final newline the newline before the entry came with it.
  return text.slice(0, last ? text.slice(0, start).replace(/\r?\n$/, "").length : start) + text.slice(end);
}

function findEntry(list: YAMLSeq, edit: ListEdit): number {
  const wanted = identityOf(edit.entry, edit.identity);
  return list.toJSON().findIndex((entry) => identityOf(entry, edit.identity) === wanted);
}

function identityOf(entry: unknown, keys: readonly string[] | undefined): string {
  if (typeof entry === "string") return entry.replace(/^\.\//, "").replace(/\/$/, "");
  if (keys === undefined || entry === null || typeof entry !== "object") return JSON.stringify(entry);
  return JSON.stringify(keys.map((key) => (entry as Record<string, unknown>)[key] ?? null));
}

function same(left: unknown, right: unknown): boolean {
  return typeof left === "string" && typeof right === "string"
    ? identityOf(left, undefined) === identityOf(right, undefined)
    : stringify(left, { sortMapEntries: true }) === stringify(right, { sortMapEntries: true });
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

function render(edit: ListEdit, indent: string, eol: string): string {
  return stringify([inOrder(edit)], { lineWidth: 0 })
    .trimEnd()
    .split("\n")
    .map((line) => indent + line)
    .join(eol);
}

function beforeOf(list: YAMLSeq): ListBefore {
  return list.items.length === 0 ? "[]" : "list";
}

function rangeOf(node: unknown): readonly [number, number, number] {
  const range = (node as { range?: readonly [number, number, number] | null }).range;
  if (range === undefined || range === null) throw new EditError("an entry of this list has no position");
  return range;
}

function dashOffset(list: YAMLSeq, index: number): number {
  const token = list.srcToken as CST.BlockSequence | undefined;
  const dash = token?.items[index]?.start.find((start) => start.type === "seq-item-ind");
  if (dash === undefined) throw new EditError("an entry of this list has no position");
  return dash.offset;
}

/** Offset after the end of the line on which `offset` (the end of a value) lies. */
function lineEnd(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === "\n") return offset;
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

/** Edits YAML that is the text of a block scalar; lines that the edit doesn't touch keep their bytes. */
function editEmbedded(text: string, path: readonly string[], edit: (embedded: string) => string): string {
  const { node } = locate(text, path);
  if (!isScalar(node) || node.type !== Scalar.BLOCK_LITERAL || typeof node.value !== "string") {
    throw new EditError(`'${path.join(".")}' isn't a block of text (written with '|')`);
  }
  const [start, end] = rangeOf(node);
  const first = text.indexOf("\n", start) + 1;
  const lines = text.slice(first, end).split("\n");
  const indent = /^ */.exec(lines.find((line) => line.trim() !== "") ?? "")?.[0] ?? "";
  const dedented = lines.map((line) =>
    line.startsWith(indent) ? line.slice(indent.length) : line.trimStart(),
  );
  const edited = edit(dedented.join("\n")).split("\n");
  let head = 0;
  while (head < dedented.length && head < edited.length && dedented[head] === edited[head]) head++;
  let tail = 0;
  const limit = Math.min(dedented.length, edited.length) - head;
  while (tail < limit && dedented.at(-1 - tail) === edited.at(-1 - tail)) tail++;
  const changed = edited
    .slice(head, edited.length - tail)
    .map((line) => (line === "" ? line : indent + line));
  const result = [...lines.slice(0, head), ...changed, ...lines.slice(lines.length - tail)].join("\n");
  return text.slice(0, first) + result + text.slice(end);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
