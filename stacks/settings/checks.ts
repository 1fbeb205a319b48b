import { show, type Fault } from "./faults";

/** Reports a fault at a path below `handoff:`; what was found there is shown unless `found` says it. */
export type Report = (path: string, fault: Omit<Fault, "path" | "found"> & { found?: string }) => void;

/**
 * What takes more than one setting to see. A check reads the raw values, so that its faults are found beside those of
 * the schema; a value that isn't a text, or that is missing, is the schema's matter.
 */
export type Check = (raw: object, report: Report) => void;

/** The faults that the checks find in a stack's settings. */
export function crossChecks(raw: Readonly<Record<string, unknown>>, checks: readonly Check[]): Fault[] {
  const faults: Fault[] = [];
  const report: Report = (path, { found, ...fault }) => {
    faults.push({ path: `handoff:${path}`, found: found ?? show(at(raw, path)), ...fault });
  };
  for (const check of checks) check(raw, report);
  return faults;
}

export function at(raw: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      raw,
    );
}

export function textAt(raw: unknown, path: string): string | undefined {
  const value = at(raw, path);
  return typeof value === "string" ? value : undefined;
}
