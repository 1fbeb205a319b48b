import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

/** What to type when a text appears. */
export type Answers = readonly (readonly [appears: string, keys: string])[];

export const ENTER = "\r";
export const DOWN = "\u001b[B";

/** A terminal with somebody before it, who waits for each question. */
export class Screen {
  readonly input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  /** All that was shown. */
  shown = "";
  private since = 0;
  private readonly left: (readonly [string, string])[];

  readonly output = Object.assign(
    new Writable({
      write: (chunk, _encoding, done) => {
        this.shown += String(chunk);
        done();
        setImmediate(() => {
          this.react();
        });
      },
    }),
    { isTTY: true, columns: 200, rows: 50 },
  );

  constructor(answers: Answers) {
    this.left = [...answers];
  }

  /** Without what only moves the cursor. */
  get text(): string {
    return stripVTControlCharacters(this.shown);
  }

  get unasked(): readonly string[] {
    return this.left.map(([appears]) => appears);
  }

  private react(): void {
    const [appears, keys] = this.left[0] ?? [];
    if (appears === undefined || !stripVTControlCharacters(this.shown.slice(this.since)).includes(appears))
      return;
    this.left.shift();
    this.since = this.shown.length;
    // Each key as the terminal sends it.
    for (const key of keys?.match(/\u001b\[.|[^]/g) ?? []) this.input.write(key);
  }
}
