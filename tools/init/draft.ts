import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { mask } from "../../provider/http/mask";
import { systems } from "../../stacks";
import { configurationOf } from "../../stacks/settings";
import { credentialKey } from "../../stacks/settings/collect";
import { formatFault } from "../../manifests/fault";
import type { Environment } from "../../stacks/settings/references";
import type { RunnableSystem } from "../../stacks/system";
import { valueAt, withoutKey, withValue } from "../text/yaml-text";

/** Steps below `config:`, the first without `handoff:`. */
export type Path = readonly string[];

/** What `pulumi stack init` writes beside `config:`, for what one stack's secrets are encrypted by. */
export const ENCRYPTION = ["secretsprovider", "encryptedkey", "encryptionsalt"] as const;

/** A stack's file while it is filled in, and the secrets that it will name. */
export class Draft {
  /** Texts by the name of their encrypted key. */
  readonly secrets = new Map<string, string>();
  private file: string;
  private readonly hidden = new Set<string>();

  /**
   * @param stack the last part of its name, as its file has it
   * @param systemName a name of `systems`
   * @param sample text of a stack's file of that system
   */
  constructor(
    readonly stack: string,
    readonly systemName: string,
    readonly system: RunnableSystem,
    sample: string,
    private readonly variables: Environment["variables"] = process.env,
  ) {
    this.file = renamed(sample, stack);
    for (const key of ENCRYPTION) this.file = withoutKey(this.file, [key]);
    // What is encrypted there, another key has encrypted.
    for (const [key, value] of Object.entries(this.config())) {
      if (isEncrypted(value)) this.file = withoutKey(this.file, ["config", key]);
    }
    this.set(["system"], systemName);
  }

  /** The plain value there, as JavaScript has it. */
  at(path: Path): unknown {
    return valueAt(this.file, inFile(path));
  }

  set(path: Path, value: unknown): void {
    this.file = withValue(this.file, inFile(path), value);
  }

  remove(path: Path): void {
    this.file = withoutKey(this.file, inFile(path));
  }

  /** The text becomes an encrypted key of the stack, which the setting names. */
  setSecret(path: Path, text: string): void {
    const name = credentialKey(path);
    this.set(path, { config: name });
    this.secrets.set(name, text);
    this.hide(text);
  }

  /** Keeps a text out of all that is shown. */
  hide(text: string): void {
    this.hidden.add(text);
  }

  mask(text: string): string {
    return mask(text, this.hidden);
  }

  /** The configuration as the engine would hand it over. */
  read(): ReturnType<typeof configurationOf> {
    const texts = Object.entries(this.config()).map(([key, value]) => [key, textOf(value)] as const);
    const secret = [...this.secrets].map(([name, text]) => [`handoff:${name}`, text] as const);
    const { raw, env } = configurationOf(this.stack, Object.fromEntries([...texts, ...secret]), (key) =>
      this.secrets.has(key.replace(/^handoff:/, "")),
    );
    const readFile = (path: string): string => readFileSync(path.replace(/^~(?=\/)/, homedir()), "utf8");
    return { raw, env: { ...env, variables: this.variables, readFile } };
  }

  /** What is wrong at a path or below it, in the words of `up`; without a path, anywhere. */
  faults(path: Path = []): readonly string[] {
    const { raw, env } = this.read();
    const at = `handoff:${path.join(".")}`;
    const isBelow = (found: string): boolean =>
      path.length === 0 || found === at || found.startsWith(`${at}.`) || found.startsWith(`${at}[`);
    const faults = this.system.faults(raw, env, Object.keys(systems));
    return [
      ...new Set(faults.filter((fault) => isBelow(fault.path)).map((fault) => this.mask(formatFault(fault)))),
    ];
  }

  /**
   * The file's text.
   * @param encryption what the CLI wrote beside `config:`
   * @param encrypted ciphertexts by the names of `secrets`
   */
  text(
    encryption: Readonly<Record<string, unknown>> = {},
    encrypted: Readonly<Record<string, string>> = {},
  ): string {
    const secret = Object.entries(encrypted).map(([name, secure]) => [inFile([name]), { secure }] as const);
    const beside = Object.entries(encryption).map(([key, value]) => [[key], value] as const);
    return [...secret, ...beside].reduce((text, [path, value]) => withValue(text, path, value), this.file);
  }

  private config(): Readonly<Record<string, unknown>> {
    return (valueAt(this.file, ["config"]) ?? {}) as Readonly<Record<string, unknown>>;
  }
}

const inFile = ([key = "", ...rest]: Path): string[] => ["config", `handoff:${key}`, ...rest];

function isEncrypted(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}

const OF_DEFAULTS = "Leave out what is marked as default when it suits you.";

/** The sample says what it is a sample of. */
function renamed(sample: string, stack: string): string {
  return sample
    .replace(/^(# Settings of the stack )"[^"]*"/m, `$1${JSON.stringify(stack)}`)
    .replace(/ Change the values[^.]*?\sof\s[\s\S]*?suits\s(# )?you\./, `\n# ${OF_DEFAULTS}`);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
