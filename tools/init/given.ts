import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { UserError } from "../../provider/plugin/handler";
import { didYouMean } from "../../manifests/nearest";
import type { Question } from "./questions";

const SWITCHES = ["overwrite", "offline", "references", "options"] as const;
type Switch = (typeof SWITCHES)[number];

/** True for an option that stands alone, without a value. */
export const isSwitch = (name: string): name is Switch => (SWITCHES as readonly string[]).includes(name);

/** Options that answer no question. */
const OTHERS = ["system", "stack", "secrets-provider", "host-key"];

/** The option of a question: `fluxRepository.url` is `--flux-repository-url`; secrets and keys are given by a file. */
export function optionOf({ name, kind }: Pick<Question, "name" | "kind">): string {
  const kebab = name.replaceAll(".", "-").replaceAll(/[A-Z]+/g, (letters) => `-${letters.toLowerCase()}`);
  return kind === "text" || kind === "number" || kind === "list" || kind === "pairs"
    ? kebab
    : `${kebab}-file`;
}

/** What was given beforehand, by options and by the environment. */
export class Given {
  private readonly options = new Map<string, string>();
  private readonly switches = new Set<string>();
  private readonly used = new Set<string>(OTHERS);

  /** @throws UserError when they aren't `--name value` or `--name=value` */
  constructor(
    args: readonly string[],
    private readonly variables: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    const rest = [...args];
    for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
      const [, name, value] = /^--([a-z0-9-]+)(?:=(.*))?$/s.exec(arg) ?? [];
      if (name === undefined) {
        // Not the argument itself: it may be a secret.
        throw new UserError(
          `argument ${String(args.length - rest.length)} of ${String(args.length)} isn't an option: each is --name and a value, as in --stack prod`,
        );
      }
      if (isSwitch(name)) this.switches.add(name);
      else {
        const text = value ?? rest.shift();
        if (text === undefined) throw new UserError(`--${name} needs a value`);
        this.options.set(name, text);
      }
    }
  }

  has(name: Switch): boolean {
    return this.switches.has(name);
  }

  option(name: string): string | undefined {
    return this.options.get(name);
  }

  /** @throws UserError when a file that is named can't be read */
  answerTo(question: Question): { readonly text: string; readonly fromVariable: boolean } | undefined {
    const name = optionOf(question);
    this.used.add(name);
    const text = this.options.get(name);
    if (text !== undefined) {
      return { text: name.endsWith("-file") ? readText(text, name) : text, fromVariable: false };
    }
    const value = question.variable === undefined ? undefined : this.variables[question.variable];
    return value === undefined || value === "" ? undefined : { text: value, fromVariable: true };
  }

  /** How a question is answered without a terminal. */
  waysOf(question: Question): string {
    const option = `--${optionOf(question)}`;
    const { variable } = question;
    return [
      option,
      ...(variable === undefined ? [] : [`the environment variable ${variable}`]),
      ...(question.kind === "known-hosts" ? ["--host-key SHA256:…"] : []),
    ].join(" or ");
  }

  /** Options that no question asked for. Their values aren't shown: one may be a secret. */
  unknown(): readonly string[] {
    return [...this.options.keys()]
      .filter((name) => !this.used.has(name))
      .map((name) =>
        this.used.has(`${name}-file`)
          ? `--${name} isn't taken: an argument is seen by others. Give it by --${name}-file, or in the environment`
          : [`--${name} isn't an option for these settings`, didYouMean(name, [...this.used])]
              .filter((part) => part !== undefined)
              .join(". "),
      );
  }
}

/** @throws UserError */
export function readText(path: string, option: string): string {
  let text: string;
  try {
    text = readFileSync(path.replace(/^~(?=\/)/, homedir()), "utf8");
  } catch (error) {
    const { code = "?" } = error as { readonly code?: string };
    const why = code === "ENOENT" ? "doesn't exist" : `can't be read (${code})`;
    throw new UserError(
      `--${option}: found file ${path}, which ${why}; allowed: a file that holds the value`,
    );
  }
  if (text.trim() !== "") return text;
  throw new UserError(
    `--${option}: found file ${path}, which is empty; allowed: a file that holds the value`,
  );
}
