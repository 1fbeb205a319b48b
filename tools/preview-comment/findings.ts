import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { withoutCredentials } from "../../provider/http/credentials";
import { forecast } from "../../provider/live/forecast";
import { objectsIn } from "../../provider/live/objects";
import { withoutData, withoutSecretValues } from "../../provider/live/secret-values";
import { type Step, typeOf } from "./step";

const texts = z.array(z.string());
const object = z.looseObject({ apiVersion: z.string().optional(), kind: z.string().optional() });

const changedObject = z.object({
  name: z.string(),
  path: z.string(),
  before: object.optional(),
  after: object.optional(),
});

const file = z.object({
  path: z.string(),
  kind: z.enum(["own", "initial", "entries", "generated"]),
  before: z.string().optional(),
  after: z.string().optional(),
});

const finding = z.object({
  version: z.literal(1),
  urn: z.string(),
  url: z.string(),
  branch: z.string(),
  head: z.string().optional(),
  others: z.object({
    commits: z.array(z.object({ commit: z.string(), author: z.string().optional(), message: z.string() })),
    complete: z.boolean(),
  }),
  files: z.array(file),
  unknown: texts,
  kept: texts,
  left: texts,
  notes: texts,
  forecast: z
    .object({
      objects: z.array(changedObject),
      asked: z.boolean(),
      create: texts,
      change: texts,
      prune: texts,
      takeOver: texts,
      withIt: z.record(z.string(), texts),
    })
    .optional(),
  sources: z.array(object).optional(),
  conflicts: texts,
  advice: z.string().optional(),
});

/** An object that differs between the head and the proposal. */
export type ChangedObject = z.output<typeof changedObject>;
export type ChangedFile = z.output<typeof file>;

/** What a commit would change in one repository. */
export interface Proposed extends z.output<typeof finding> {
  /** `head`: planned on the repository as it is now. `state`: told by the stack's state, nothing was asked. */
  readonly basis: "head" | "state";
}

/** What the provider's `Foreseen` says, as the previews wrote it into the folder; other files are left. */
export function readFindings(folder: string): Proposed[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => {
      const parsed = finding.safeParse(jsonIn(join(folder, name)));
      if (!parsed.success)
        throw new Error(
          `${join(folder, name)} isn't what this version writes: ${z.prettifyError(parsed.error)}\n→ Preview the stack anew.`,
        );
      return { ...parsed.data, basis: "head" };
    });
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(withoutCredentials(readFileSync(file, "utf8")));
  } catch {
    // Cut off: the preview was killed.
    return undefined;
  }
}

const GIT_COMMIT = "handoff:git:GitCommit";

export function isCommit({ urn }: Pick<Step, "urn">): boolean {
  return typeOf(urn) === GIT_COMMIT;
}

type Texts = Readonly<Record<string, unknown>>;

/** The same as far as a step tells it by itself: when no finding was asked for, and of a commit that takes all away. */
export function byState(step: Step): Proposed {
  const [before, after] = [step.oldState?.inputs ?? {}, step.newState?.inputs ?? {}];
  const side = (inputs: Texts, name: string): Texts => (inputs[name] ?? {}) as Texts;
  const kinds = { own: "files", initial: "initialFiles", generated: "digests" } as const;
  const unknown: string[] = [];
  const files = Object.entries(kinds).flatMap(([kind, name]) => {
    const [old, now] = [side(before, name), side(after, name)];
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((path): ChangedFile[] => {
      if (old[path] === now[path]) return [];
      if (now[path] === UNKNOWN) unknown.push(path);
      const shown = (value: unknown): string | undefined =>
        typeof value !== "string" || value === UNKNOWN ? undefined : value;
      if (kind === "generated" || now[path] === UNKNOWN)
        return kind === "generated"
          ? [{ path, kind, before: old[path] && "", after: now[path] && "" } as ChangedFile]
          : [];
      return [{ path, kind: kind as "own", ...withoutSecretValues(shown(old[path]), shown(now[path])) }];
    });
  });
  const known = { ...after, ...(step.op === "delete" && before) } as { url?: string; branch?: string };
  return {
    version: 1,
    urn: step.urn,
    url: known.url ?? "",
    branch: known.branch ?? "",
    others: { commits: [], complete: true },
    files,
    unknown,
    ...{ kept: [], left: [], notes: [], conflicts: [], basis: "state" },
    forecast: forecastOf(files),
  };
}

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function forecastOf(files: readonly ChangedFile[]): Proposed["forecast"] {
  const objects = (which: "before" | "after") => {
    const known = files.flatMap((one) => (one[which] === undefined ? [] : [[one.path, one[which]] as const]));
    return objectsIn(
      Object.fromEntries(known),
      known.map(([path]) => path),
    );
  };
  const found = forecast(objects("before"), objects("after"));
  const shown = found.objects.map(({ before, after, ...rest }) => ({
    ...rest,
    before: withoutData(before),
    after: withoutData(after, before),
  }));
  return { ...found, objects: shown } as Proposed["forecast"];
}
