const HOUR = 3_600_000;

/**
 * An age in milliseconds: whole days or hours, `90d`, `12h`; undefined for another text. Go's durations, which Flux
 * takes, have no days.
 */
export function ageMilliseconds(text: string): number | undefined {
  const [, amount, unit] = /^([1-9][0-9]{0,5})([dh])$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * (unit === "d" ? 24 * HOUR : HOUR);
}

/** An age in the largest unit of which it has two: `93 days`, `30 hours`. */
export function shownAge(milliseconds: number): string {
  const hours = Math.floor(milliseconds / HOUR);
  return hours >= 48
    ? `${String(Math.floor(hours / 24))} days`
    : hours === 1
      ? "1 hour"
      : `${String(hours)} hours`;
}
