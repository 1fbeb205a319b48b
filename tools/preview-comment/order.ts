import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { mermaid, outsideOf, waves, type OrderNode } from "../../manifests/flux/order";
import { code, fixed, folded, html, textOf } from "./markdown";
import { IMPORTANCE, indivisible, type Section } from "./section";
import type { StackPreview } from "./preview";
import type { Step } from "./step";

/** A larger drawing helps nobody, and would leave no room for the changes. */
const DRAWN = 60;

const reference = z.object({ name: z.string(), namespace: z.string().optional() });
const nodes = z.array(reference.extend({ dependsOn: z.array(reference).optional() }));

/**
 * How Flux would apply the stack's Kustomizations, where a preview changes that: their waves, drawn, or as a list where
 * nothing draws. Pure.
 */
export function orderSection({ stack, steps }: StackPreview, drawn = true): Section | undefined {
  const ready = steps.find(({ op, urn }) => op !== "same" && urn.includes("$handoff:flux:FluxReady::"));
  const after = kustomizations(ready?.newState);
  const before = kustomizations(ready?.oldState);
  if (after === undefined || isDeepStrictEqual(after, before)) return undefined;
  const rounds = waves(after, { known: outsideOf(after) });
  const title = `<b>${html(stack)}</b>: ${after.length} Kustomizations in ${rounds.length} waves`;
  const drawing =
    after.length > DRAWN
      ? rounds
          .map((names, index) => `${index + 1}. ${names.length}: ${names.slice(0, 5).join(", ")}…`)
          .join("\n")
      : drawn
        ? `\`\`\`mermaid\n${mermaid(after, before).trimEnd()}\n\`\`\``
        : listed(rounds, after, before);
  return indivisible(IMPORTANCE.order, textOf(folded(title, fixed(drawing))), "");
}

/** A line for each wave, what is new or goes in words. */
function listed(
  rounds: readonly (readonly string[])[],
  after: readonly OrderNode[],
  before: readonly OrderNode[] = after,
): string {
  const [known, now] = [new Set(before.map(shown)), new Set(after.map(shown))];
  const named = (name: string): string => `${code(name)}${known.has(name) ? "" : " (**new**)"}`;
  const gone = [...known].filter((name) => !now.has(name));
  return [
    ...rounds.map((names, index) => `${String(index + 1)}. ${names.map(named).join(", ")}`),
    ...(gone.length === 0 ? [] : [`\n**goes**: ${gone.map(code).join(", ")}`]),
  ].join("\n");
}

const shown = ({ name, namespace = "flux-system" }: OrderNode): string =>
  namespace === "flux-system" ? name : `${namespace}/${name}`;

function kustomizations(state: Step["newState"]): readonly OrderNode[] | undefined {
  return nodes.safeParse(state?.inputs?.kustomizations).data;
}
