/**
 * What a server-side apply leaves of an object: lists of named items are merged by their names, and what the manager
 * applied before and applies no more goes. Whose a field is besides isn't kept.
 * @param former what the manager applied last
 */
export function applied(live: unknown, former: unknown, next: unknown): unknown {
  return merged(without(live, former, next), next);
}

type Fields = Readonly<Record<string, unknown>>;
type Named = Fields & { readonly name: string };

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNamedList(value: unknown): value is readonly Named[] {
  return Array.isArray(value) && value.every((item) => isFields(item) && typeof item.name === "string");
}

function byName(list: readonly Named[]): Fields {
  return Object.fromEntries(list.map((item) => [item.name, item]));
}

function merged(live: unknown, next: unknown): unknown {
  if (isNamedList(live) && isNamedList(next))
    return Object.values(merged(byName(live), byName(next)) as Fields);
  if (!isFields(live) || !isFields(next)) return next;
  return {
    ...live,
    ...Object.fromEntries(Object.entries(next).map(([key, value]) => [key, merged(live[key], value)])),
  };
}

function without(live: unknown, former: unknown, next: unknown): unknown {
  if (isNamedList(live) && isNamedList(former)) {
    const kept = without(byName(live), byName(former), isNamedList(next) ? byName(next) : {});
    return Object.entries(kept as Fields).map(([name, item]) => ({ name, ...(item as Fields) }));
  }
  if (!isFields(live) || !isFields(former)) return live;
  const others = isFields(next) ? next : {};
  const entries = Object.entries(live).flatMap(([key, value]) => {
    if (!(key in former)) return [[key, value] as const];
    const inner = without(value, former[key], others[key]);
    if (key in others) return [[key, inner] as const];
    // What others added inside of it stays.
    return holdsMore(inner, former[key]) ? [[key, inner] as const] : [];
  });
  return Object.fromEntries(entries);
}

function holdsMore(inner: unknown, former: unknown): boolean {
  if (Array.isArray(inner)) return Array.isArray(former) && inner.length > 0;
  return isFields(inner) && isFields(former) && Object.keys(inner).length > 0;
}
