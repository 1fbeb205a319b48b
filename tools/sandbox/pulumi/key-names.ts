/** Names of properties: the SDK's in camel case, the API's with underscores. */
import { Props } from "../../../provider/plugin/handler";

export const omit = (props: Props, ...names: readonly string[]): Props =>
  Object.fromEntries(Object.entries(props).filter(([name]) => !names.includes(name)));

type Rename = (key: string) => string;

export function renameKeys(value: unknown, rename: Rename): unknown {
  if (Array.isArray(value)) return value.map((entry) => renameKeys(entry, rename));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [rename(key), renameKeys(entry, rename)]),
  );
}

export const camelKeys = (value: unknown): unknown =>
  renameKeys(value, (key) => key.replace(/_+(\w)/g, (_, letter: string) => letter.toUpperCase()));
export const snakeKeys = (value: unknown): unknown =>
  renameKeys(value, (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
