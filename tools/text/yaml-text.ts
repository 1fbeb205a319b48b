import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type Node,
  parseDocument,
  stringify,
} from "yaml";

/** Changes of a YAML text at single places: every other byte stays, comments and line breaks too. */

type Steps = readonly string[];

let last: { readonly text: string; readonly document: Document } | undefined;

/** What a text says, to be read only: many paths of one text are asked for in a row. */
function documentOf(text: string): Document {
  if (last?.text !== text) last = { text, document: parseDocument(text) };
  return last.document;
}

/** The plain value at a path; undefined when there is none. */
export function valueAt(text: string, path: Steps): unknown {
  const document = documentOf(text);
  const node = document.getIn(path, true);
  return isNode(node) ? (node.toJS(document) as unknown) : undefined;
}

/** Puts a value at a path, in the place of what is there, or of a comment that has the same key. */
export function withValue(text: string, path: Steps, value: unknown): string {
  const document = documentOf(text);
  const node = document.getIn(path, true);
  const key = path.at(-1) ?? "";
  if (!isNode(node)) return withPair(text, document, path, value);
  const [start, end] = [startOf(node), endOf(node)];
  const [line, indent] = lineOfKey(text, document, path);
  const deeper = isBeforeComments(text, endOfLine(text, end), indent);
  const oneLine = !isMultiLine(value) || deeper || isWithinFlow(document, path);
  if (isScalar(node) && oneLine) {
    const type = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? node.type : undefined;
    return splice(text, start, end, inline(value, type));
  }
  if (isCollection(node) && node.flow === true && oneLine) return splice(text, start, end, inline(value));
  const lines =
    oneLine && isMultiLine(value)
      ? `${" ".repeat(indent)}${key}: ${inline(value)}`
      : pair(key, value, indent, deeper);
  return splice(text, line, endOfLine(text, end), lines);
}

/** Whether comments follow that stand as deep as the lines of a text would: they would become lines of it. */
function isBeforeComments(text: string, end: number, indent: number): boolean {
  return new RegExp(`^(\\n *)*\\n {${String(indent + 1)},}#`).test(text.slice(end));
}

/** Takes a key out, with the comments above it and those within. */
export function withoutKey(text: string, path: Steps): string {
  const document = documentOf(text);
  const node = document.getIn(path, true);
  if (!isNode(node)) return text;
  const [line, indent] = lineOfKey(text, document, path);
  const above = text.slice(0, line).split("\n").slice(0, -1).reverse();
  const comments = above.findIndex((one) => !one.startsWith(`${" ".repeat(indent)}#`));
  const start =
    line - above.slice(0, comments === -1 ? 0 : comments).reduce((sum, one) => sum + one.length + 1, 0);
  let end = endOfLine(text, endOf(node));
  for (;;) {
    const next = text.slice(end + 1, lineEnd(text, end + 1));
    if (end >= text.length || !new RegExp(`^ {${String(indent + 1)},}#`).test(next)) break;
    end += 1 + next.length;
  }
  return text.slice(0, start) + text.slice(end + 1);
}

function withPair(text: string, document: Document, path: Steps, value: unknown): string {
  const [parentPath, key = ""] = [path.slice(0, -1), path.at(-1)];
  const parent = parentPath.length === 0 ? document.contents : document.getIn(parentPath, true);
  if (!isMap(parent) || parent.items.length === 0) {
    return withValue(text, parentPath, {
      ...(valueAt(text, parentPath) as object | undefined),
      [key]: value,
    });
  }
  if (parent.flow === true)
    return withValue(text, parentPath, { ...(parent.toJS(document) as object), [key]: value });
  const indent = columnOf(text, startOf(parent));
  const comment = new RegExp(`^ {${String(indent)}}# ${escaped(key)}: .*$`, "m").exec(
    text.slice(startOf(parent)),
  );
  const last = endOfLine(text, endOf(parent));
  if (comment !== null && startOf(parent) + comment.index <= endOfComments(text, last, indent)) {
    const start = startOf(parent) + comment.index;
    const end = start + comment[0].length;
    return splice(text, start, end, pair(key, value, indent, isBeforeComments(text, end, indent)));
  }
  // What the last key has as comments below it stays with it.
  const end = indent <= 2 ? endOfConfig(text) : last;
  const lines = pair(key, value, indent, isBeforeComments(text, end, indent));
  return `${text.slice(0, end)}\n${lines}${text.slice(end)}`;
}

/**
 * `key: value` as lines, without the last line's end.
 * @param quoted texts of several lines in quotes, on one
 */
function pair(key: string, value: unknown, indent: number, quoted: boolean): string {
  const space = " ".repeat(indent);
  if (isMultiLine(value) && !quoted) {
    const lines = value.replace(/\n$/, "").split("\n");
    return [`${space}${key}: |`, ...lines.map((line) => `${space}  ${line}`)].join("\n");
  }
  if (!isMapping(value) || isReference(value)) return `${space}${key}: ${inline(value)}`;
  return [
    `${space}${key}:`,
    ...Object.entries(value).map(([name, one]) => pair(name, one, indent + 2, quoted)),
  ].join("\n");
}

function inline(value: unknown, type?: "QUOTE_DOUBLE" | "QUOTE_SINGLE"): string {
  if (Array.isArray(value)) return `[${value.map((one) => inline(one)).join(", ")}]`;
  if (isMapping(value)) {
    const pairs = Object.entries(value).map(([key, one]) => `${key}: ${inline(one)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  if (isMultiLine(value)) return JSON.stringify(value);
  const text = stringify(value, {
    lineWidth: 0,
    ...(type !== undefined && { defaultStringType: type }),
  }).trimEnd();
  // Plain within a list or mapping on one line, these would end it.
  return /^[^"'].*[,[\]{}]/.test(text) ? JSON.stringify(value) : text;
}

/** A mapping as JavaScript has it. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** On one line, as the samples have it. */
function isReference(value: Readonly<Record<string, unknown>>): boolean {
  const [key = "", ...more] = Object.keys(value);
  return more.length === 0 && ["env", "file", "config", "secure"].includes(key);
}

function isMultiLine(value: unknown): value is string {
  return typeof value === "string" && value.includes("\n");
}

/** Between braces there are no lines. */
function isWithinFlow(document: Document, path: Steps): boolean {
  return path.slice(1).some((_step, index) => {
    const above = document.getIn(path.slice(0, index + 1), true);
    return isCollection(above) && above.flow === true;
  });
}

const startOf = (node: Node): number => node.range?.[0] ?? 0;

/** Where the last of what a node holds ends, without the comments and empty lines after it. */
function endOf(node: unknown): number {
  if (isPair(node)) return endOf(node.value ?? node.key);
  if (isCollection(node) && node.flow !== true && node.items.length > 0) return endOf(node.items.at(-1));
  return isNode(node) ? (node.range?.[1] ?? 0) : 0;
}

/** Where the line of a key begins, and how far the key is indented. */
function lineOfKey(text: string, document: Document, path: Steps): [line: number, indent: number] {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const found = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
    : undefined;
  const start = isNode(found?.key) ? startOf(found.key) : 0;
  return [start - columnOf(text, start), columnOf(text, start)];
}

const columnOf = (text: string, at: number): number => at - (text.lastIndexOf("\n", at - 1) + 1);

/** A block scalar ends behind its last line. */
const endOfLine = (text: string, at: number): number => (text[at - 1] === "\n" ? at - 1 : lineEnd(text, at));

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}

/** Behind the comments that stand below a mapping's last key as deep as the key. */
function endOfComments(text: string, from: number, indent: number): number {
  const more = new RegExp(`^(\\n {${String(indent)},}#.*)*`).exec(text.slice(from));
  return from + (more?.[0].length ?? 0);
}

/** `config:` is the last key of a stack's file that isn't the CLI's own. */
function endOfConfig(text: string): number {
  return text.trimEnd().length;
}

const splice = (text: string, start: number, end: number, part: string): string =>
  text.slice(0, start) + part + text.slice(end);

const escaped = (key: string): string => key.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
