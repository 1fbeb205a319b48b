import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { mermaid, outsideOf, waves, type OrderNode } from "../../manifests/flux/order";
import { fixed, folded, html, textOf } from "./markdown";
import { IMPORTANCE, indivisible, type Section } from "./section";
import type { StackPreview } from "./preview";
import type { Step } from "./step";

/** A larger drawing helps nobody, and would leave no room for the changes. */
const DRAWN = 60;

const reference = z.object({ name: z.string(), namespace: z.string().optional() });
const nodes = z.array(reference.extend({ dependsOn: z.array(reference).optional() }));

/** How Flux would apply the stack's Kustomizations, where a preview changes that: their waves, drawn. Pure. */
export function orderSection({ stack, steps }: StackPreview): Section | undefined {
  const ready = steps.find(({ op, urn }) => op !== "same" && urn.includes("$handoff:flux:FluxReady::"));
  const after = kustomizations(ready?.newState);
  const before = kustomizations(ready?.oldState);
  if (after === undefined || isDeepStrictEqual(after, before)) return undefined;
  const rounds = waves(after, { known: outsideOf(after) });
  const title = `<b>${html(stack)}</b>: ${after.length} Kustomizations in ${rounds.length} waves`;
  const drawing =
    after.length <= DRAWN
      ? `\`\`\`mermaid\n${mermaid(after, before).trimEnd()}\n\`\`\``
      : rounds
          .map((names, index) => `${index + 1}. ${names.length}: ${names.slice(0, 5).join(", ")}…`)
          .join("\n");
  return indivisible(IMPORTANCE.order, textOf(folded(title, fixed(drawing))), "");
}

function kustomizations(state: Step["newState"]): readonly OrderNode[] | undefined {
  return nodes.safeParse(state?.inputs?.kustomizations).data;
}
