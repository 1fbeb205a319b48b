import { shortened } from "../flux/follow/pods";

const MOST = 15;

/** A list below a fault, a line each, of which the last one tells how many there are beside them. */
export function listedLines(lines: readonly string[]): string[] {
  return shortened(lines, MOST).map((line) => `  ${line}`);
}

/** Names in a line, the first of many. */
export function listed(names: readonly string[]): string {
  const more = names.length > MOST ? ` and ${String(names.length - MOST)} more` : "";
  return `${names.slice(0, MOST).join(", ")}${more}`;
}
