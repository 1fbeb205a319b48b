import { ANNOTATION, type Danger } from "./danger/lint";
import { type Block, code, count, fixed, prose } from "./markdown";
import { fileOf } from "./preview";
import { IMPORTANCE, section, type Section } from "./section";

/** Objects of one rule that are named. */
const NAMED = 10;

/** What to look at twice, a rule each with its reason, and how to say that it is wanted. Pure. */
export function dangerSection(stack: string, dangers: readonly Danger[]): Section | undefined {
  if (dangers.length === 0) return undefined;
  const open = dangers.filter(({ acceptedBy }) => acceptedBy === undefined);
  const accepted = dangers.filter(({ acceptedBy }) => acceptedBy !== undefined);
  const rules = [...new Set(open.map(({ rule }) => rule))];
  const blocks = rules.map((rule): Block => {
    const those = open.filter((one) => one.rule === rule);
    const lines = those.slice(0, NAMED).map(({ object, what }) => `  - ${code(object)}: ${prose(what)}`);
    const more = those.length > NAMED ? [`  - and ${String(those.length - NAMED)} more`] : [];
    return fixed([`- **${rule}**: ${those[0]?.reason ?? ""}`, ...lines, ...more].join("\n"));
  });
  const [first] = open;
  const after = [
    ...(first === undefined ? [] : [`What is wanted is accepted ${places(stack, first)}.`]),
    ...(accepted.length === 0
      ? []
      : [
          `Accepted: ${accepted.map(({ rule, object, acceptedBy = "" }) => `${code(`${rule} ${object}`)} by ${acceptedBy}`).join(", ")}.`,
        ]),
  ].join("\n\n");
  const before = open.length === 0 ? "" : `⚠️ **${prose(stack)}: look twice**`;
  return section(
    IMPORTANCE.dangers,
    { before, blocks, after },
    (left) => `- ${count(left.length, "further rule")} that something breaks`,
  );
}

/** Where a danger is accepted; what Pulumi makes has no annotations, and of what goes nobody reads one. */
function places(stack: string, { rule, object, annotations }: Danger): string {
  const line = `by a line of ${code(fileOf(stack))}: ${code(`handoff:accept: [${JSON.stringify(`${rule} ${object}`)}]`)}`;
  return annotations === undefined
    ? line
    : `${line}, or on the object by the annotation ${code(`${ANNOTATION}: ${rule}`)}`;
}
