/** Where progress is written to. */
export interface Output {
  readonly isTTY?: boolean;
  write: (text: string) => unknown;
}

/** Progress of a list of steps: a live line on a terminal, else a line for each step. */
export class Progress {
  private readonly live: boolean;
  private timer: NodeJS.Timeout | undefined;
  private started = 0;
  private line = "";

  constructor(private readonly output: Output) {
    this.live = output.isTTY === true;
  }

  /** `secondsLeft` estimates the time from the start of this step to the end of all. */
  start(label: string, secondsLeft: number | undefined): void {
    this.started = Date.now();
    this.line = label;
    const left = secondsLeft === undefined ? "" : `, about ${duration(secondsLeft)} left`;
    if (!this.live) this.output.write(`${label}${left}\n`);
    const draw = (): void => {
      const elapsed = (Date.now() - this.started) / 1000;
      const rest =
        secondsLeft === undefined ? "" : `, about ${duration(Math.max(1, secondsLeft - elapsed))} left`;
      this.output.write(`\r\x1b[K${label} ${duration(elapsed)}${rest}`);
    };
    if (this.live) {
      draw();
      this.timer = setInterval(draw, 500);
      this.timer.unref();
    }
  }

  done(result: string): void {
    clearInterval(this.timer);
    const elapsed = duration((Date.now() - this.started) / 1000);
    this.output.write(`${this.live ? "\r\x1b[K" : ""}${this.line}: ${result} (${elapsed})\n`);
  }

  fail(): void {
    clearInterval(this.timer);
    if (this.live) this.output.write("\n");
  }
}

export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
