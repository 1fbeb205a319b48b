import { isDeepStrictEqual } from "node:util";
import { isMapping, valueAt, withoutKey, withValue } from "../text/yaml-text";
import { sandboxSystem, systemName } from "./systems";
import { commonOverrides } from "./systems/system";

type Environment = Readonly<Record<string, string>>;
type Path = readonly string[];

/**
 * The sandbox's stack configuration: the committed one of the system with its comments, and the sandbox's endpoints,
 * credentials and encryption salt put over it.
 * @param text `Pulumi.<system>.yaml`
 */
export function stackConfig(text: string, salt: string, environment: Environment): string {
  const overrides = [
    ...commonOverrides(environment, systemName()),
    ...sandboxSystem().overrides(environment),
  ].map(([path, value]): readonly [Path, unknown] => [["config", ...path], value]);
  const base = text === "" ? `config:\n  handoff:system: ${systemName()}\n` : text;
  const config = overrides.reduce((all, [path, value]) => put(all, path, value), base);
  return withValue(config, ["encryptionsalt"], salt); // that of the file, and what is encrypted with it, is not the sandbox's
}

/** Of a mapping the keys that differ alone, so that the comments beside them stay. */
function put(text: string, path: Path, value: unknown): string {
  const found = valueAt(text, path);
  if (isDeepStrictEqual(found, value)) return text;
  const keys = isMapping(found) ? Object.keys(found) : [];
  if (!isMapping(value) || !keys.some((key) => key in value)) return withValue(text, path, value);
  const gone = keys.filter((key) => !(key in value));
  const without = gone.reduce((all, key) => withoutKey(all, [...path, key]), text);
  return Object.entries(value).reduce((all, [key, one]) => put(all, [...path, key], one), without);
}
