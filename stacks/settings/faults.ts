import type { Environment } from "./references";

/** One fault of the settings, worded for whoever edits the stack's file. */
export interface Fault {
  /** As `pulumi config set --path` takes it: `handoff:cloudflare.zoneId`. */
  readonly path: string;
  /** What is there, such as `"abc"`; never a secret's value. */
  readonly found: string;
  readonly allowed: string;
  /** What to write or do instead. */
  readonly hint?: string;
}

export const NOTHING = "nothing";

export function formatFault({ path, found, allowed, hint }: Fault): string {
  return `${path}: found ${found}; allowed: ${allowed}${hint === undefined ? "" : `. ${hint}`}`;
}

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

/** The value as a reader would recognise it, on one line. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return NOTHING;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return `a mapping with ${Object.keys(value).join(", ") || "no entries"}`;
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 76)}…"`;
}
