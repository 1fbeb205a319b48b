/** What the provider stand-ins share: refusing what they don't know, and comparing inputs. */
import { isDeepStrictEqual } from "node:util";
import { CheckFailure, DiffResult, Props, UserError } from "../../../provider/plugin/handler";

/** The inputs that a stand-in knows of a resource type; everything else is refused rather than ignored. */
export interface InputNames {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
}

/** Faults of the inputs: unknown names, and required ones that are missing. */
export function checkNames(type: string, news: Props, names: InputNames): CheckFailure[] {
  const { required = [], optional = [] } = names;
  const known = [...required, ...optional];
  const unknown = Object.keys(news)
    .filter((name) => !known.includes(name))
    .map((property) => ({
      property,
      reason: `the stand-in for ${type} doesn't know this input; it knows ${[...known].sort().join(", ")}`,
    }));
  const missing = required
    .filter((name) => news[name] === undefined || news[name] === null)
    .map((property) => ({ property, reason: `${type} needs this input` }));
  return [...unknown, ...missing];
}

/** Refuses provider settings and function arguments that a stand-in would otherwise ignore. */
export function requireKnown(what: string, args: Props, known: readonly string[]): void {
  const unknown = Object.keys(args).filter((name) => !known.includes(name) && args[name] !== undefined);
  if (unknown.length === 0) return;
  throw new UserError(
    `the stand-in for ${what} doesn't know ${unknown.map((name) => `'${name}'`).join(", ")}; ` +
      `it knows ${[...known].sort().join(", ")}`,
  );
}

/** Names of the top-level inputs that differ. */
export function changedNames(olds: Props, news: Props): string[] {
  const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...names].filter((name) => !isDeepStrictEqual(olds[name], news[name])).sort();
}

/** The plan for changed inputs; those in `replaceOn` (or all of them) replace the resource. */
export function diffInputs(
  olds: Props,
  news: Props,
  replaceOn: readonly string[] | "all",
  deleteBeforeReplace = false,
): DiffResult {
  const changed = changedNames(olds, news);
  const replaces = replaceOn === "all" ? changed : changed.filter((name) => replaceOn.includes(name));
  return { changes: changed.length > 0, replaces, deleteBeforeReplace };
}

/** The wanted value as it is now: live values wherever it speaks, and its own where nothing is told. */
export function overlay(wanted: unknown, live: unknown): unknown {
  if (live === undefined || live === null) return wanted;
  if (wanted === null || typeof wanted !== "object" || Array.isArray(wanted) || typeof live !== "object")
    return live;
  return Object.fromEntries(
    Object.entries(wanted).map(([key, value]) => [key, overlay(value, (live as Props)[key])]),
  );
}

/** `name` of a URN. */
export function urnName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** A string input that {@link checkNames} has seen. */
export function text(props: Props, name: string): string {
  const value = props[name];
  if (typeof value !== "string") throw new UserError(`'${name}' must be a string`);
  return value;
}
