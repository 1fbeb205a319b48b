import { isDeepStrictEqual } from "node:util";
import type { DiffKind } from "./handler";

/** What changes, by the paths under which the engine shows it. */
export type DetailedDiff = Record<string, DiffKind>;

/** The path of a property in the engine's notation. */
export function at(name: string, key: string): string {
  return `${name}[${JSON.stringify(key)}]`;
}

/** What changes in a map, entry by entry: others aren't shown. Lists in it are looked through in the same way. */
export function mapChanges(name: string, before: unknown, after: unknown): DetailedDiff {
  const [olds, news] = [before ?? {}, after ?? {}] as Record<string, unknown>[];
  const detailed: DetailedDiff = {};
  for (const key of new Set([...Object.keys(olds ?? {}), ...Object.keys(news ?? {})])) {
    const path = at(name, key);
    const [old, now] = [olds, news].map((side) => (Object.hasOwn(side ?? {}, key) ? side?.[key] : undefined));
    if (old === undefined) detailed[path] = "add";
    else if (now === undefined) detailed[path] = "delete";
    else if (Array.isArray(old) && Array.isArray(now)) Object.assign(detailed, listChanges(path, old, now));
    else if (!isDeepStrictEqual(old, now)) detailed[path] = "update";
  }
  return detailed;
}

/** What changes in a list: entries that are gone by their former place, others by that which they have now. */
export function listChanges(
  name: string,
  before: readonly unknown[],
  after: readonly unknown[],
): DetailedDiff {
  if (isDeepStrictEqual(before, after)) return {};
  const [gone, come] = [without(before, after), without(after, before)];
  // The same entries in another order.
  if (gone.size + come.size === 0) return { [name]: "update" };
  const places = [...new Set([...gone, ...come])].sort((a, b) => a - b);
  return Object.fromEntries(
    places.map((place) => [
      `${name}[${String(place)}]`,
      gone.has(place) && come.has(place) ? "update" : gone.has(place) ? "delete" : "add",
    ]),
  );
}

/** Places of the entries that the other list hasn't got, or not as often. */
function without(list: readonly unknown[], other: readonly unknown[]): Set<number> {
  const left = new Map<string, number>();
  for (const entry of other) left.set(keyOf(entry), (left.get(keyOf(entry)) ?? 0) + 1);
  const places = new Set<number>();
  for (const [place, entry] of list.entries()) {
    const count = left.get(keyOf(entry)) ?? 0;
    if (count === 0) places.add(place);
    else left.set(keyOf(entry), count - 1);
  }
  return places;
}

/** Equal for equal data, whatever the order of keys. */
function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
