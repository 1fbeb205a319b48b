import { stripVTControlCharacters } from "node:util";

/** Rows with their cells in columns; colours don't count. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (text: string): number => stripVTControlCharacters(text).length;
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => width(row[column] ?? ""))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
      .join("  ")
      .trimEnd(),
  );
}
