import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { withoutCredentials } from "../../provider/http/credentials";
import { fromEventLog, violations } from "./event-log";
import { byState, isCommit, type Proposed, readFindings } from "./findings";
import type { RenderedRelease } from "./helm/release";
import { step, type Step } from "./step";

/** What we use of the document that `pulumi preview --json` writes, also when the preview fails. */
const document = z.object({
  steps: z.array(step).nullish(),
  diagnostics: z
    .array(z.object({ message: z.string(), severity: z.string(), urn: z.string().optional() }))
    .nullish(),
  changeSummary: z.record(z.string(), z.number()).nullish(),
});

/** The preview of one stack. */
export interface StackPreview {
  readonly stack: string;
  readonly steps: readonly Step[];
  /** Number of resources by what happens to them, as `pulumi preview` counts. */
  readonly counts: Readonly<Record<string, number>>;
  /** Why the preview failed; none when it didn't. */
  readonly errors: readonly Message[];
  readonly warnings: readonly Message[];
  /** What would be committed, a repository each. */
  readonly proposed: readonly Proposed[];
  /** Dangers that the stack's settings accept, as `<rule> <object>`. */
  readonly accepted: readonly string[];
  /** What changed HelmReleases would do. @default nobody asked helm */
  readonly releases?: readonly RenderedRelease[];
}

/** What the engine or a provider said, and of which resource. */
export interface Message {
  readonly text: string;
  readonly urn?: string;
}

/** What a preview left behind. */
export interface PreviewOutput {
  /** The document of `pulumi preview --json`, or the lines of its `--event-log`. */
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  /** Lines of an event log: what policies say, which the document leaves out. @default none */
  readonly policies?: string;
  /** What the provider found, by `HANDOFF_FINDINGS`. @default none: commits are told by the stack's state */
  readonly findings?: readonly Proposed[];
  /** @default none */
  readonly accepted?: readonly string[];
}

/**
 * Steps that change nothing by themselves: what was only looked at (what a refresh found different is a step of its own),
 * and the halves of a replacement, whose `replace` stands beside them in the event log.
 */
const ASIDE =
  /^(refresh|read|read-replacement|discard|discard-replaced|(create|import)-replacement|delete-replaced|remove-pending-replace)$/;

/** Reads the output of a preview, whatever there is of it. Pure. */
export function parsePreview(stack: string, output: PreviewOutput | undefined): StackPreview {
  const { findings = [], accepted = [] } = output ?? {};
  const nothing = { stack, steps: [], counts: {}, warnings: [], proposed: findings, accepted };
  if (output === undefined)
    return { ...nothing, errors: [{ text: "The preview didn't run: see the run's log." }] };
  const { stdout, stderr, status, policies = "" } = output;
  const parsed = document.safeParse(jsonOrUndefined(stdout) ?? fromEventLog(stdout));
  if (!parsed.success) {
    const said = [stderr, stdout].map((text) => text.trim()).find((text) => text !== "");
    const text = said ?? `pulumi preview ended with status ${status} and said nothing.`;
    return { ...nothing, errors: [{ text }] };
  }
  const { diagnostics, changeSummary } = parsed.data;
  const steps = (parsed.data.steps ?? []).filter(({ op }) => !ASIDE.test(op));
  const said = (severity: string): Message[] =>
    [...(diagnostics ?? []), ...violations(policies)]
      .filter((each) => each.severity === severity)
      .map(({ message, urn }) => ({ text: message.trim(), urn: urn === "" ? undefined : urn }))
      .filter(({ text }) => text !== "");
  const errors = said("error");
  const silent = status !== 0 && errors.length === 0;
  const known = new Set(findings.map(({ urn }) => urn));
  const told = steps.filter((each) => isCommit(each) && each.op !== "same" && !known.has(each.urn));
  return {
    ...{ stack, accepted },
    steps,
    counts: changeSummary ?? {},
    errors: silent ? [{ text: stderr.trim() || `pulumi preview ended with status ${status}.` }] : errors,
    warnings: said("warning"),
    proposed: [...findings, ...told.map(byState)],
  };
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Reads `<folder>/<stack>/`, as `npm run comment -- --preview` and pipelines write it: `status` and `errors.txt`, the document
 * `preview.json` or the event log `events.jsonl`, of that what policies say in `policies.jsonl`, and the folder `findings`
 * that `HANDOFF_FINDINGS` named. What can't be
 * read is a fault of this stack, and the others are told all the same.
 */
export function readPreview(folder: string, stack: string): StackPreview {
  const path = (name: string): string => join(folder, stack, name);
  const text = (name: string): string =>
    existsSync(path(name)) ? withoutCredentials(readFileSync(path(name), "utf8")) : "";
  // Nothing is in it when the run was killed, or the disk was full.
  const status = text("status").trim();
  if (status === "") return parsePreview(stack, undefined);
  const faults: Message[] = [];
  const read = <T>(nothing: T, from: () => T): T => {
    try {
      return from();
    } catch (error) {
      faults.push({ text: (error as Error).message });
      return nothing;
    }
  };
  const preview = parsePreview(stack, {
    stdout: text("preview.json") || text("events.jsonl"),
    stderr: text("errors.txt"),
    status: Number(status),
    policies: text("policies.jsonl"),
    findings: read([], () => readFindings(path("findings"))),
    accepted: read([], () => acceptedIn(stack)),
  });
  return { ...preview, errors: [...preview.errors, ...faults] };
}

/** The file of a stack's settings; Pulumi Cloud's full names, `organization/project/stack`, have the same. */
export function fileOf(stack: string): string {
  return `Pulumi.${stack.split("/").at(-1) ?? ""}.yaml`;
}

/** The setting `accept` of a stack's file in the working directory, which the pull request shows beside the change. */
function acceptedIn(stack: string): readonly string[] {
  const file = fileOf(stack);
  if (!existsSync(file)) return [];
  const found = settings.parse(parseYaml(file));
  return found.config?.["handoff:accept"] ?? [];
}

const settings = z
  .object({ config: z.looseObject({ "handoff:accept": z.array(z.string()).optional() }).optional() })
  .catch({});

function parseYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} can't be read: ${(error as Error).message}`);
  }
}
