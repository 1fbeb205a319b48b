import { ADOPTED, RESOURCE, STACK, STATE } from "../../manifests/git/commit-message";
import type { Plan } from "./ownership";

/** Paths that a message lists; the commit itself tells the rest. */
const LISTED = 100;

/** Whose a commit is. */
export interface Owner {
  /** `project/stack` */
  readonly stack: string;
  /** Name of the `GitCommit` in it. */
  readonly resource: string;
  /** The mark of its state, see mark.ts; none of commits that earlier versions made, and of a state that is new. */
  readonly mark?: string;
}

export interface MessageOptions {
  /** First line, unless there is `derived`. */
  readonly message: string;
  /** What the changes say themselves; the message is then the first line of the body. */
  readonly derived?: string;
  readonly owner: Owner;
  /** What the commit takes over from others, see adoption.ts. */
  readonly adopted?: readonly string[];
  /** Further trailers, such as `{ "Reviewed-by": "…" }`. */
  readonly trailers?: Readonly<Record<string, string>>;
}

/** Subject, the paths by what happens to them, and trailers (git-interpret-trailers(1)). */
export function commitMessage(
  { message, derived, owner, adopted = [], trailers = {} }: MessageOptions,
  changes: Pick<Plan, "writes" | "deletes">,
  tree: ReadonlyMap<string, unknown>,
): string {
  const lines = [
    ...[...changes.writes.keys()].map((path) => `${tree.has(path) ? "M" : "A"} ${path}`),
    ...changes.deletes.map((path) => `D ${path}`),
  ];
  const shown = lines.slice(0, LISTED);
  if (lines.length > shown.length) shown.push(`… and ${String(lines.length - shown.length)} more`);
  const last = [
    ...Object.entries(trailers),
    ...adopted.map((name) => [ADOPTED, name] as const),
    [STACK, owner.stack],
    ...(owner.mark === undefined ? [] : [[STATE, owner.mark] as const]),
    [RESOURCE, owner.resource],
  ].map(([key, value]) => `${key}: ${value}`);
  const parts = [
    derived ?? message,
    derived === undefined ? "" : message,
    shown.join("\n"),
    last.join("\n"),
  ].filter((part) => part !== "");
  return `${parts.join("\n\n")}\n`;
}

/** The paths that a message lists, and whether they are all that its commit changes. */
export function pathsIn(message: string): {
  readonly paths: ReadonlySet<string>;
  readonly complete: boolean;
} {
  return { paths: new Set(changesIn(message).keys()), complete: !/^… and \d+ more$/m.test(message) };
}

/** What a message says of paths: by path whether it was added, modified or deleted. */
export function changesIn(message: string): ReadonlyMap<string, "A" | "M" | "D"> {
  return new Map(
    [...message.matchAll(/^([AMD]) (.+)$/gm)].map(([, kind = "", path = ""]) => [
      path,
      kind as "A" | "M" | "D",
    ]),
  );
}

/** The hand-offs that a message tells of; a squashed one may tell of several. */
export function handoffsIn(
  message: string,
): { readonly owner: Owner; readonly adopted: readonly string[] }[] {
  const found: { owner: Owner; adopted: string[] }[] = [];
  let adopted: string[] = [];
  let stack = "";
  let mark: string | undefined;
  for (const [, key = "", value = ""] of message.matchAll(TRAILER)) {
    if (key === ADOPTED) adopted.push(value);
    else if (key === STACK) stack = value;
    else if (key === STATE) mark = value;
    else {
      found.push({ owner: { stack, resource: value, ...(mark !== undefined && { mark }) }, adopted });
      adopted = [];
      mark = undefined;
    }
  }
  return found;
}

const TRAILER = new RegExp(`^[ \\t]*(${ADOPTED}|${STACK}|${STATE}|${RESOURCE}): (.*?)\\r?$`, "gm");
