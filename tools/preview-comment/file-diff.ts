import { structuredPatch } from "diff";

/** A file's change as lines of a diff block. */
export interface FileDiff {
  readonly lines: readonly string[];
  readonly added: number;
  readonly removed: number;
}

/** Edits after which two texts count as different altogether: finding the shortest diff takes their square. */
const MAX_EDITS = 2000;

/** The unified diff of a text; undefined where there is none, as git shows it. Pure. */
export function fileDiff(name: string, before: string | undefined, after: string | undefined): FileDiff {
  const [from, to] = [before ?? "", after ?? ""];
  const options = { context: 3, maxEditLength: MAX_EDITS };
  const patch = structuredPatch(name, name, from, to, "", "", options);
  // An empty side has its line number before the first line, as in git.
  const start = (line: number, count: number): number => (count === 0 ? line - 1 : line);
  const hunks = patch?.hunks ?? [replaced(linesOf(from), linesOf(to))];
  const lines = hunks.flatMap((hunk) => hunk.lines);
  return {
    lines: [
      `--- ${before === undefined ? "/dev/null" : name}`,
      `+++ ${after === undefined ? "/dev/null" : name}`,
      ...hunks.flatMap((hunk) => [
        `@@ -${start(hunk.oldStart, hunk.oldLines)},${hunk.oldLines} +${start(hunk.newStart, hunk.newLines)},${hunk.newLines} @@`,
        ...hunk.lines,
      ]),
    ],
    added: lines.filter((line) => line.startsWith("+")).length,
    removed: lines.filter((line) => line.startsWith("-")).length,
  };
}

const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

function replaced(before: readonly string[], after: readonly string[]) {
  return {
    oldStart: 1,
    oldLines: before.length,
    newStart: 1,
    newLines: after.length,
    lines: [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)],
  };
}
