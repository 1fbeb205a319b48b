import { stripVTControlCharacters } from "node:util";

/** So much room the last column needs beside the others. */
const LAST = 24;

/**
 * Rows with their cells in columns; colours don't count. Where the columns don't fit, a row's further cells stand below its
 * first one, indented, in a text of several lines.
 * @param room characters of a line @default as many as there are
 */
export function table(rows: readonly (readonly string[])[], room = Infinity): readonly string[] {
  const width = (text: string): number => stripVTControlCharacters(text).length;
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => width(row[column] ?? ""))),
  );
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 0);
  if (before + Math.min(LAST, widths.at(-1) ?? 0) > room) return rows.map(below);
  return rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
      .join("  ")
      .trimEnd(),
  );
}

function below([first = "", ...rest]: readonly string[]): string {
  const indent = /^ */.exec(first)?.[0] ?? "";
  const more = rest.filter((cell) => cell !== "").join("  ");
  return more === "" ? first : `${first}\n${indent}    ${more}`;
}
