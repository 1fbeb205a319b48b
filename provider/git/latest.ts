import type { HandlerContext } from "../plugin/handler";
import type { Inputs } from "./commit-inputs";

type Run = Pick<HandlerContext, "signal">;
type Place = Pick<Inputs, "url" | "branch">;

/**
 * The newest commits of branches by place, as they were asked for in this run of the engine, which the signal stands
 * for: what signs in beforehand asks along, so that nobody waits for it later.
 */
const runs = new WeakMap<AbortSignal, Map<string, Promise<string | undefined>>>();

/** Asks once in a run. */
export function latestOnce(
  ctx: Run,
  place: Place,
  ask: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const asked = knownIn(ctx).get(nameOf(place)) ?? ask();
  knownIn(ctx).set(nameOf(place), asked);
  // Who waits for it hears of a failure.
  asked.catch(() => undefined);
  return asked;
}

/** Keeps an answer to another question. */
export function noteLatest(ctx: Run, place: Place, commit: string | undefined): void {
  knownIn(ctx).set(nameOf(place), Promise.resolve(commit));
}

function knownIn({ signal }: Run): Map<string, Promise<string | undefined>> {
  const known = runs.get(signal) ?? new Map<string, Promise<string | undefined>>();
  runs.set(signal, known);
  return known;
}

function nameOf({ url, branch }: Place): string {
  return `${url}#${branch}`;
}
