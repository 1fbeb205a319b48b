import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { choice, text } from "./fields";

/** Where the settings are read: given, so that parsing them is a pure function. */
export interface Environment {
  readonly stack: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Keys of the namespace `handoff:` that are encrypted in the stack's file. */
  readonly secretKeys: ReadonlySet<string>;
  /** The texts of the namespace `handoff:` of the configuration, those of encrypted keys decrypted. */
  readonly config: Readonly<Record<string, string>>;
  /** Reads a text file, its path from the project's folder. @throws an error of node:fs */
  readonly readFile: (path: string) => string;
  /** Line of the stack's file at which a setting is, or of what it would be in. @default not known */
  readonly lineOf?: (path: string) => number | undefined;
}

/** How a text reaches the settings without standing in the stack's file. */
interface Reference {
  readonly env?: string;
  readonly file?: string;
  readonly config?: string;
}

/** What a reference allows, in words. */
export const CREDENTIAL = "one of env, file, config, which names where it is";

const reference = () =>
  choice(
    {
      env: text(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable").describe(
        "Environment variable that holds it.",
      ),
      file: text(/\S/, "the path of a file").describe(
        "File that holds it, from the project's folder or from ~/.",
      ),
      config: text(/^[A-Za-z0-9_.-]+$/, "the name of a secret of this stack").describe(
        "Encrypted key of this file: `pulumi config set --secret handoff:<name>`.",
      ),
    },
    {},
    CREDENTIAL,
  );

/** Marks an issue whose own words say what was found, since the value there is only a name. */
export interface UnresolvedParams {
  readonly found: string;
  readonly hint?: string;
}

/** What is wrong with a text; it says what kind of text was found, never the text. */
export interface TextFault extends UnresolvedParams {
  readonly allowed: string;
}

export type TextCheck = (text: string) => TextFault | undefined;

/** Schema of a reference that yields its text, checked. */
export function referencedText(env: Environment, check?: TextCheck) {
  return reference().transform((value, context) => {
    const [kind, name] = Object.entries(value)[0] as [keyof Reference, string];
    return resolve(kind, name, env, check, context);
  });
}

/** Schema of the path of a file that yields the file's text. */
export function fileText(env: Environment, allowed: string) {
  return text(/\S/, allowed).transform((path, context) => resolve("file", path, env, undefined, context));
}

/** Schema of a credential: a reference that yields a Pulumi secret. */
export function credential(env: Environment, check?: TextCheck) {
  return reference().transform((value, context) => {
    const [kind, name] = Object.entries(value)[0] as [keyof Reference, string];
    const secret = pulumi.secret(resolve(kind, name, env, check, context));
    if (kind === "env") variables.set(secret, name);
    return secret;
  });
}

const variables = new WeakMap<pulumi.Output<string>, string>();

/** The environment variable that a credential came from, which may hold a newer one at the next run. */
export function variableOf(credential: pulumi.Output<string>): string | undefined {
  return variables.get(credential);
}

function resolve(
  kind: keyof Reference,
  name: string,
  env: Environment,
  check: TextCheck | undefined,
  context: z.RefinementCtx,
): string {
  const result = { env: fromVariable, file: fromFile, config: fromConfig }[kind](name, env);
  const fault = typeof result === "string" ? check?.(result) : result;
  if (typeof result === "string" && fault === undefined) return result;
  const { found = "", allowed = "", hint } = fault ?? {};
  const params: UnresolvedParams = { found, hint };
  context.addIssue({ code: "custom", message: allowed, params, path: [kind] });
  return z.NEVER;
}

function fromVariable(name: string, env: Environment): string | TextFault {
  const value = env.variables[name];
  const flaw = value === undefined ? "is not set" : flawOf(value);
  if (value !== undefined && flaw === undefined) return trimmed(value);
  return {
    found: `environment variable ${name}, which ${flaw ?? ""}`,
    allowed: "a variable that holds the value",
  };
}

function fromFile(name: string, env: Environment): string | TextFault {
  const home = env.variables.HOME ?? env.variables.USERPROFILE ?? "~";
  const path = name.replace(/^~(?=\/|$)/, home);
  const fault = (what: string) => ({
    found: `file ${path}, which ${what}`,
    allowed: "a file that holds the value",
  });
  try {
    const value = env.readFile(path);
    const flaw = flawOf(value);
    return flaw === undefined ? trimmed(value) : fault(flaw);
  } catch (error) {
    const { code = "?" } = error as { code?: string };
    const words: Record<string, string> = { ENOENT: "doesn't exist", EISDIR: "is a folder" };
    return fault(words[code] ?? `can't be read (${code})`);
  }
}

function fromConfig(name: string, env: Environment): string | TextFault {
  const value = env.config[name];
  const known = value !== undefined && env.secretKeys.has(name);
  const flaw = value === undefined ? "is not set" : known ? flawOf(value) : "is not encrypted";
  if (value !== undefined && flaw === undefined) return trimmed(value);
  return {
    found: `handoff:${name}, which ${flaw ?? ""}`,
    allowed: "an encrypted key of this stack",
    hint: `Run pulumi config set --secret handoff:${name}`,
  };
}

/** What no credential is: Windows PowerShell writes files in UTF-16, which would be a password that nobody has. */
function flawOf(value: string): string | undefined {
  if (value.trim() === "") return "is empty";
  return /[\0\uFFFD]/.test(value) ? "isn't text in UTF-8" : undefined;
}

/**
 * Editors and `echo` end a file with a newline, of which a CLI may have taken a part, and some begin it with a mark of its
 * encoding; no credential has either. Keys get their newline back where they are written.
 */
function trimmed(value: string): string {
  return value.replace(/^\uFEFF/, "").replace(/\r?\n?$/, "");
}
