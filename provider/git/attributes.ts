import { gitPattern, unquoted } from "./git-pattern";

/**
 * Which filter git gives a path to, told by the `.gitattributes` files above it. Asked of git itself (`check-attr
 * --source`) only a new one would know, and GitHub's API none. Source: gitattributes(5).
 */

export const ATTRIBUTES_FILE = ".gitattributes";

/** A line that decides about a path's filter. */
export interface FilterLine {
  readonly filter: string;
  /** The file with the line, which counts from 1. */
  readonly file: string;
  readonly line: number;
}

interface Rule {
  readonly matches: (path: string) => boolean;
  readonly states: readonly State[];
  readonly file: string;
  readonly line: number;
}

/** Of an attribute: its text, set, unset, or undefined again. */
interface State {
  readonly name: string;
  readonly value: string | boolean | undefined;
}

interface Parsed {
  readonly rules: readonly Rule[];
  readonly macros: ReadonlyMap<string, readonly State[]>;
}

/** The attributes files that count for a path, the root's first. */
export function attributesFilesAbove(path: string): string[] {
  const folders = path.split("/").slice(0, -1);
  return [ATTRIBUTES_FILE, ...folders.map((_, i) => [...folders.slice(0, i + 1), ATTRIBUTES_FILE].join("/"))];
}

/** @param textOf text of an attributes file; undefined where there is none */
export function filterLines(
  textOf: (path: string) => string | undefined,
): (path: string) => FilterLine | undefined {
  const known = new Map<string, Parsed>();
  const parsedAt = (file: string): Parsed => {
    const parsed = known.get(file) ?? parse(file, textOf(file) ?? "");
    known.set(file, parsed);
    return parsed;
  };
  return (path) => {
    const { macros } = parsedAt(ATTRIBUTES_FILE);
    // What stands nearer to the path counts more, and in a file what stands below.
    const rules = attributesFilesAbove(path)
      .flatMap((file) => parsedAt(file).rules)
      .filter(({ matches }) => matches(path))
      .reverse();
    const found = new Map<string, State["value"]>();
    for (const { states, file, line } of rules) {
      settle(states, macros, found);
      if (!found.has("filter")) continue;
      const filter = found.get("filter");
      return typeof filter === "string" && filter !== "" ? { filter, file, line } : undefined;
    }
    return undefined;
  };
}

/** The first word on an attribute counts, of a line the last; a macro that is set speaks at once. */
function settle(
  states: readonly State[],
  macros: Parsed["macros"],
  found: Map<string, State["value"]>,
): void {
  for (const { name, value } of states.toReversed()) {
    if (found.has(name)) continue;
    found.set(name, value);
    const macro = value === true ? macros.get(name) : undefined;
    if (macro !== undefined) settle(macro, macros, found);
  }
}

function parse(file: string, text: string): Parsed {
  const folder = file.slice(0, -ATTRIBUTES_FILE.length);
  const rules: Rule[] = [];
  const macros = new Map<string, readonly State[]>();
  for (const [index, whole] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    const line = whole.replace(/^[ \t\r]+/, "");
    const [, quoted, plain = ""] = /^(?:("(?:[^"\\]|\\.)*")(?=[ \t\r]|$)|([^ \t\r]+))/.exec(line) ?? [];
    if (line.startsWith("#") || (quoted === undefined && plain === "")) continue;
    const macro = /^\[attr\]([^ \t\r]+)([^]*)$/.exec(line);
    const words = macro?.[2] ?? line.slice((quoted ?? plain).length);
    const states = words
      .split(/[ \t\r]+/)
      .filter((word) => word !== "")
      .map(stateOf);
    // One name that is none spoils its line.
    if (!states.every((state) => state !== undefined)) continue;
    if (macro !== null) {
      const name = stateOf(macro[1] ?? "");
      // Elsewhere macros aren't allowed.
      if (file === ATTRIBUTES_FILE && name?.value === true) macros.set(name.name, states);
      continue;
    }
    const pattern = gitPattern(quoted === undefined ? plain : unquoted(quoted));
    if (pattern === undefined) continue;
    const matches = (path: string): boolean => pattern(path.slice(folder.length));
    rules.push({ matches, states, file, line: index + 1 });
  }
  return { rules, macros };
}

function stateOf(word: string): State | undefined {
  const [, sign, name = "", text] = /^([-!]?)(\w[-\w.]*|\.[-\w.]*)(?:=(.*))?$/.exec(word) ?? [];
  if (sign === undefined) return undefined;
  if (sign !== "") return { name, value: sign === "-" ? false : undefined };
  return { name, value: text ?? true };
}
