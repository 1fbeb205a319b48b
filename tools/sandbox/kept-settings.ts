import { isDeepStrictEqual } from "node:util";
import { type Document, parseDocument } from "yaml";
import { withoutKey, withValue } from "../text/yaml-text";

type Path = readonly string[];
type Settings = ReadonlyMap<string, { readonly path: Path; readonly value: unknown }>;

export interface KeptSettings {
  /** What the file is to hold. */
  readonly text: string;
  /** Settings that stay as the user has them: `handoff:calcom.host`. */
  readonly kept: readonly string[];
  /** Settings that are lost, since the file is of another sandbox, whose encrypted values can't be read. */
  readonly reset: readonly string[];
}

/**
 * The sandbox's configuration for a start: what its user changed since the last start stays, with all comments, and
 * the rest becomes as the sandbox is now.
 * @param found the file as it is; "" when there is none
 * @param written what the last start wrote; "" when that isn't known
 * @param wanted what a first start would write
 */
export function keepSettings(found: string, written: string, wanted: string): KeptSettings {
  if (found === "") return { text: wanted, kept: [], reset: [] };
  const file = parseDocument(found);
  const now = parseDocument(wanted);
  const [theirs, ours] = [settings(file), settings(now)];
  if (file.errors.length > 0 || written === "" || file.get("encryptionsalt") !== now.get("encryptionsalt")) {
    return { text: wanted, kept: [], reset: differing(theirs, ours) };
  }
  const last = settings(parseDocument(written));
  if (found === written) return { text: wanted, kept: [], reset: [] };
  const kept = new Set(differing(theirs, last));
  const text = differing(last, ours)
    .filter((changed) => !kept.has(changed))
    .reduce((all, name) => {
      const setting = ours.get(name);
      const path = ["config", ...((setting ?? last.get(name))?.path ?? [])];
      return setting === undefined ? withoutKey(all, path) : withValue(all, path, setting.value);
    }, found);
  return { text, kept: [...kept].filter((name) => differing(theirs, ours).includes(name)), reset: [] };
}

/** The values of a configuration by their names. A list is one value, and so is an encrypted text. */
function settings(document: Document): Settings {
  const found: [string, { path: Path; value: unknown }][] = [];
  const walk = (value: unknown, path: Path): void => {
    const map = typeof value === "object" && value !== null && !Array.isArray(value) && !("secure" in value);
    if (map && Object.keys(value).length > 0) {
      for (const [key, below] of Object.entries(value)) walk(below, [...path, key]);
    } else if (path.length > 0) found.push([path.join("."), { path, value }]);
  };
  walk((document.toJS() as { config?: unknown } | null)?.config, []);
  return new Map(found);
}

/** Names that only one of two has, or with another value. */
function differing(one: Settings, other: Settings): string[] {
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((name) => !isDeepStrictEqual(one.get(name)?.value, other.get(name)?.value))
    .sort();
}
