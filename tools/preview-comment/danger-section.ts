import { ANNOTATION, type Danger } from "./danger/lint";
import { type Block, code, count, fixed } from "./markdown";
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
    const lines = those.slice(0, NAMED).map(({ object, what }) => `  - ${code(object)}: ${what}`);
    const more = those.length > NAMED ? [`  - and ${String(those.length - NAMED)} more`] : [];
    return fixed([`- **${rule}**: ${those[0]?.reason ?? ""}`, ...lines, ...more].join("\n"));
  });
  const [first] = open;
  const after = [
    ...(first === undefined
      ? []
      : [
          `If it is wanted, say so in \`Pulumi.${stack}.yaml\`, as ${code(`handoff:accept: [${first.rule} ${first.object}]`)}, or on an object by the annotation ${code(`${ANNOTATION}: ${first.rule}`)}.`,
        ]),
    ...(accepted.length === 0
      ? []
      : [
          `Accepted: ${accepted.map(({ rule, object, acceptedBy = "" }) => `${code(`${rule} ${object}`)} by ${acceptedBy}`).join(", ")}.`,
        ]),
  ].join("\n\n");
  const before = open.length === 0 ? "" : `⚠️ **${stack}: look twice**`;
  return section(
    IMPORTANCE.dangers,
    { before, blocks, after },
    (left) => `- ${count(left.length, "further rule")} that something breaks`,
  );
}
