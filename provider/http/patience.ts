import { HandlerContext } from "../plugin/handler";

/** What a wait needs: its end by the user, and a line to say what is waited for. */
export type Waiting = Pick<HandlerContext, "signal" | "status">;

/** So often a wait says that it goes on, in milliseconds: nobody sees a silence of ten seconds. */
export const BEAT = 8_000;

/**
 * Waits for what is under way and says so at every beat.
 * @throws the signal's reason as soon as the user cancels, even when what is under way goes on
 */
export async function patiently<T>(
  { signal, status }: Waiting,
  say: (seconds: number) => string,
  work: Promise<T>,
  beat = BEAT,
): Promise<T> {
  signal.throwIfAborted();
  const started = Date.now();
  const timer = setInterval(() => {
    status(say(Math.round((Date.now() - started) / 1000)));
  }, beat);
  let cancel: () => void = () => undefined;
  const cancelled = new Promise<never>((_, reject) => {
    cancel = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", cancel, { once: true });
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    clearInterval(timer);
    signal.removeEventListener("abort", cancel);
    // What was left behind may fail later, and nobody asks any more.
    work.catch(() => undefined);
  }
}

/** Sleeps and says at once, and at every beat, how long it still takes. */
export async function pause(waiting: Waiting, milliseconds: number, why: string, beat = BEAT): Promise<void> {
  const seconds = Math.ceil(milliseconds / 1000);
  if (milliseconds > beat) waiting.status(`${why}: ${String(seconds)} s`);
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await patiently(
      waiting,
      (passed) => `${why}: ${String(Math.max(0, seconds - passed))} s more`,
      end,
      beat,
    );
  } finally {
    clearTimeout(timer);
  }
}
