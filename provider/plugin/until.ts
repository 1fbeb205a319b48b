import { setTimeout as sleep } from "node:timers/promises";
import type { HandlerContext } from "./handler";

/** Milliseconds between the first looks and later ones: much is done at once, and the rest isn't asked about too often. */
const PAUSE = { first: 100, most: 1000 };

/**
 * Looks until there is nothing to wait for, every second after the first few times.
 * @param look what is still waited for, for the resource's line; undefined when it is done
 * @param late the error after `timeoutSeconds`, of what was waited for then
 */
export async function until(
  ctx: HandlerContext,
  timeoutSeconds: number,
  look: () => Promise<string | undefined>,
  late: (waitsFor: string) => Promise<Error> | Error,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (let shown = "", pause = PAUSE.first; ; pause = Math.min(2 * pause, PAUSE.most)) {
    const waitsFor = await look();
    if (waitsFor === undefined) return;
    if (Date.now() > deadline) throw await late(waitsFor);
    if (waitsFor !== shown) ctx.status(waitsFor);
    shown = waitsFor;
    await sleep(pause, undefined, { signal: ctx.signal });
  }
}
