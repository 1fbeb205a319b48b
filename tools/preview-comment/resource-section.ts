import { isCommit } from "./findings";
import { fenced, folded, html } from "./markdown";
import type { StackPreview } from "./preview";
import { stepDiff } from "./resources";
import { IMPORTANCE, section, type Section } from "./section";
import { typeOf } from "./step";

/** What becomes of Pulumi's resources, folded. Components only group others, and providers only reach them. Pure. */
export function resourceSection({ stack, steps, proposed }: StackPreview): Section | undefined {
  const changing = steps.filter(
    ({ op, urn, newState, oldState }) =>
      op !== "same" && (newState ?? oldState)?.custom !== false && !isProvider(urn),
  );
  const onHead = new Set(proposed.flatMap(({ basis, urn }) => (basis === "head" ? [urn] : [])));
  const shown = changing
    .map((step) => ({ step, lines: stepDiff(step, !onHead.has(step.urn)) }))
    // Its repository's section shows what it is about.
    .filter(({ step, lines }) => !isCommit(step) || lines.length > 1);
  if (shown.length === 0) return undefined;
  const body = shown.map(({ lines }) => lines.join("\n")).join("\n\n");
  const title = `Resources of <b>${html(stack)}</b>: ${String(shown.length)}`;
  return section(IMPORTANCE.resources, { blocks: [folded(title, fenced("diff", body))] }, () => "");
}

function isProvider(urn: string): boolean {
  return typeOf(urn).startsWith("pulumi:providers:");
}
