import type { Plan } from "./ownership";

/** Paths that a message lists; the commit itself tells the rest. */
const LISTED = 100;
/** Trailer that names the stack a commit is from. */
export const STACK_TRAILER = "Handoff-Stack";

export interface MessageOptions {
  /** First line. */
  readonly message: string;
  /** `project/stack`, named in the trailer `Handoff-Stack`. */
  readonly stack: string;
  /** Further trailers, such as `{ "Reviewed-by": "…" }`. */
  readonly trailers?: Readonly<Record<string, string>>;
}

/** Subject, the paths by what happens to them, and trailers (git-interpret-trailers(1)). */
export function commitMessage(
  { message, stack, trailers = {} }: MessageOptions,
  changes: Pick<Plan, "writes" | "deletes">,
  tree: ReadonlyMap<string, unknown>,
): string {
  const lines = [
    ...[...changes.writes.keys()].map((path) => `${tree.has(path) ? "M" : "A"} ${path}`),
    ...changes.deletes.map((path) => `D ${path}`),
  ];
  const shown = lines.slice(0, LISTED);
  if (lines.length > shown.length) shown.push(`… and ${String(lines.length - shown.length)} more`);
  const last = Object.entries({ ...trailers, [STACK_TRAILER]: stack }).map(
    ([key, value]) => `${key}: ${value}`,
  );
  return `${[message, shown.join("\n"), last.join("\n")].join("\n\n")}\n`;
}

/** What is wrong with the parts of a message that users give, by input; git would read something else. */
export function messageFaults({ message, trailers = {} }: Partial<MessageOptions>): [string, string][] {
  const faults: [string, string][] = [];
  if (message !== undefined && (message.trim() === "" || /[\r\n]/.test(message))) {
    faults.push(["message", "it is the commit's subject: one line that isn't empty"]);
  }
  for (const [key, value] of Object.entries(trailers)) {
    const property = `trailers[${JSON.stringify(key)}]`;
    if (key.toLowerCase() === STACK_TRAILER.toLowerCase())
      faults.push([property, `${STACK_TRAILER} is set by the hand-off`]);
    else if (!/^[A-Za-z0-9-]+$/.test(key)) {
      faults.push([property, "the name of a trailer has letters, digits and hyphens, such as Reviewed-by"]);
    } else if (value.trim() === "" || /[\r\n]/.test(value)) {
      faults.push([property, "a trailer has one line that isn't empty"]);
    }
  }
  return faults;
}
