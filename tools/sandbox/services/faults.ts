/**
 * Faults on demand: the next requests that match meet one instead of their answer. A test of retries and of crash
 * safety posts them to `/__faults`; FAULTS sets them from the start.
 */
import { z } from "zod";

const fault = z
  .strictObject({
    /** The answer's status. */
    status: z.int().min(400).max(599).optional(),
    /** No answer: the connection is cut, or stays open without a word. */
    answer: z.enum(["cut", "hang"]).optional(),
    /** The request is handled first, and only its answer is lost. */
    done: z.boolean().default(false),
    /** Seconds in the header Retry-After. */
    retryAfter: z.number().nonnegative().optional(),
    /** The answer repeats the request's Authorization header. */
    echo: z.boolean().default(false),
    /** How many requests fail. */
    times: z.int().positive().default(1),
    method: z.string().optional(),
    /** A part of the path; without it every path matches. */
    path: z.string().optional(),
  })
  .refine(({ status, answer }) => (status === undefined) !== (answer === undefined), {
    error: "one of status and answer is needed",
  });
// `null` clears what is left.
const schema = z.union([fault, z.null()]);
export type Fault = z.output<typeof fault>;

export class Faults {
  private pending: Fault[] = [];

  constructor(initial?: string) {
    if (initial) this.add(initial);
  }

  /** @throws when the text is not one fault, a list of them, or `null`. */
  add(text: string): void {
    const parsed: unknown = JSON.parse(text);
    for (const entry of Array.isArray(parsed) ? (parsed as unknown[]) : [parsed]) {
      const added = schema.parse(entry);
      if (added) this.pending.push({ ...added });
      else this.pending = [];
    }
  }

  /** What the request meets, or undefined when it is to be handled. */
  take(call: { readonly method: string; readonly path: string }): Fault | undefined {
    const found = this.pending.find(
      ({ method, path }) => (method ?? call.method) === call.method && call.path.includes(path ?? ""),
    );
    if (!found) return undefined;
    found.times -= 1;
    if (found.times === 0) this.pending = this.pending.filter((other) => other !== found);
    return found;
  }
}
