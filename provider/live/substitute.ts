import { parse, stringify } from "yaml";
import { isLeftAsIs, unfillableIn } from "../git/build/filling";
import type { AppliedAs } from "../../manifests/flux/applied-as";
import type { LiveObject } from "../kubernetes/live-object";

/** The data of a ConfigMap; a text says why it isn't known, undefined that it isn't there. */
export type Settings = (
  namespace: string,
  name: string,
) => Promise<Readonly<Record<string, string>> | string | undefined>;

/** Values of `postBuild`, as far as they can be known. */
export interface Variables {
  readonly values: ReadonlyMap<string, string>;
  /** What may give other values, or further ones: texts for the reader. */
  readonly unknown: readonly string[];
  /** Names that nothing of `unknown` can change. */
  readonly sure: ReadonlySet<string>;
  readonly always: boolean;
}

/**
 * What a Kustomization substitutes: the later source counts, and what it says itself before all
 * (https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution). Secrets aren't read:
 * their values would stand in what is shown.
 */
export async function variablesOf(
  { postBuild }: AppliedAs,
  namespace: string,
  settings: Settings,
): Promise<Variables | undefined> {
  if (postBuild === undefined) return undefined;
  const { substitute = {}, substituteFrom = [], substituteStrategy } = postBuild;
  const values = new Map<string, string>();
  const sure = new Set<string>();
  const unknown: string[] = [];
  for (const { kind, name, optional = false } of substituteFrom) {
    const data = kind === "Secret" ? "isn't read here" : await settings(namespace, name);
    if (typeof data === "object") {
      for (const [key, value] of Object.entries(data)) {
        values.set(key, onOneLine(value));
        sure.add(key);
      }
    } else if (data !== undefined || !optional) {
      unknown.push(`${kind} ${namespace}/${name}, which ${data ?? "isn't in the cluster yet"}`);
      sure.clear();
    }
  }
  for (const [key, value] of Object.entries(substitute)) {
    values.set(key, onOneLine(value));
    sure.add(key);
  }
  return { values, unknown, sure, always: substituteStrategy === "Always" };
}

/** Flux takes the line ends out of values. A file may have another thing than a text. */
function onOneLine(value: unknown): string {
  return typeof value === "string" ? value.replaceAll("\n", "") : JSON.stringify(value ?? "");
}

/** What Flux can't fill in, or fills with nothing, for sure. */
export interface Unfilled {
  readonly fault: string;
}

/** An object with its variables filled in; a text says why that isn't known. */
export function substituted(object: LiveObject, variables: Variables): LiveObject | string | Unfilled {
  if (isLeftAsIs(object)) return object;
  const { values, unknown, always } = variables;
  // Without a variable nothing is filled in at all.
  if (values.size === 0 && unknown.length === 0 && !always) return object;
  const misnamed = [...values.keys()].find((name) => !NAME.test(name));
  if (misnamed !== undefined)
    return { fault: `${JSON.stringify(misnamed)} is no name of a variable, at which Flux applies nothing` };
  const broken = unfillableIn(object);
  if (broken !== undefined) return { fault: `${broken} is no variable, at which Flux applies nothing` };
  const text = stringify(object, { version: "1.1", lineWidth: 0 });
  if (!text.includes("${")) return object;
  const open = new Set<string>();
  const empty = new Set<string>();
  const filled = text.replaceAll(EXPRESSION, (whole, escaped: string | undefined, inner: string) => {
    if (escaped !== undefined) return `\${${inner}}`;
    const value = valueOf(inner, variables);
    if (typeof value === "string") return value;
    if ("fault" in value) empty.add(value.fault);
    else open.add(value.open);
    return whole;
  });
  if (empty.size > 0) return { fault: [...empty].join("; ") };
  if (open.size > 0) return [...open].join("; ");
  try {
    return parse(filled, { version: "1.1", logLevel: "silent" }) as LiveObject;
  } catch {
    return "with its variables filled in it isn't valid YAML any more";
  }
}

/** `${name}`, and `$${name}` for the text itself. */
const EXPRESSION = /(\$)?\$\{([^}]*)\}/g;
const NAME_AND_DEFAULT = /^([A-Za-z_]\w*)(?:(?::=|:-|=)([^]*))?$/;

/** As Flux asks for it before it fills in anything. Source: fluxcd/pkg kustomize (`varsubRegex`). */
const NAME = /^[A-Za-z_]\w*$/;

function valueOf(
  expression: string,
  { values, unknown, sure }: Variables,
): string | { readonly open: string } | Unfilled {
  const [, name, byDefault] = NAME_AND_DEFAULT.exec(expression) ?? [];
  if (name === undefined || byDefault?.includes("${") === true)
    return { open: `\${${expression}} isn't worked out here` };
  if (unknown.length > 0 && !sure.has(name))
    return { open: `\${${name}} may come from ${unknown.join(", or from ")}` };
  const value = values.get(name) ?? "";
  if (value !== "" || (byDefault === undefined && values.has(name))) return value;
  return (
    byDefault ?? {
      fault: `nothing says what \${${name}} is, so that Flux fills in nothing, or refuses all that it is in`,
    }
  );
}
