import { stackFileSchema } from "../../stacks/settings/json-schema";
import type { Schema } from "../../stacks/settings/markdown";
import type { RunnableSystem } from "../../stacks/system";
import type { Draft, Path } from "./draft";

/** How a question is answered: a secret by hidden input, a key by the path of its file. */
export type Kind = "text" | "number" | "list" | "pairs" | "secret" | "key" | "known-hosts";

/** One setting that the user knows and the project doesn't. */
export interface Question {
  /** Dotted, without `handoff:`. */
  readonly name: string;
  readonly path: Path;
  readonly kind: Kind;
  /** What it is, as the settings' pages say. */
  readonly about: string;
  /** An empty answer leaves it out. */
  readonly optional: boolean;
  /** What is taken without an answer. */
  readonly fallback?: string;
  /** What the sample has in its place, for its form. */
  readonly example?: string;
  /** The only answers that there are. */
  readonly options?: readonly string[];
  /** Keys of a pair, for `pairs`. */
  readonly keys?: readonly string[];
  /** Environment variable that may hold the answer. */
  readonly variable?: string;
}

/** What stands in the samples for names that nobody else has. */
const PLACEHOLDER =
  /example\.(com|org|local)|your-(org|user)|^0{8}|^0123456789abcdef|^fedcba98|kevinryan|^192\.168\.1\.|^203\.0\.113\.|^age1…/;

/** The name of the samples' cluster, by which other things in them are named too. */
const CLUSTER = "my-cluster";

/** Settings that are asked for though they may be left out, and that the samples have as comments only. */
const FURTHER: Readonly<Record<string, readonly string[]>> = {
  cluster: ["kubeconfig", "context"],
  azure: ["subscriptionId"],
};

/** Has no default, but for a variable of the environment. */
const NEEDED: ReadonlySet<string> = new Set(["azure.subscriptionId"]);

/** Has a default, and decides what else is asked. */
const DECIDES: ReadonlySet<string> = new Set(["secrets"]);

/** What a system's own settings refer to comes before them. */
const ORDER: readonly string[] = [
  "cluster",
  "flux",
  "fluxRepository",
  "appRepository",
  "author",
  "cloudflare",
  "secrets",
  "azure",
  "sops",
];

/** Variables that other programs know too. */
const VARIABLES: Readonly<Record<string, string>> = {
  "azure.subscriptionId": "ARM_SUBSCRIPTION_ID",
  "azure.tenantId": "ARM_TENANT_ID",
  "cloudflare.accountId": "CLOUDFLARE_ACCOUNT_ID",
  "cloudflare.zoneId": "CLOUDFLARE_ZONE_ID",
};

/**
 * What is to be asked for a stack's file: what the sample has that its system requires, the one of several
 * ways that the sample takes, and whatever a sample's placeholder stands for.
 */
export function questionsOf(draft: Draft): readonly Question[] {
  const { properties = {} } = schemaOf(draft.system);
  const { raw } = draft.read();
  const known = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  const entries = Object.entries(raw).sort(([a], [b]) => known(a) - known(b));
  return entries.flatMap(([key, value]) => {
    const schema = properties[`handoff:${key}`];
    return schema === undefined ? [] : walk(draft, value, schema, [key], DECIDES.has(key));
  });
}

const schemas = new WeakMap<RunnableSystem, Schema>();

/** Made once: each answer asks for it. */
function schemaOf(system: RunnableSystem): Schema {
  const schema = schemas.get(system) ?? (stackFileSchema(system).properties.config as Schema);
  schemas.set(system, schema);
  return schema;
}

function walk(draft: Draft, value: unknown, schema: Schema, path: Path, required: boolean): Question[] {
  const { properties } = schema;
  if (properties === undefined || isReference(schema)) {
    const question = questionOf(draft, value, schema, path, required);
    return question === undefined ? [] : [question];
  }
  const choices = (schema.oneOf ?? []).flatMap((choice) => choice.required ?? []);
  const musts = [...(schema.required ?? []), ...choices];
  const given = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>);
  const further = FURTHER[path.join(".")]?.filter((key) => !given.some(([known]) => known === key)) ?? [];
  const asked = [...given, ...further.map((key) => [key, undefined] as const)];
  return asked.flatMap(([key, below]) => {
    const found = properties[key];
    return found === undefined ? [] : walk(draft, below, found, [...path, key], musts.includes(key));
  });
}

function questionOf(
  draft: Draft,
  value: unknown,
  schema: Schema,
  path: Path,
  required: boolean,
): Question | undefined {
  const name = path.join(".");
  const about = schema.description ?? "";
  const kind = kindOf(schema, path);
  if (kind === "secret" || kind === "key" || kind === "known-hosts") {
    const { env, file } = (value ?? {}) as { readonly env?: string; readonly file?: string };
    // Answered where it stands, unlike what was encrypted: that was for another key.
    if (file !== undefined || typeof value === "string") return undefined;
    // A passphrase is there only for a key that has one.
    const needed = kind === "known-hosts" || path.at(-1) === "passphrase" || required;
    return { name, path, kind, about, optional: !needed, variable: env };
  }
  const example = exampleOf(value);
  const further = value === undefined;
  const placeholder = example !== undefined && isPlaceholder(name, example);
  const has = "default" in schema && !DECIDES.has(name);
  if (!further && !placeholder && (!required || has)) return undefined;
  return {
    ...{ name, path, kind, about, example },
    optional: (further && !NEEDED.has(name)) || (!further && !required) || has,
    fallback: placeholder || example === undefined ? undefined : suggested(example, draft),
    options: schema.enum,
    keys: schema.items?.required,
    variable: VARIABLES[name],
  };
}

function isPlaceholder(name: string, example: string): boolean {
  if (name === "cluster.name") return example === CLUSTER;
  return example.split(/[,=]\s*/).some((part) => PLACEHOLDER.test(part));
}

function kindOf(schema: Schema, path: Path): Kind {
  const last = path.at(-1) ?? "";
  if (last === "knownHosts") return "known-hosts";
  if (isReference(schema)) return ["privateKey", "identity"].includes(last) ? "key" : "secret";
  const { type } = schema as { readonly type?: string };
  if (type === "array") return schema.items?.properties === undefined ? "list" : "pairs";
  return type === "integer" || type === "number" ? "number" : "text";
}

function isReference({ properties = {} }: Schema): boolean {
  return ["env", "file", "config"].every((key) => key in properties);
}

/** As it would be answered; a pair as `zone=id`. */
function exampleOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return typeof value === "string" ? value : JSON.stringify(value);
  return value
    .map((item: unknown) =>
      typeof item === "object" && item !== null ? Object.values(item).join("=") : String(item),
    )
    .join(", ");
}

/** What the sample names as its cluster is named as this one. */
function suggested(example: string, draft: Draft): string {
  const cluster = draft.at(["cluster", "name"]);
  return typeof cluster === "string" ? example.replaceAll(CLUSTER, cluster) : example;
}
