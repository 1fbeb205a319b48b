/** A duration as kubectl shows ages: the largest unit alone. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${String(seconds)}s`;
  if (seconds < 120 * 60) return `${String(Math.floor(seconds / 60))}m`;
  if (seconds < 48 * 3600) return `${String(Math.floor(seconds / 3600))}h`;
  return `${String(Math.floor(seconds / 86_400))}d`;
}
