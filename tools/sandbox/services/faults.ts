/**
 * Faults on demand: the next requests that match are answered with a status instead of being handled. A test of
 * retries and of crash safety posts them to `/__faults`; FAULTS sets them from the start.
 */
import { z } from "zod";

const schema = z.union([
  z.strictObject({
    status: z.int().min(400).max(599),
    /** How many requests fail. */
    times: z.int().positive().default(1),
    method: z.string().optional(),
    /** A part of the path; without it every path matches. */
    path: z.string().optional(),
  }),
  // `null` clears what is left.
  z.null(),
]);
type Fault = NonNullable<z.output<typeof schema>>;

export class Faults {
  private pending: Fault[] = [];

  constructor(initial?: string) {
    if (initial) this.add(initial);
  }

  /** @throws when the text is not one fault, a list of them, or `null`. */
  add(text: string): void {
    const parsed: unknown = JSON.parse(text);
    for (const entry of Array.isArray(parsed) ? (parsed as unknown[]) : [parsed]) {
      const fault = schema.parse(entry);
      if (fault) this.pending.push({ ...fault });
      else this.pending = [];
    }
  }

  /** The status to answer with, or undefined when the request is to be handled. */
  take(call: { readonly method: string; readonly path: string }): number | undefined {
    const fault = this.pending.find(
      ({ method, path }) => (method ?? call.method) === call.method && call.path.includes(path ?? ""),
    );
    if (!fault) return undefined;
    fault.times -= 1;
    if (fault.times === 0) this.pending = this.pending.filter((other) => other !== fault);
    return fault.status;
  }
}
