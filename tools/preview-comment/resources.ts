import type { Edit } from "../../manifests/git/edits";
import { fileDiff } from "./file-diff";
import { isCommit } from "./findings";
import type { Step } from "./step";

/** What the engine writes for a value that only `up` will know. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** How operations are marked, so that GitHub colours the line in a diff block. */
const MARKS: Readonly<Record<string, string>> = { create: "+", import: "+", delete: "-", discard: "-" };

type Leaves = ReadonlyMap<string, { readonly keys: readonly string[]; readonly value: unknown }>;

/**
 * What a step changes, as lines of a diff block: a heading, then properties, and texts as unified diffs. What a commit
 * brings is shown with its repository.
 * @param byInputs true when nothing was found of the repository: entries in files of others are then told by the inputs
 */
export function stepDiff(step: Step, byInputs = false): string[] {
  const [type = "", name = ""] = step.urn.split("::").slice(-2);
  const reasons = step.replaceReasons ?? [];
  const because = reasons.length === 0 ? "" : ` (because of ${reasons.join(", ")})`;
  const stays = /^(delete|replace)$/.test(step.op) && step.oldState?.retainOnDelete === true;
  const kept = stays ? " (leaves the stack, and stays: retainOnDelete)" : "";
  const heading = `${MARKS[step.op] ?? "!"} ${step.op} ${type.split("$").at(-1) ?? ""} ${name}${because}${kept}`;
  const changes = inputChanges(step, isCommit(step) ? COMMITTED : [], byInputs);
  // Everything of a resource that goes is in the commit before; its heading says enough.
  if (step.op === "delete") return [heading];
  if (changes.length > 0 || step.op === "create") return [heading, ...changes];
  if (isCommit(step)) return [heading];
  const paths = Object.keys(step.detailedDiff ?? {});
  return [
    heading,
    `# ${paths.length === 0 ? "a secret or an output changes" : `changes: ${paths.join(", ")}`}`,
  ];
}

/** Inputs of a commit that its repository's diff shows. */
const COMMITTED = ["files", "digests", "initialFiles", "edits"];

function inputChanges({ oldState, newState }: Step, without: readonly string[], byInputs: boolean): string[] {
  const rest = (inputs: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(inputs).filter(([name]) => !without.includes(name)));
  const [inputsBefore, inputsAfter] = [oldState?.inputs ?? {}, newState?.inputs ?? {}];
  const [before, after] = [leaves(rest(inputsBefore)), leaves(rest(inputsAfter))];
  const properties = union(before, after).flatMap((path) => {
    const [from, to] = [before.get(path), after.get(path)];
    if (from?.value === to?.value) return [];
    if (isText(from?.value) || isText(to?.value)) {
      return textDiff(path, from?.value, to?.value);
    }
    return [
      ...(from === undefined ? [] : [`- ${path}: ${shown(from.value)}`]),
      ...(to === undefined ? [] : [`+ ${path}: ${shown(to.value)}`]),
    ];
  });
  const [gone, come] = byInputs ? [entries(inputsBefore.edits), entries(inputsAfter.edits)] : [[], []];
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

function textDiff(name: string, from: unknown, to: unknown): readonly string[] {
  const text = (value: unknown): string | undefined =>
    value === undefined ? undefined : isText(value) ? value : shown(value);
  return fileDiff(name, text(from), text(to)).lines;
}

function shown(value: unknown): string {
  return value === UNKNOWN ? "(known after up)" : value === "[secret]" ? value : JSON.stringify(value);
}
