/**
 * Milliseconds that a host asks to wait, by RFC 9110's `Retry-After`: seconds or a date, which is one of the host's clock;
 * undefined when it names none.
 */
export function retryAfter(headers: { get(name: string): string | null }): number | undefined {
  const header = headers.get("retry-after");
  if (header === null) return undefined;
  const sent = Date.parse(headers.get("date") ?? "");
  const now = Number.isNaN(sent) ? Date.now() : sent;
  const milliseconds = /^[\d.]+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
