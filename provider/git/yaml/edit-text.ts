import {
  Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  parseAllDocuments,
  Scalar,
  stringify,
  YAMLMap,
} from "yaml";

/**
 * What a list or map looked like before our first entry, so that taking the last one away restores it. With a colon:
 * the text that stood for a null, as in `: ~`. `catch-all after 2, list`: a list of two rules got its catch-all with it.
 */
export type Before = Form | `catch-all after ${number}, ${Form}`;
type Form = "list" | "map" | "missing" | "null" | "[]" | "{}" | `:${string}`;

export interface Edited {
  readonly text: string;
  /** False when an equal entry of somebody else was there already. */
  readonly added: boolean;
  readonly before: Before;
}

/** What edits of lists and of maps share: places in a YAML text, and the whole lines that are put there or taken away. */

/** The file can't be edited without touching what others wrote, or an entry of others is in the way. */
export class EditError extends Error {
  override readonly name: string = "EditError";
}

/** What is in an entry's place is somebody's: `adopt` takes it over. */
export class TakenError extends EditError {
  override readonly name = "TakenError";
}

/** What `look` finds in a file; undefined when the file can't be read so that it would tell. */
export function ifReadable<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof EditError) return undefined;
    throw error;
  }
}

export interface Place {
  readonly document: Document.Parsed;
  readonly node: unknown;
}

/** A file before an edit and after it. */
const parsed: { readonly text: string; readonly documents: readonly Document.Parsed[] }[] = [];

/** The documents of a text. Nobody changes them, and a file is asked for one entry after the other. */
export function documentsOf(text: string): readonly Document.Parsed[] {
  const known = parsed.find((one) => one.text === text);
  if (known !== undefined) return known.documents;
  const options = { keepSourceTokens: true, merge: true, logLevel: "silent" } as const;
  const documents = parseAllDocuments(text, options) as Document.Parsed[];
  parsed.unshift({ text, documents });
  parsed.splice(2);
  return documents;
}

/** True for a text whose documents hold nothing. */
export function isBlank(text: string): boolean {
  return documentsOf(text).every(
    ({ contents, errors }) => errors.length === 0 && (contents === null || isNull(contents)),
  );
}

/** Finds the one document in which the path resolves; for a key that no document has, the first whose parent is there. */
export function locate(text: string, path: readonly string[]): Place {
  const documents = documentsOf(text);
  const fault = faultOf(documents);
  if (fault !== undefined) throw new EditError(`this isn't valid YAML: ${fault}`);
  const holders = documents.filter((document) => document.hasIn(path));
  if (holders.length > 1) {
    throw new EditError(
      path.length === 0
        ? `there are ${String(holders.length)} documents in this file; one can be edited`
        : `'${path.join(".")}' is in ${String(holders.length)} documents of this file; one can be edited`,
    );
  }
  const parent = path.slice(0, -1);
  const document = holders[0] ?? documents.find((candidate) => isMap(candidate.getIn(parent, true)));
  if (document === undefined) throw missing(path);
  return { document, node: document.getIn(path, true) };
}

const sound = new WeakSet<readonly Document.Parsed[]>();

/** Why documents have no data: an alias without its anchor is found only when the data is made. */
function faultOf(documents: readonly Document.Parsed[]): string | undefined {
  if (sound.has(documents)) return undefined;
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) return error.message;
  try {
    for (const document of documents) document.toJS({ maxAliasCount: -1 });
  } catch (unresolved) {
    return (unresolved as Error).message;
  }
  sound.add(documents);
  return undefined;
}

function missing(path: readonly string[]): EditError {
  return new EditError(`there is no '${path.join(".")}' in this file`);
}

/** The map that holds the last key of a path. */
export function parentMap({ document }: Place, path: readonly string[]): YAMLMap {
  const parent = document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) throw missing(path);
  return parent;
}

export function pairIndex(map: YAMLMap, key: string): number {
  return map.items.findIndex((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

/** Range of a node: start, end of its value, end with what follows it. */
export function rangeOf(node: unknown): readonly [number, number, number] {
  const range = (node as { range?: readonly [number, number, number] | null } | undefined)?.range;
  if (range === undefined || range === null) throw new EditError("an entry of this file has no position");
  return range;
}

/** Where the content of a node ends: the range of a collection of lines may reach over comments that follow it. */
export function endOf(node: unknown): number {
  if (isCollection(node) && node.flow !== true) {
    const last: unknown = node.items.at(-1);
    if (isPair(last)) return endOf(last.value ?? last.key);
    if (last !== undefined) return endOf(last);
  }
  return rangeOf(node)[1];
}

/** Past the comments that are indented further than the entry that they follow, and so are its own. */
export function afterComments(text: string, from: number, indent: number): number {
  let at = from;
  for (;;) {
    const line = /^ *#.*(?:\n|$)/.exec(text.slice(at))?.[0];
    if (line === undefined || line.indexOf("#") <= indent) return at;
    at += line.length;
  }
}

const data = new WeakMap<object, unknown>();

/** The data of a list or map, with aliases and merge keys resolved. */
export function dataOf({ document, node }: Place): unknown {
  if (!isCollection(node)) return undefined;
  if (!data.has(node)) data.set(node, node.toJS(document, { maxAliasCount: -1 }));
  return data.get(node);
}

/** Column of what stands at `offset`, as the spaces that bring a new line to it. */
export function indentAt(text: string, offset: number): string {
  const before = text.slice(lineStart(text, offset), offset);
  if (!/^[ -]*$/.test(before))
    throw new EditError("an entry of this file doesn't start on a line of its own");
  return " ".repeat(before.length);
}

/** Offset of the first character of a line, after a byte order mark. */
export function lineStart(text: string, offset: number): number {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  return start === 0 && text.startsWith("\uFEFF") ? 1 : start;
}

/** Offset after the end of the line on which `offset` (the end of a value) lies. */
export function lineEnd(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === "\n") return offset;
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

function eolOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** Puts whole lines (without a final newline) at the start of a line; a text without a final newline stays so. */
export function insertLines(text: string, at: number, lines: string): string {
  const eol = eolOf(text);
  const own = lines.split("\n").join(eol);
  return at > 0 && text[at - 1] !== "\n" && text.slice(0, at) !== "\uFEFF"
    ? `${text.slice(0, at)}${eol}${own}${text.slice(at)}`
    : `${text.slice(0, at)}${own}${eol}${text.slice(at)}`;
}

/** Takes whole lines away, from the start of one to the end of one. */
export function removeLines(text: string, start: number, end: number): string {
  // Lines at the end of a text without a final newline were put there with the newline before them.
  const last = end === text.length && text[end - 1] !== "\n";
  return (last ? text.slice(0, start).replace(/\r?\n$/, "") : text.slice(0, start)) + text.slice(end);
}

/** Takes an entry out of a flow list or map (`[a, b]`), given where its entries stand. */
export function removeFromFlow(
  text: string,
  entries: readonly (readonly [start: number, end: number])[],
  index: number,
): string {
  const [start, end] = entries[index] ?? [0, 0];
  const [previous, next] = [entries[index - 1], entries[index + 1]];
  // With what separates it from the next one; comments stay.
  if (next !== undefined && (previous === undefined || /^\s*,\s*$/.test(text.slice(end, next[0]))))
    return text.slice(0, start) + text.slice(next[0]);
  return previous === undefined
    ? text.slice(0, start) + text.slice(end)
    : text.slice(0, previous[1]) + text.slice(end);
}

export function isNull(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

/** True for the same data, whatever the order of its keys. */
export function sameData(left: unknown, right: unknown): boolean {
  return stringify(left, { sortMapEntries: true }) === stringify(right, { sortMapEntries: true });
}

export function indented(lines: string, indent: string): string {
  return lines.replaceAll(/^(?=.)/gm, indent);
}

/** Edits YAML that is the text of a block scalar; lines that the edit doesn't touch keep their bytes. */
export function editEmbedded(
  text: string,
  path: readonly string[],
  edit: (embedded: string) => string,
): string {
  const { node } = locate(text, path);
  if (node === undefined) throw missing(path);
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
