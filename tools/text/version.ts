/** True for a version such as `v3.250.0` before another one, by as many numbers as that one names; of no number false. */
export function isOlder(version: string, than: string): boolean {
  const [numbers, others] = [version, than].map((text) =>
    /^v?(\d+(\.\d+)*)/.exec(text)?.[1]?.split(".").map(Number),
  );
  if (numbers === undefined || others === undefined) return false;
  const at = others.findIndex((other, index) => other !== (numbers[index] ?? 0));
  return at !== -1 && (numbers[at] ?? 0) < (others[at] ?? 0);
}
