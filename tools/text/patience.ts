import { BEAT, patiently as waitPatiently } from "../../provider/http/patience";

/**
 * Awaits work, and tells every few seconds that it goes on, and for how long: a host that hangs would look like a command
 * that does.
 * @param what is waited for by now
 */
export async function patiently<T>(
  work: Promise<T>,
  what: () => string,
  tell: (line: string) => void = onStandardError,
  every = BEAT,
): Promise<T> {
  const waiting = { signal: new AbortController().signal, status: tell }; // a command ends with its process
  return await waitPatiently(waiting, (seconds) => `${what()} … ${String(seconds)} s`, work, every);
}

function onStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
