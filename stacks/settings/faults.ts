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

function formatFault({ path, found, allowed, hint }: Fault): string {
  return `${path}: found ${found}; allowed: ${allowed}${hint === undefined ? "" : `. ${hint}`}`;
}

/** All faults in one text, in the order of their paths. */
export function formatFaults(stack: string, faults: readonly Fault[]): string {
  const lines = [...new Set(faults.map(formatFault))].sort((a, b) => (a < b ? -1 : 1));
  const count = lines.length === 1 ? "1 fault" : `${lines.length} faults`;
  return [`Pulumi.${stack}.yaml has ${count}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

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

/** "Did you mean …?", when a candidate is close enough to be meant. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)[0];
  return near === undefined ? undefined : `Did you mean ${near.candidate}?`;
}

/** Levenshtein's distance: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
