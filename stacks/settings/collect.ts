import type { z } from "zod";
import { DNS_NAME, nameIn } from "../../manifests/names";
import { didYouMean } from "../../manifests/nearest";
import { Fault, settingPath, show } from "./faults";
import { DURATION } from "./fields";
import { CREDENTIAL, Environment, UnresolvedParams } from "./references";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

interface Settings {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly env: Environment;
  readonly schema: z.ZodType;
}

/** What the settings say against their schema: what was found at each path, what is allowed there, what was probably meant. */
export function collectFaults(issues: readonly Issue[], settings: Settings): Fault[] {
  // Advice is what the next run takes.
  const takes: Takes = (path, value) => {
    const raw = withAt(settings.raw, path, value) as Settings["raw"];
    const left = settings.schema.safeParse(raw).error?.issues ?? [];
    const faults = left.flatMap((issue) => faultsOf(issue, { ...settings, raw, takes: () => false }));
    return !faults.some((fault) => fault.path === settingPath(path));
  };
  return issues.flatMap((issue) => faultsOf(issue, { ...settings, takes }));
}

type Takes = (path: Path, value: unknown) => boolean;

type Found = Pick<Settings, "raw" | "env"> & { readonly takes: Takes };

function faultsOf(issue: Issue, found: Found): Fault[] {
  switch (issue.code) {
    case "unrecognized_keys": {
      // The mapping's message lists the keys that it takes.
      const known = issue.message.split(", ");
      return issue.keys.map((key) => ({
        path: settingPath([...issue.path, key]),
        found: "an unknown key",
        allowed: issue.message,
        hint: didYouMean(key, known),
      }));
    }
    case "invalid_union": {
      // The branch that takes this kind of value knows better what is wrong with it.
      const branch = issue.errors.find(
        (errors) => !errors.some((e) => e.code === "invalid_type" && e.path.length === 0),
      );
      if (branch === undefined) return [fault(issue, found)];
      return branch.flatMap((inner) => faultsOf({ ...inner, path: [...issue.path, ...inner.path] }, found));
    }
    default:
      return [fault(issue, found)];
  }
}

function fault(issue: Issue, { raw, env, takes }: Found): Fault {
  const path = existing(issue.path, raw);
  const value = at(raw, path);
  const params =
    issue.code === "custom" ? (issue.params as Partial<UnresolvedParams> | undefined) : undefined;
  const common = { path: settingPath(path), allowed: issue.message };
  if (params?.found !== undefined) return { ...common, found: params.found, hint: params.hint };
  if (typeof value === "string" && issue.message === CREDENTIAL) {
    const name = credentialKey(path);
    const hint = `Run pulumi config set --secret handoff:${name} and write {config: ${name}} here`;
    return { ...common, found: "a text, which is not shown", hint };
  }
  const hidden = env.secretKeys.has(String(path[0])) && typeof value !== "object" && value !== undefined;
  const hint = meant(issue, value, (text) => takes(path, text));
  return { ...common, found: hidden ? "an encrypted value, which is not shown" : show(value), hint };
}

function meant(issue: Issue, value: unknown, taken: (text: string) => boolean): string | undefined {
  if (issue.code === "invalid_value" && typeof value === "string") {
    return didYouMean(value, issue.values.map(String));
  }
  if (issue.code === "invalid_format" && typeof value === "string") {
    const name = issue.pattern === String(DNS_NAME) ? nameIn(value) : undefined;
    const all = name === undefined ? guesses(value) : [name];
    const guess = all.find((text) => text !== value && taken(text));
    return guess === undefined ? undefined : `Did you mean ${guess}?`;
  }
  if (issue.code !== "invalid_type" || issue.expected !== "string") return undefined;
  if (typeof value !== "number" && typeof value !== "boolean") return undefined;
  if (issue.message !== DURATION) return "Put it in quotes";
  const text = `${String(value)}s`;
  return taken(text) ? `Did you mean ${text}?` : undefined;
}

/** What people write: capitals, a version without v, slashes around a path, `10 minutes`, `1d`, `5GB`. */
function guesses(value: string): string[] {
  const plain = [value.toLowerCase(), value.replaceAll(/^\/+|\/+$/g, "")];
  if (/^\d+\./.test(value)) return [...plain, `v${value}`];
  const [, count, unit = ""] = /^(\d+)\s*([a-z]+)$/i.exec(value.trim()) ?? [];
  if (count === undefined) return plain;
  const letter = unit.charAt(0).toLowerCase();
  return [
    ...plain,
    letter === "d" ? `${Number(count) * 24}h` : `${count}${letter}`,
    `${count}${letter.toUpperCase()}i`,
  ];
}

/** Without the steps into what was written as a plain text. */
function existing(path: Path, raw: unknown): Path {
  for (let length = 1; length < path.length; length++) {
    const value = at(raw, path.slice(0, length));
    if (value !== undefined && (typeof value !== "object" || value === null)) return path.slice(0, length);
  }
  return path;
}

function at(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    raw,
  );
}

/** A copy with another value at a path that is there. */
function withAt(raw: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(raw) ? [...(raw as unknown[])] : { ...(raw as object) }) as Record<
    PropertyKey,
    unknown
  >;
  copy[key] = withAt(copy[key], rest, value);
  return copy;
}

/** The encrypted key that is advised for the credential at a path. */
export function credentialKey(path: Path): string {
  const last = String(path.at(-1));
  return `${String(path[0])}${last.charAt(0).toUpperCase()}${last.slice(1)}`;
}

/** Names in `{config: name}`, wherever they stand: such keys are no settings of their own. */
export function referencedKeys(value: unknown): Set<string> {
  if (typeof value !== "object" || value === null) return new Set();
  const entries = Object.entries(value);
  const [key, name] = entries[0] ?? [];
  if (entries.length === 1 && key === "config" && typeof name === "string") return new Set([name]);
  return new Set(entries.flatMap(([, entry]) => [...referencedKeys(entry)]));
}
