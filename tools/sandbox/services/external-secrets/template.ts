/**
 * The part of Go's templates that secrets are written with: values, strings, pipes and a few functions. Anything else
 * is refused by name, so that a template that would do something in a real cluster never does less here.
 */

/** @throws Error that names what the template uses and the sandbox has not, or a key that is missing. */
export function renderTemplate(template: string, data: Readonly<Record<string, string>>): string {
  let result = "";
  let rest = template;
  for (;;) {
    const open = rest.indexOf("{{");
    if (open < 0) return result + rest;
    const close = endOfAction(rest, open + 2);
    let before = rest.slice(0, open);
    let action = rest.slice(open + 2, close);
    rest = rest.slice(close + 2);
    // {{- and -}} take the white space beside them away.
    if (/^-\s/.test(action)) {
      before = before.trimEnd();
      action = action.slice(1);
    }
    if (/\s-$/.test(action)) {
      rest = rest.trimStart();
      action = action.slice(0, -1);
    }
    result += before + evaluate(action.trim(), data);
  }
}

/** Finds `}}` outside of strings and comments. */
function endOfAction(text: string, from: number): number {
  const rest = text.slice(from);
  const found = /^(?:-?\s*\/\*[\s\S]*?\*\/\s*-?|"(?:\\.|[^"\\])*"|`[^`]*`|(?!\}\})[\s\S])*?\}\}/.exec(rest);
  if (!found) throw new Error("unclosed action in template");
  return from + found[0].length - 2;
}

type Functions = Readonly<Record<string, (...args: string[]) => string>>;

/** Each takes the piped value last, as in Go. */
const functions: Functions = {
  urlquery: (value) =>
    encodeURIComponent(value)
      .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%20", "+"),
  b64enc: (value) => Buffer.from(value, "utf8").toString("base64"),
  b64dec: (value) => Buffer.from(value, "base64").toString("utf8"),
  quote: (value) => JSON.stringify(value),
  toJson: (value) =>
    JSON.stringify(value).replace(
      /[<>&\u2028\u2029]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  squote: (value) => `'${value}'`,
  toString: (value: string) => value,
  // https://external-secrets.io/latest/guides/templating/#filter-pem-blocks
  filterPEM: (label, value) => {
    const blocks = [...value.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g)];
    if (blocks.length === 0 && value !== "") throw new Error("error filtering pem: found junk");
    const wanted = blocks.filter(([, found]) => found?.toUpperCase() === label.toUpperCase());
    return wanted.map(([block]) => `${block}\n`).join("");
  },
  trim: (value) => value.trim(),
  upper: (value) => value.toUpperCase(),
  lower: (value) => value.toLowerCase(),
  trimPrefix: (prefix, value) => (value.startsWith(prefix) ? value.slice(prefix.length) : value),
  trimSuffix: (suffix, value) =>
    value.endsWith(suffix) ? value.slice(0, value.length - suffix.length) : value,
};

function evaluate(action: string, data: Readonly<Record<string, string>>): string {
  if (/^\/\*[\s\S]*\*\/$/.test(action)) return "";
  const tokens = tokenize(action);
  if (tokens.length === 0) throw new Error("missing value for command in template");
  let piped: string | undefined;
  for (const command of splitAtPipes(tokens)) piped = run(command, data, piped);
  return piped ?? "";
}

function tokenize(action: string): string[] {
  const tokens: string[] = [];
  const pattern =
    /\s+|"(?:\\.|[^"\\])*"|`[^`]*`|\.[A-Za-z_][A-Za-z0-9_]*(?![A-Za-z0-9_.-])|[A-Za-z_]\w*|\||\.(?![\w])/y;
  while (pattern.lastIndex < action.length) {
    const at = pattern.lastIndex;
    const token = pattern.exec(action)?.[0];
    if (token === undefined)
      throw new Error(`template uses ${action.slice(at)}, which the sandbox does not support`);
    if (token.trim() !== "") tokens.push(token);
  }
  return tokens;
}

function splitAtPipes(tokens: readonly string[]): string[][] {
  const commands: string[][] = [[]];
  for (const token of tokens) {
    if (token === "|") commands.push([]);
    else commands.at(-1)?.push(token);
  }
  if (commands.some((command) => command.length === 0))
    throw new Error("missing value for command in template");
  return commands;
}

function run(
  command: readonly string[],
  data: Readonly<Record<string, string>>,
  piped: string | undefined,
): string {
  const [head = "", ...rest] = command;
  if (!/^[A-Za-z_]/.test(head)) {
    if (rest.length > 0 || piped !== undefined) throw new Error(`${head} is not a function of the template`);
    return value(head, data);
  }
  // The map's keys may hold what a field name cannot: index . "my-key".
  if (head === "index" && rest[0] === "." && rest.length === 2) {
    return lookUp(value(rest[1] ?? "", data), data);
  }
  if (!Object.hasOwn(functions, head)) {
    throw new Error(`template uses ${head}, which the sandbox does not support`);
  }
  const call = functions[head];
  const args = rest.map((token) => value(token, data));
  if (piped !== undefined) args.push(piped);
  if (call?.length !== args.length) {
    throw new Error(
      `wrong number of args for ${head} in template: want ${call?.length ?? 0} got ${args.length}`,
    );
  }
  return call(...args);
}

function value(token: string, data: Readonly<Record<string, string>>): string {
  if (token.startsWith("`")) return token.slice(1, -1);
  if (token.startsWith('"')) return unquote(token);
  if (/^\.\w/.test(token)) return lookUp(token.slice(1), data);
  throw new Error(`template uses ${token}, which the sandbox does not support`);
}

function unquote(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch {
    throw new Error(`template uses the string ${token}, which the sandbox does not support`);
  }
}

function lookUp(key: string, data: Readonly<Record<string, string>>): string {
  const found = Object.hasOwn(data, key) ? data[key] : undefined;
  if (found === undefined) throw new Error(`template needs the key ${key}, which data does not have`);
  return found;
}
