import type { HandlerContext } from "./handler";
import { BEAT } from "../http/patience";

/** Milliseconds that a handler has after a cancel to end by itself, in its own words. */
const GRACE = 700;

/** A context that knows when it was last spoken to. */
export interface AttendedContext extends HandlerContext {
  readonly heard: { at: number; status: string | undefined };
}

/**
 * Waits for a handler: says that it is still at work when it has said nothing for a beat, and ends soon after a cancel,
 * whatever the handler waits for. What was begun at a host then may land or not, as with any kill.
 */
export async function attended<T>(ctx: AttendedContext, work: Promise<T>, beat = BEAT): Promise<T> {
  const started = Date.now();
  const timer = setInterval(
    () => {
      if (Date.now() - ctx.heard.at < beat) return;
      const { status = "still at work" } = ctx.heard;
      ctx.status(`${status.replace(AGAIN, "")} (${String(Math.round((Date.now() - started) / 1000))} s)`);
    },
    Math.min(1000, beat / 4),
  );
  let stop: () => void = () => undefined;
  const cancelled = new Promise<never>((_, reject) => {
    stop = () => {
      setTimeout(reject, GRACE, ctx.signal.reason as Error).unref();
    };
    if (ctx.signal.aborted) stop();
    else ctx.signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    clearInterval(timer);
    ctx.signal.removeEventListener("abort", stop);
    // What was left behind may fail later, and nobody asks any more.
    work.catch(() => undefined);
    cancelled.catch(() => undefined);
  }
}

/** The seconds that an earlier beat told. */
const AGAIN = / \(\d+ s\)$/;
