import { formatFault, type Fault } from "../../manifests/fault";
import type { Environment } from "./references";

export { NOTHING, show, type Fault } from "../../manifests/fault";

/** All faults in one text, in the order of their paths, with their lines where they are known. */
export function formatFaults({ stack, lineOf }: FaultyFile, faults: readonly Fault[]): string {
  const texts = new Map(faults.map((fault) => [formatFault(fault), lineOf?.(fault.path)]));
  const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
  const count = sorted.length === 1 ? "1 fault" : `${sorted.length} faults`;
  const lines = sorted.map(([text, line]) => (line === undefined ? text : `line ${line}: ${text}`));
  return [`Pulumi.${stack}.yaml has ${count}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

type FaultyFile = Pick<Environment, "stack" | "lineOf">;

export function settingPath(path: readonly PropertyKey[]): string {
  const [key, ...rest] = path;
  const steps = rest.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`));
  return `handoff:${String(key)}${steps.join("")}`;
}
