import { printable } from "../../provider/http/printable";
import { type Block, code, fenced, fixed, prose } from "./markdown";
import type { Message, StackPreview } from "./preview";
import type { Proposed } from "./findings";
import { IMPORTANCE, section, type Section } from "./section";

/** Why a preview failed, as the CLI says it, and what stands in the way in a repository as a diff. Pure. */
export function faultSection({ stack, errors, proposed }: StackPreview): Section | undefined {
  const inTheWay = proposed.filter(({ conflicts }) => conflicts.length > 0);
  const told = new Set(inTheWay.map(({ urn }) => urn));
  // The conflicts stand below, and the engine repeats that it failed.
  const rest = errors.filter(
    ({ text, urn = "" }) => !told.has(urn) && !/^(error: )?preview failed$/.test(text),
  );
  if (rest.length === 0 && inTheWay.length === 0) return undefined;
  const said = rest.length === 0 ? [] : [message(rest)];
  const blocks = [...said, ...inTheWay.flatMap((one) => conflicts(stack, one))];
  return section(
    IMPORTANCE.faults,
    { before: `**${prose(stack)}: the preview failed**`, blocks },
    (left) => `… and ${String(left.length)} more, in the run.`,
  );
}

/** What a preview warns of, and what the commits mean to Flux. Pure. */
export function warningSection({ stack, warnings, proposed }: StackPreview): Section | undefined {
  const notes = proposed.flatMap(({ notes }) => notes.map((text) => ({ text })));
  const texts = new Map<string, Message>([...warnings, ...notes].map((one) => [one.text, one]));
  if (texts.size === 0) return undefined;
  const blocks = [message([...texts.values()])];
  return section(
    IMPORTANCE.images,
    { before: `**${prose(stack)}: warnings**`, blocks },
    () => `${String(texts.size)} warnings, in the run.`,
  );
}

/** By resource, as the CLI groups them. */
function message(messages: readonly Message[]): Block {
  const lines = messages.map(({ text, urn }) => {
    const [, , type, ...name] = (urn ?? "").split("::");
    return type === undefined || type === "pulumi:pulumi:Stack"
      ? text
      : `${type.split("$").at(-1) ?? ""} (${name.join("::")}):\n${text}`;
  });
  return fenced("", printable(lines.join("\n\n")));
}

function conflicts(stack: string, { url, branch, conflicts: all, advice }: Proposed): Block[] {
  const end = advice === undefined ? "" : `\n\n→ ${prose(advice)}${byPipeline(stack, advice)}`;
  return all.map((conflict, index) => {
    const lines = conflict.split("\n").filter((line) => !/^={9,}$/.test(line));
    const start = lines.findIndex((line) => line.startsWith("--- "));
    const words = prose((start === -1 ? lines : lines.slice(0, start)).join("\n").replace(/:$/, ""));
    const title = `${index === 0 ? `In ${code(branch)} of ${code(url)}:\n\n` : ""}- ${words.replaceAll("\n", "\n  ")}`;
    const close = index === all.length - 1 ? end : "";
    if (start === -1) return fixed(`${title}${close}`);
    const { before, body, after } = fenced("diff", lines.slice(start).join("\n"));
    return { before: `${title}\n\n${before}`, body, after: `${after}${close}` };
  });
}

/** What the advice to refresh comes to for who has a pull request and no terminal. */
function byPipeline(stack: string, advice: string): string {
  if (!advice.includes("`pulumi refresh`")) return "";
  const inputs = `${code("refresh: true")} and ${code(`stacks: ${stack.split("/").at(-1) ?? ""}`)}`;
  return `\n\n→ Without a terminal: run the pipeline ${code("deploy")} by hand with ${inputs}, which puts back what the deployed branch says, then this preview again.`;
}
