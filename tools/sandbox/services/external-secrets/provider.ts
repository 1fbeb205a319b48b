/** What ExternalSecrets read from, whoever's vault it is. */
import type { RemoteRef } from "./types";

export interface Provider {
  /** A secret's value, or the property of it that the reference names. @throws MissingSecretError */
  read(ref: RemoteRef): Promise<string>;
  /** All properties of a secret. @throws MissingSecretError */
  extract(ref: RemoteRef): Promise<Readonly<Record<string, string>>>;
}

/** The vault has no such secret or version. */
export class MissingSecretError extends Error {
  constructor() {
    super("Secret does not exist");
  }
}

/** Properties of a value that is a JSON object. */
export function properties(value: string): Record<string, string> {
  const parsed = parseObject(value);
  return Object.fromEntries(Object.entries(parsed).map(([key, item]) => [key, text(item)]));
}

/** A key of the object as it is, else a path of keys with dots; undefined when there is none. */
export function property(parsed: Readonly<Record<string, unknown>>, path: string): string | undefined {
  if (Object.hasOwn(parsed, path)) return text(parsed[path]);
  let found: unknown = parsed;
  for (const key of path.split(".")) {
    found = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[key] : undefined;
  }
  return found === undefined ? undefined : text(found);
}

export function parseObject(value: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // The parser's words quote the text, which is secret.
  }
  throw new Error("the secret's value is not a JSON object");
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
