import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const state = z.object({
  custom: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
});

const step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: state.optional(),
  newState: state.optional(),
  replaceReasons: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), z.unknown()).nullish(),
});

/** What we use of the document that `pulumi preview --json` writes, also when the preview fails. */
const document = z.object({
  steps: z.array(step).nullish(),
  diagnostics: z.array(z.object({ message: z.string(), severity: z.string() })).nullish(),
  changeSummary: z.record(z.string(), z.number()).nullish(),
});

export type Step = z.output<typeof step>;

/** The preview of one stack. */
export interface StackPreview {
  readonly stack: string;
  readonly steps: readonly Step[];
  /** Number of resources by what happens to them, as `pulumi preview` counts. */
  readonly counts: Readonly<Record<string, number>>;
  /** Why the preview failed; none when it didn't. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** What `pulumi preview --json` left behind. */
export interface PreviewOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** Reads the output of a preview, whatever there is of it. Pure. */
export function parsePreview(stack: string, output: PreviewOutput | undefined): StackPreview {
  const nothing = { stack, steps: [], counts: {}, warnings: [] };
  if (output === undefined) return { ...nothing, errors: ["The preview didn't run: see the run's log."] };
  const { stdout, stderr, status } = output;
  const parsed = document.safeParse(jsonOrUndefined(stdout));
  if (!parsed.success) {
    const said = [stderr, stdout].map((text) => text.trim()).find((text) => text !== "");
    return { ...nothing, errors: [said ?? `pulumi preview ended with status ${status} and said nothing.`] };
  }
  const { steps, diagnostics, changeSummary } = parsed.data;
  const said = (severity: string): string[] =>
    (diagnostics ?? [])
      .filter((each) => each.severity === severity)
      .map(({ message }) => message.trim())
      .filter((message) => message !== "");
  const errors = said("error");
  const silent = status !== 0 && errors.length === 0;
  return {
    stack,
    steps: steps ?? [],
    counts: changeSummary ?? {},
    errors: silent ? [stderr.trim() || `pulumi preview ended with status ${status}.`] : errors,
    warnings: said("warning"),
  };
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Reads `<folder>/<stack>/{preview.json,errors.txt,status}`, as .github/workflows/preview.yml writes them. */
export function readPreview(folder: string, stack: string): StackPreview {
  const path = (name: string): string => join(folder, stack, name);
  const text = (name: string): string => (existsSync(path(name)) ? readFileSync(path(name), "utf8") : "");
  if (!existsSync(path("status"))) return parsePreview(stack, undefined);
  return parsePreview(stack, {
    stdout: text("preview.json"),
    stderr: text("errors.txt"),
    status: Number(text("status")),
  });
}
