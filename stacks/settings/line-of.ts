import { existsSync, readFileSync } from "node:fs";
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";

/**
 * The line of a stack's file at which a setting is, from 1; where it isn't set, of the mapping that it would be in.
 * @param path as `pulumi config set --path` takes it: `handoff:cloudflare.zoneId`
 * @returns undefined when the file isn't in the project's folder, or has nothing of it
 */
export function lineOf(file: string, path: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines });
  let node = document.get("config");
  let offset: number | undefined;
  for (let rest = path; rest !== "";) {
    const next = isMap(node) ? entryOf(node, rest) : isSeq(node) ? itemOf(node, rest) : undefined;
    if (next === undefined) break;
    ({ node, offset, rest } = next);
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

interface Step {
  readonly node: unknown;
  readonly offset: number | undefined;
  /** What of the path comes after it. */
  readonly rest: string;
}

/** Keys may have dots in them: the longest that fits. */
function entryOf(map: YAMLMap, path: string): Step | undefined {
  const fitting = map.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : "";
    const fits = path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`);
    if (name === "" || !fits) return [];
    return [{ node: value, offset: offsetOf(key), rest: path.slice(name.length).replace(/^\./, "") }];
  });
  return fitting.sort((a, b) => a.rest.length - b.rest.length)[0];
}

function itemOf(list: YAMLSeq, path: string): Step | undefined {
  const [step, index] = /^\[(\d+)\]\.?/.exec(path) ?? [];
  const node = index === undefined ? undefined : list.items[Number(index)];
  if (step === undefined || node === undefined) return undefined;
  return { node, offset: offsetOf(node), rest: path.slice(step.length) };
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
