/** A work queue: each key is worked on once at a time, again after a failure, and later when its work asks for it. */

/** Brings the object of the key to what it should be; returns after how many milliseconds to look again. */
export type Reconcile = (key: string) => Promise<number | undefined>;

interface Entry {
  running: boolean;
  /** Changed while it was being worked on. */
  again: boolean;
  failures: number;
  timer?: NodeJS.Timeout;
}

// A function, since the flag changes while the work awaits.
const wasAsked = (entry: Entry): boolean => entry.again;

const firstDelay = 500;
const longestDelay = 30_000;

export class Queue {
  private readonly entries = new Map<string, Entry>();
  private stopped = false;
  private working = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param atOnce keys that are worked on side by side; the others wait for their turn */
  constructor(
    private readonly name: string,
    private readonly reconcile: Reconcile,
    private readonly atOnce = Number.POSITIVE_INFINITY,
  ) {}

  add(key: string): void {
    this.schedule(key, 0);
  }

  stop(): void {
    this.stopped = true;
    for (const { timer } of this.entries.values()) clearTimeout(timer);
  }

  private schedule(key: string, delay: number): void {
    if (this.stopped) return;
    const entry = this.entries.get(key) ?? { running: false, again: false, failures: 0 };
    this.entries.set(key, entry);
    if (entry.running) {
      entry.again = true;
      return;
    }
    clearTimeout(entry.timer);
    // Node's timers end at 2^31 ms; a look too many does no harm.
    entry.timer = setTimeout(() => void this.work(key, entry), Math.min(delay, 86_400_000));
  }

  private async work(key: string, entry: Entry): Promise<void> {
    entry.running = true;
    if (this.working < this.atOnce) this.working++;
    else await new Promise<void>((turn) => this.waiting.push(turn));
    entry.again = false;
    let next: number | undefined;
    try {
      next = await this.reconcile(key);
      entry.failures = 0;
    } catch (error) {
      next = Math.min(firstDelay * 2 ** entry.failures, longestDelay);
      entry.failures += 1;
      console.error(`${this.name} ${key}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const turn = this.waiting.shift();
    if (turn === undefined) this.working--;
    else turn();
    entry.running = false;
    // What asked for another look meanwhile gets it, but does not shorten the pause after a failure.
    if (wasAsked(entry) && entry.failures === 0) this.schedule(key, 0);
    else if (next !== undefined) this.schedule(key, next);
    else this.entries.delete(key);
  }
}
