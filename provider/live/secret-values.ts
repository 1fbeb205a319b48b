import { isMap, isScalar, parseAllDocuments, type YAMLMap } from "yaml";

/** What a Secret's value is shown as, and one that is another than before. */
const HIDDEN = "[secret]";
const OTHER = "[another secret]";

/**
 * Two texts of one file without the values of the Secrets in it, so that both can be shown: keys stay, and a value that
 * differs is told apart. Ciphertext and texts that aren't YAML stay as they are.
 */
export function withoutSecretValues(before: string | undefined, after: string | undefined) {
  return { before: hide(before, new Map()), after: hide(after, valuesOf(before)) };
}

/** The same for data: `data` and `stringData` of a Secret. */
export function withoutData<T extends { readonly kind?: string }>(
  object: T | undefined,
  former?: object,
): T | undefined {
  if (object?.kind !== "Secret" || "sops" in object) return object;
  const hidden = ["data", "stringData"].flatMap((field) => {
    const values = (object as Record<string, unknown>)[field];
    if (values === null || typeof values !== "object") return [];
    const old = ((former as Record<string, unknown> | undefined)?.[field] ?? {}) as Record<string, unknown>;
    const shown = Object.entries(values).map(([key, value]) => [
      key,
      former === undefined || old[key] === value ? HIDDEN : OTHER,
    ]);
    return [[field, Object.fromEntries(shown)]];
  });
  return { ...object, ...Object.fromEntries(hidden) } as T;
}

function hide(text: string | undefined, former: ReadonlyMap<string, string>): string | undefined {
  if (text === undefined) return undefined;
  let shown = text;
  // From the end, so that the places of the others stay.
  for (const { key, value, start, end } of secretValues(text).reverse()) {
    const known = former.get(key);
    const line = text.slice(start, end).endsWith("\n") ? "\n" : "";
    const word = known === undefined || known === value ? HIDDEN : OTHER;
    shown = `${shown.slice(0, start)}${word}${line}${shown.slice(end)}`;
  }
  return shown;
}

function valuesOf(text: string | undefined): ReadonlyMap<string, string> {
  return new Map(secretValues(text ?? "").map(({ key, value }) => [key, value]));
}

interface SecretValue {
  readonly key: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

function secretValues(text: string): SecretValue[] {
  if (!/\bSecret\b/.test(text)) return [];
  return parseAllDocuments(text).flatMap(({ contents }) => (isMap(contents) ? secretsIn(contents) : []));
}

function secretsIn(map: YAMLMap): SecretValue[] {
  const items = map.get("items") as { readonly items?: readonly unknown[] } | undefined;
  if (items?.items !== undefined) return items.items.flatMap((item) => (isMap(item) ? secretsIn(item) : []));
  if (map.get("kind") !== "Secret" || map.has("sops")) return [];
  const name = [map.getIn(["metadata", "namespace"]), map.getIn(["metadata", "name"])].join("/");
  return ["data", "stringData"].flatMap((field) => {
    const values = map.get(field, true);
    if (!isMap(values)) return [];
    return values.items.flatMap(({ key, value }): SecretValue[] => {
      if (!isScalar(value) || value.range === undefined || value.range === null) return [];
      const [start, end] = value.range;
      return [{ key: `${name} ${String(key)}`, value: String(value.value), start, end }];
    });
  });
}
