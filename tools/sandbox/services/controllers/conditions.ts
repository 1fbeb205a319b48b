/** The Ready condition that both controllers report by. */

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly observedGeneration?: number;
}

export type Conditions = readonly Condition[] | undefined;

export function isReady(conditions: Conditions): boolean {
  return conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** The condition with the time of its last change of status, or undefined when it says what it said before. */
export function changedCondition(before: Conditions, next: Condition): Condition | undefined {
  const old = before?.find(({ type }) => type === next.type);
  const same =
    old?.status === next.status &&
    old.reason === next.reason &&
    old.message === next.message &&
    old.observedGeneration === next.observedGeneration;
  if (same) return undefined;
  const time = old?.status === next.status ? old.lastTransitionTime : undefined;
  return { ...next, lastTransitionTime: time ?? now() };
}

/** The time as Kubernetes writes it: to the second. */
export function now(date = new Date()): string {
  return date.toISOString().replace(/\.\d+/, "");
}

/** A Go duration such as `1h30m` in milliseconds. @throws when it is none. */
export function milliseconds(duration: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (duration === "0") return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(duration))
    throw new Error(`${duration} is not a duration such as 1h30m`);
  return [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0),
    0,
  );
}
