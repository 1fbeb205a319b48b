import { fileCounts, stepDiff } from "./changes";
import { orderOf } from "./order";
import type { StackPreview } from "./preview";
import { allot, shorten } from "./shorten";

/** Tells our comment from others; invisible when rendered. */
export const MARKER = "<!-- handoff: pulumi preview -->";

/** GitHub refuses a longer comment. */
export const COMMENT_LIMIT = 65_536;

export interface CommentOptions {
  /** The commit that was previewed. */
  readonly commit?: string;
  /** Page of the run, which has the whole preview. */
  readonly runUrl?: string;
  /** @default {@link COMMENT_LIMIT} */
  readonly limit?: number;
}

/** A piece of Markdown; `body` is what may be shortened. */
interface Block {
  readonly before: string;
  readonly body: string;
  readonly after: string;
}

/** One comment for all stacks: the summary first, then errors and warnings, the order where it changes, and the diffs, folded. Pure. */
export function comment(previews: readonly StackPreview[], options: CommentOptions = {}): string {
  const { limit = COMMENT_LIMIT } = options;
  const summary = [MARKER, "## Pulumi preview", "", ...table(previews), ""].join("\n");
  const blocks = [...previews.flatMap(messages), ...previews.flatMap(order), ...previews.flatMap(diff)];
  const whole = [summary, ...blocks.map(text), footer(options, false)].join("\n");
  if (whole.length <= limit) return whole;

  const end = footer(options, true);
  const fixed = [summary, ...blocks.map((block) => text({ ...block, body: "" })), end].join("\n").length;
  const allowed = allot(
    blocks.map(({ body }) => body.length),
    limit - fixed,
  );
  const shortened = blocks.map((block, index) => ({
    ...block,
    body: shorten(block.body, allowed[index] ?? 0),
  }));
  return [summary, ...shortened.map(text), end].join("\n");
}

const text = ({ before, body, after }: Block): string => `${before}${body}${after}`;

const OPERATIONS = ["create", "update", "replace", "delete"] as const;

function table(previews: readonly StackPreview[]): string[] {
  return [
    `| stack | result | ${OPERATIONS.join(" | ")} | unchanged | files in git |`,
    `|---|---|${"--:|".repeat(OPERATIONS.length + 1)}---|`,
    ...previews.map((preview) => {
      const { stack, counts, steps } = preview;
      const numbers = [...OPERATIONS, "same"].map((name) => String(counts[name] ?? 0));
      const { added, changed, removed } = fileCounts(steps);
      const files = [`${added} added`, `${changed} changed`, `${removed} removed`].filter(
        (part) => !part.startsWith("0 "),
      );
      return `| ${stack} | ${result(preview)} | ${numbers.join(" | ")} | ${files.join(", ") || "none"} |`;
    }),
  ];
}

function result({ errors, steps }: StackPreview): string {
  if (errors.length > 0) return "**failed**";
  return steps.some(({ op }) => op !== "same") ? "changes" : "no changes";
}

function messages({ stack, errors, warnings }: StackPreview): Block[] {
  const block = (title: string, all: readonly string[]): Block[] =>
    all.length === 0 ? [] : [fenced(`**${stack}: ${title}**`, "", all.join("\n\n"), "")];
  return [...block("the preview failed", errors), ...block("warnings", [...new Set(warnings)])];
}

/** A drawing can't be shortened. */
function order(preview: StackPreview): Block[] {
  const drawing = orderOf(preview);
  return drawing === undefined ? [] : [{ before: drawing, body: "", after: "" }];
}

/** Stacks without changes have none. Components only group others: what they change is what those change. */
function diff({ stack, steps }: StackPreview): Block[] {
  const changing = steps.filter(
    ({ op, newState, oldState }) => op !== "same" && (newState ?? oldState)?.custom !== false,
  );
  if (changing.length === 0) return [];
  const body = changing.map((step) => stepDiff(step).join("\n")).join("\n\n");
  const title = `<details><summary>Changes of <b>${stack}</b></summary>`;
  return [fenced(title, "diff", body, "\n</details>\n")];
}

/** A code block whose fence is longer than any in the text, so that the text can't end it. */
function fenced(title: string, language: string, body: string, after: string): Block {
  const longest = Math.max(2, ...Array.from(body.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return { before: `${title}\n\n${fence}${language}\n`, body, after: `\n${fence}\n${after}` };
}

function footer({ commit, runUrl }: CommentOptions, shortened: boolean): string {
  const run = runUrl === undefined ? "the run" : `[the run](${runUrl})`;
  const parts = [
    ...(shortened
      ? [`**Shortened in the middle**, since GitHub takes ${COMMENT_LIMIT} characters; ${run} has all of it.`]
      : []),
    ...(commit === undefined ? [] : [`Preview of ${commit}${shortened ? "" : `, made by ${run}`}.`]),
  ];
  return parts.join("\n");
}
