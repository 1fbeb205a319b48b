/**
 * Vault's policies: which capabilities a token has on a path.
 * https://developer.hashicorp.com/vault/docs/concepts/policies
 */
import { z } from "zod";
import { VaultError } from "./request";

const capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo", "deny"] as const;
export type Capability = (typeof capabilities)[number];

/** Path patterns with what they allow. */
export type Rules = readonly { readonly pattern: string; readonly allows: readonly Capability[] }[];

const schema = z.strictObject({
  path: z.record(z.string(), z.strictObject({ capabilities: z.array(z.enum(capabilities)) })).default({}),
});

/** @param text HCL or JSON @throws VaultError in Vault's style, for what the stand-in doesn't enforce too */
export function parsePolicy(text: string): Rules {
  const result = schema.safeParse(text.trimStart().startsWith("{") ? parseJson(text) : parseHcl(text));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw failed(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
  }
  return Object.entries(result.data.path).map(([pattern, rule]) => ({ pattern, allows: rule.capabilities }));
}

const failed = (why: string): VaultError => new VaultError(400, `failed to parse policy: ${why}`);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error));
  }
}

/** The part of HCL that policies are written in: blocks `path "…" { capabilities = ["…"] }` and comments. */
function parseHcl(text: string): { path: Record<string, Record<string, unknown>> } {
  const tokens = tokensOf(text);
  const path: Record<string, Record<string, unknown>> = {};
  const take = (wanted?: string): string => {
    const token = tokens.shift();
    if (token === undefined || (wanted !== undefined && token !== wanted)) {
      throw failed(`expected ${wanted ?? "more"}, found ${token ?? "the end"}`);
    }
    return token;
  };
  const string = (): string => {
    const token = take();
    if (!token.startsWith('"')) throw failed(`expected a string, found ${token}`);
    return JSON.parse(token) as string;
  };
  while (tokens.length > 0) {
    take("path");
    const rule: Record<string, unknown> = (path[string()] ??= {});
    take("{");
    while (tokens[0] !== "}") {
      const key = take();
      take("=");
      take("[");
      const values: string[] = [];
      while (tokens[0] !== "]") {
        values.push(string());
        if (tokens[0] !== "]") take(",");
      }
      take("]");
      rule[key] = values;
    }
    take("}");
  }
  return { path };
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const token = /\s+|#.*|\/\/.*|\/\*[^]*?\*\/|("(?:\\.|[^"\\\n])*"|[\w-]+|[{}[\]=,])/y;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw failed(`illegal character at ${at}: ${text.slice(at, at + 10)}`);
    if (match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens;
}

/** What the policies together allow on a path: of the pattern that fits best, and nothing when one of them denies. */
export function allowed(policies: readonly Rules[], path: string): ReadonlySet<Capability> {
  const rules = policies.flat().filter(({ pattern }) => fits(pattern, path));
  const [best] = rules.map(({ pattern }) => pattern).sort(byPrecision);
  const all = new Set(rules.filter(({ pattern }) => pattern === best).flatMap(({ allows }) => allows));
  return all.has("deny") ? new Set() : all;
}

/** `+` is one segment of the path, `*` at the end is anything. */
function fits(pattern: string, path: string): boolean {
  const glob = pattern.endsWith("*");
  const segments = (glob ? pattern.slice(0, -1) : pattern).split("/");
  const source = segments
    .map((part) => (part === "+" ? "[^/]+" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
    .join("/");
  return new RegExp(`^${source}${glob ? ".*" : ""}$`).test(path);
}

/** The better one first: its wildcard comes later, it has no glob, it has fewer `+`, it is longer. */
function byPrecision(a: string, b: string): number {
  const wildcard = (pattern: string): number => {
    const at = pattern.search(/\+|\*$/);
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  };
  const glob = (pattern: string): number => (pattern.endsWith("*") ? 1 : 0);
  const segments = (pattern: string): number => pattern.split("/").filter((part) => part === "+").length;
  if (wildcard(a) !== wildcard(b)) return wildcard(a) > wildcard(b) ? -1 : 1;
  return (
    glob(a) - glob(b) || segments(a) - segments(b) || b.length - a.length || (a > b ? -1 : a < b ? 1 : 0)
  );
}
