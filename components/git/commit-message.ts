import type { Plan } from "./ownership";

/** Paths that a message lists; the commit itself tells the rest. */
const LISTED = 100;

export interface MessageOptions {
  readonly subject: string;
  /** `project/stack`, named in the trailer `Handoff-Stack`. */
  readonly stack: string;
}

/** Subject, the paths by what happens to them, and trailers (git-interpret-trailers(1)). */
export function commitMessage(
  { subject, stack }: MessageOptions,
  changes: Pick<Plan, "writes" | "deletes">,
  tree: ReadonlyMap<string, unknown>,
): string {
  const lines = [
    ...[...changes.writes.keys()].map((path) => `${tree.has(path) ? "M" : "A"} ${path}`),
    ...changes.deletes.map((path) => `D ${path}`),
  ];
  const shown = lines.slice(0, LISTED);
  if (lines.length > shown.length) shown.push(`… and ${String(lines.length - shown.length)} more`);
  return `${subject}\n\n${shown.join("\n")}\n\nHandoff-Stack: ${stack}\n`;
}
