/** So long a command may say nothing: a host that hangs would look like a command that does. */
const SILENT_MS = 8000;

/**
 * Awaits work, and tells every few seconds that it goes on, and for how long.
 * @param what is waited for by now
 */
export async function patiently<T>(
  work: Promise<T>,
  what: () => string,
  tell: (line: string) => void = onStandardError,
  every = SILENT_MS,
): Promise<T> {
  const started = Date.now();
  const timer = setInterval(() => {
    tell(`${what()} … ${String(Math.round((Date.now() - started) / 1000))} s`);
  }, every);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

function onStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
