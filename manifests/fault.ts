/** One fault of what a user wrote: a setting, or an option of an app. */
export interface Fault {
  /** As `pulumi config set --path` takes it, `handoff:cloudflare.zoneId`; of an option its name. */
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

/** The value as a reader would recognise it, on one line. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return NOTHING;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object") return `a mapping with ${Object.keys(value).join(", ") || "no entries"}`;
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 76)}…"`;
}
