/** One thing that was measured. */
export interface Row {
  readonly apps: number;
  readonly what: string;
  /** Median of the runs. */
  readonly seconds: number;
  readonly runs: number;
  readonly stateKilobytes?: number;
  /** Requests to the git host. */
  readonly requests?: number;
  readonly goal?: Goal;
}

/** `seconds` at most `limit` times those of `of`, or a number of requests or kilobytes. */
export interface Goal {
  readonly of: string;
  readonly measured: number;
  readonly limit: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
}

/** A Markdown table; a missed goal is marked. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ apps, what, seconds, runs, stateKilobytes, requests, goal }) => [
    apps === 0 ? "" : String(apps),
    what,
    `${seconds.toFixed(2)}${runs > 1 ? ` (${String(runs)} runs)` : ""}`,
    requests === undefined ? "" : String(requests),
    stateKilobytes === undefined ? "" : `${stateKilobytes.toFixed(0)} kB`,
    goal === undefined
      ? ""
      : `${goal.measured.toFixed(2)} ${goal.of}, at most ${String(goal.limit)}${goal.measured <= goal.limit ? "" : " **missed**"}`,
  ]);
  const lines = cells.map((row) => `| ${row.join(" | ")} |`);
  return [
    "| apps | what | seconds | requests | state | goal |",
    "|---:|---|---:|---:|---:|---|",
    ...lines,
    "",
  ].join("\n");
}
