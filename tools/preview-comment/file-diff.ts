import { structuredPatch } from "diff";
import { wholeCharacters } from "./shorten";

/** A file's change as lines of a diff block. */
export interface FileDiff {
  readonly lines: readonly string[];
  readonly added: number;
  readonly removed: number;
}

/** Edits after which two texts count as different altogether: finding the shortest diff takes their square. */
const MAX_EDITS = 2000;
/** Characters of a line that are shown, and of what is equal around a difference. */
const [WIDTH, AROUND] = [400, 60];

/** The unified diff of a text; undefined where there is none, as git shows it. Pure. @param now its name after a move */
export function fileDiff(
  name: string,
  before: string | undefined,
  after: string | undefined,
  now = name,
): FileDiff {
  const [from, to] = withLineEnds(before ?? "", after ?? "");
  const options = { context: 3, maxEditLength: MAX_EDITS };
  // What comes or goes as a whole needs no search, which would take the square of its lines.
  const patch = from === "" || to === "" ? undefined : structuredPatch(name, name, from, to, "", "", options);
  // An empty side has its line number before the first line, as in git.
  const start = (line: number, count: number): number => (count === 0 ? line - 1 : line);
  const hunks = patch?.hunks ?? [replaced(from, to)];
  const lines = hunks.flatMap((hunk) => hunk.lines);
  return {
    lines: [
      `--- ${before === undefined ? "/dev/null" : name}`,
      `+++ ${after === undefined ? "/dev/null" : now}`,
      ...hunks.flatMap((hunk) => [
        `@@ -${start(hunk.oldStart, hunk.oldLines)},${hunk.oldLines} +${start(hunk.newStart, hunk.newLines)},${hunk.newLines} @@`,
        ...clipped(hunk.lines),
      ]),
    ],
    added: lines.filter((line) => line.startsWith("+")).length,
    removed: lines.filter((line) => line.startsWith("-")).length,
  };
}

/** Line ends of Windows are shown where they are what changes, and no text of its own says nothing of them. */
function withLineEnds(before: string, after: string): readonly [string, string] {
  const crlf = [before, after].map((text) => text.includes("\r\n"));
  const [mark = "␍\n"] = crlf[0] === crlf[1] || before === "" || after === "" ? ["\n"] : [];
  return [before.replaceAll("\r\n", mark), after.replaceAll("\r\n", mark)];
}

/** Long lines as what differs in them, with a little of what is around: a bundle or ciphertext may be one line. */
function clipped(lines: readonly string[]): string[] {
  const runs = lines.map((line) => line[0]);
  return lines.map((line, index) => {
    if (line.length <= WIDTH) return line;
    const counterpart = line.startsWith("-")
      ? pairOf(runs, index, "+")
      : line.startsWith("+")
        ? pairOf(runs, index, "-")
        : undefined;
    return clip(line, counterpart === undefined ? undefined : lines[counterpart]);
  });
}

/** The line that takes the place of one, or had it: in the run of the other mark beside, at the same place. */
function pairOf(marks: readonly (string | undefined)[], index: number, other: "+" | "-"): number | undefined {
  const own = marks[index];
  const first = marks.slice(0, index).findLastIndex((mark) => mark !== own) + 1;
  if (other === "-") {
    const start = marks.slice(0, first).findLastIndex((mark) => mark !== other) + 1;
    return start + index - first < first ? start + index - first : undefined;
  }
  const length = marks.slice(first).findIndex((mark) => mark !== own);
  const pair = length === -1 ? -1 : index + length;
  return marks[pair] === other ? pair : undefined;
}

function clip(line: string, other: string | undefined): string {
  const text = line.slice(1);
  let [start, end] = [0, text.length];
  if (other !== undefined) {
    while (start < text.length && text[start] === other[start + 1]) start++;
    for (
      let back = other.length;
      end > start && back > start + 1 && text[end - 1] === other[back - 1];
      back--
    )
      end--;
  }
  const from = start <= AROUND * 2 ? 0 : start - AROUND;
  const to = Math.min(end + AROUND, from + WIDTH, text.length);
  const left = (count: number): string =>
    count === 0 ? "" : `… ${count.toLocaleString("en-US")} characters …`;
  return `${line.slice(0, 1)}${left(from)}${wholeCharacters(text.slice(from, to))}${left(text.length - to)}`;
}

/** Lines, with git's word where the last one has no end. */
function linesOf(mark: "-" | "+", text: string): string[] {
  if (text === "") return [];
  const lines = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => `${mark}${line}`);
  return text.endsWith("\n") ? lines : [...lines, "\\ No newline at end of file"];
}

function replaced(before: string, after: string) {
  const [gone, come] = [linesOf("-", before), linesOf("+", after)];
  const count = (lines: readonly string[]): number => lines.filter((line) => !line.startsWith("\\")).length;
  return {
    oldStart: 1,
    oldLines: count(gone),
    newStart: 1,
    newLines: count(come),
    lines: [...gone, ...come],
  };
}
