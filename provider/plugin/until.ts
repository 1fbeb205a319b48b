import { setTimeout as sleep } from "node:timers/promises";
import type { HandlerContext } from "./handler";

/**
 * Looks every second until there is nothing to wait for.
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
  for (let shown = ""; ;) {
    const waitsFor = await look();
    if (waitsFor === undefined) return;
    if (Date.now() > deadline) throw await late(waitsFor);
    if (waitsFor !== shown) ctx.status(waitsFor);
    shown = waitsFor;
    await sleep(1000, undefined, { signal: ctx.signal });
  }
}
