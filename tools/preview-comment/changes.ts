import type { Edit } from "../../manifests/git/edits";
import { structuredPatch } from "diff";
import type { Step } from "./preview";

/** What the engine writes for a value that only `up` will know. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** How operations are marked, so that GitHub colours the line in a diff block. */
const MARKS: Readonly<Record<string, string>> = { create: "+", import: "+", delete: "-", discard: "-" };

type Leaves = ReadonlyMap<string, { readonly keys: readonly string[]; readonly value: unknown }>;

/** What a step changes, as lines of a diff block: a heading, then properties, and texts as unified diffs. */
export function stepDiff(step: Step): string[] {
  const [type = "", name = ""] = step.urn.split("::").slice(-2);
  const reasons = step.replaceReasons ?? [];
  const because = reasons.length === 0 ? "" : ` (because of ${reasons.join(", ")})`;
  const heading = `${MARKS[step.op] ?? "!"} ${step.op} ${type.split("$").at(-1) ?? ""} ${name}${because}`;
  const changes = inputChanges(step);
  // Everything of a resource that goes is in the commit before; its heading says enough.
  if (step.op === "delete") return [heading];
  if (changes.length > 0 || step.op === "create") return [heading, ...changes];
  const paths = Object.keys(step.detailedDiff ?? {});
  return [
    heading,
    `# ${paths.length === 0 ? "a secret or an output changes" : `changes: ${paths.join(", ")}`}`,
  ];
}

function inputChanges({ oldState, newState }: Step): string[] {
  const { edits: editsBefore, ...inputsBefore } = oldState?.inputs ?? {};
  const { edits: editsAfter, ...inputsAfter } = newState?.inputs ?? {};
  const [before, after] = [leaves(inputsBefore), leaves(inputsAfter)];
  const properties = union(before, after).flatMap((path) => {
    const [from, to] = [before.get(path), after.get(path)];
    if (from?.value === to?.value) return [];
    if (isText(from?.value) || isText(to?.value)) {
      return textDiff(textName(path, (from ?? to)?.keys ?? []), from?.value, to?.value);
    }
    return [
      ...(from === undefined ? [] : [`- ${path}: ${shown(from.value)}`]),
      ...(to === undefined ? [] : [`+ ${path}: ${shown(to.value)}`]),
    ];
  });
  const [gone, come] = [entries(editsBefore), entries(editsAfter)];
  return [
    ...properties,
    ...gone.filter((entry) => !come.includes(entry)).map((entry) => `- ${entry}`),
    ...come.filter((entry) => !gone.includes(entry)).map((entry) => `+ ${entry}`),
  ];
}

/** Entries of ours in files of others, a line each. */
function entries(edits: unknown): string[] {
  return Object.entries((edits ?? {}) as Record<string, unknown>).flatMap(([path, list]) =>
    (list as readonly Edit[]).map((edit) => {
      const [place, content] =
        "list" in edit ? [edit.list, edit.entry] : [[...edit.map, edit.key], edit.value];
      return `entry in ${path}, ${[...(edit.within ?? []), ...place].join(" › ")}: ${JSON.stringify(content)}`;
    }),
  );
}

function union(...maps: readonly ReadonlyMap<string, unknown>[]): string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))];
}

/** All scalars below a value, by their path in Pulumi's notation. */
function leaves(value: unknown, keys: readonly string[] = [], path = ""): Leaves {
  if (value === null || typeof value !== "object") return new Map([[path, { keys, value }]]);
  const below = Object.entries(value).flatMap(([key, inner]) => {
    const step = Array.isArray(value)
      ? `[${key}]`
      : /^[A-Za-z_]\w*$/.test(key)
        ? `${path === "" ? "" : "."}${key}`
        : `[${JSON.stringify(key)}]`;
    return [...leaves(inner, [...keys, key], `${path}${step}`)];
  });
  return new Map(below);
}

const isText = (value: unknown): value is string => typeof value === "string" && value.includes("\n");

/** Files are known by their own path. */
function textName(path: string, [property = "", file]: readonly string[]): string {
  return /^(files|initialFiles)$/.test(property) && file !== undefined ? file : path;
}

/** Edits after which two texts count as different altogether: finding the shortest diff takes their square. */
const MAX_EDITS = 2000;

function textDiff(name: string, from: unknown, to: unknown): string[] {
  const text = (value: unknown): string => (isText(value) ? value : value === undefined ? "" : shown(value));
  const [before, after] = [text(from), text(to)];
  const options = { context: 3, maxEditLength: MAX_EDITS };
  const patch = structuredPatch(name, name, before, after, "", "", options);
  // An empty side has its line number before the first line, as in git.
  const start = (line: number, count: number): number => (count === 0 ? line - 1 : line);
  return [
    `--- ${from === undefined ? "/dev/null" : name}`,
    `+++ ${to === undefined ? "/dev/null" : name}`,
    ...(patch?.hunks ?? [replaced(lines(before), lines(after))]).flatMap((hunk) => [
      `@@ -${start(hunk.oldStart, hunk.oldLines)},${hunk.oldLines} +${start(hunk.newStart, hunk.newLines)},${hunk.newLines} @@`,
      ...hunk.lines,
    ]),
  ];
}

const lines = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

function replaced(before: readonly string[], after: readonly string[]) {
  return {
    oldStart: 1,
    oldLines: before.length,
    newStart: 1,
    newLines: after.length,
    lines: [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)],
  };
}

function shown(value: unknown): string {
  return value === UNKNOWN ? "(known after up)" : value === "[secret]" ? value : JSON.stringify(value);
}

/** Files that a step adds to, changes in and removes from a git repository. */
export interface FileCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** Counts the files of all `GitCommit`s among the steps; files of others with entries of ours are changed ones. */
export function fileCounts(steps: readonly Step[]): FileCounts {
  const counts = { added: 0, changed: 0, removed: 0 };
  for (const { urn, op, oldState, newState } of steps) {
    if (op === "same" || !/[$:]handoff:git:GitCommit::/.test(urn)) continue;
    for (const group of ["files", "digests", "initialFiles", "edits"]) {
      const [before, after] = [mapping(oldState?.inputs?.[group]), mapping(newState?.inputs?.[group])];
      for (const path of union(before, after)) {
        const [from, to] = [before.get(path), after.get(path)];
        if (from === to) continue;
        if (group !== "edits" && from === undefined) counts.added++;
        else if (group !== "edits" && to === undefined) counts.removed++;
        else counts.changed++;
      }
    }
  }
  return counts;
}

/** Keys with their values as comparable texts. */
function mapping(value: unknown): ReadonlyMap<string, string> {
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  return new Map(entries.map(([key, below]) => [key, JSON.stringify(below)]));
}
