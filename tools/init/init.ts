import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../provider/plugin/handler";
import { didYouMean } from "../../manifests/nearest";
import { systems } from "../../stacks";
import { table } from "../text/table";
import type { Asker } from "./asker";
import { Draft } from "./draft";
import { fillIn, type Looks } from "./flow";
import { type Given, optionOf } from "./given";
import { questionsOf } from "./questions";
import { encrypted, encryptionOf, select } from "./stack-file";

/** What a stack's file begins with, where that isn't the sample of its system. */
export interface Start {
  /** Text of the file. @default the sample */
  readonly sample?: string;
  /** Puts into it what is known beforehand. */
  readonly prepare?: (draft: Draft) => void;
}

/**
 * Makes a stack and its file.
 * @param root folder of the project, with the samples
 * @returns what was done, and the next commands
 * @throws UserError with all that is missing or wrong; then nothing is there that wasn't before
 */
export async function init(
  root: string,
  given: Given,
  asker?: Asker,
  looks?: Looks,
  { sample, prepare }: Start = {},
): Promise<string> {
  const { system, stack, file } = await whichStack(root, given, asker);
  const existing = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const draft = draftOf(root, system, stack, existing ?? sample);
  prepare?.(draft);
  await fillIn(draft, given, asker, looks);
  const options = { stack, secretsProvider: given.option("secrets-provider") };
  const encryption = existing === undefined ? {} : encryptionOf(existing);
  const work = encrypted(draft, { ...options, encryption }, (text) => {
    // Others may have made one meanwhile.
    writeFileSync(file, text, { flag: given.has("overwrite") ? "w" : "wx" });
  });
  const there = await (asker === undefined
    ? work
    : asker.during("Making the stack, encrypting its secrets", work, "to its end"));
  await select(root, options);
  const count = draft.secrets.size;
  const secrets = count === 1 ? "1 secret" : `${String(count)} secrets`;
  return [
    `Written: Pulumi.${draft.stack}.yaml, with ${secrets} encrypted. The stack ${stack} is selected.`,
    ...(there ? [`The stack was there already: \`pulumi up\` changes what it has, see the preview.`] : []),
    "Next:",
    "  pulumi preview --diff   # every file, rule and secret that would come of it",
    "  pulumi up",
    "",
  ].join("\n");
}

/** The options of a system's questions, as its sample asks them. */
export function optionsOf(given: Given): string {
  const root = join(__dirname, "..", "..");
  const name = given.option("system");
  if (name === undefined)
    throw new UserError(`--options needs --system: one of ${Object.keys(systems).join(", ")}`);
  const draft = draftOf(root, checkedSystem(name), "new");
  const rows = questionsOf(draft).map((question) => {
    const { fallback, optional, variable, about } = question;
    const without =
      fallback !== undefined ? `default ${fallback}` : optional ? "may be left out" : "must be given";
    return [`  --${optionOf(question)}`, variable ?? "", without, about];
  });
  return `${table([["  option", "or variable", "without it", ""], ...rows]).join("\n")}\n`;
}

async function whichStack(root: string, given: Given, asker?: Asker) {
  const system = given.option("system") ?? (await asker?.choose("Which system?", choices()));
  const stack =
    given.option("stack") ??
    (await asker?.line("Name of the stack", (name) => stackFault(root, name, given.has("overwrite")), {
      example: "production",
    }));
  const faults = [
    ...(system === undefined ? [`--system: one of ${Object.keys(systems).join(", ")}`] : []),
    ...(stack === undefined
      ? ["--stack: the name of the stack"]
      : [stackFault(root, stack, given.has("overwrite"))]),
  ].filter((fault) => fault !== undefined);
  if (system === undefined || stack === undefined || faults.length > 0) {
    throw new UserError(["Nothing was written.", ...faults.map((fault) => `  ${fault}`)].join("\n"));
  }
  return { system: checkedSystem(system), stack, file: fileOf(root, stack) };
}

function choices(): readonly [{ value: string; label: string }, ...{ value: string; label: string }[]] {
  const [first = { value: "", label: "" }, ...others] = Object.entries(systems).map(([value, { title }]) => ({
    value,
    label: `${value}: ${title}`,
  }));
  return [first, ...others];
}

function checkedSystem(name: string): string {
  const names = Object.keys(systems);
  if (names.includes(name)) return name;
  const meant = didYouMean(name, names);
  throw new UserError(
    `--system: found ${JSON.stringify(name)}; allowed: one of ${names.join(", ")}${meant === undefined ? "" : `. ${meant}`}`,
  );
}

function stackFault(root: string, stack: string, overwrite: boolean): string | undefined {
  if (!/^([\w.-]+\/){0,2}[A-Za-z0-9][\w.-]*$/.test(stack)) {
    return "a stack's name has letters, digits, hyphens, underscores and dots; your-org/name is one too";
  }
  const file = fileOf(root, stack);
  if (overwrite || !existsSync(file)) return undefined;
  return `Pulumi.${nameOf(stack)}.yaml is there already: take another name, or --overwrite to fill in that file`;
}

const nameOf = (stack: string): string => stack.split("/").at(-1) ?? stack;

const fileOf = (root: string, stack: string): string => join(root, `Pulumi.${nameOf(stack)}.yaml`);

/** @param text that is filled in, in place of the sample */
function draftOf(root: string, system: string, stack: string, text?: string): Draft {
  const runnable = systems[system];
  if (runnable === undefined) throw new UserError(`there is no system ${system}`);
  const sample = join(root, `Pulumi.${system}.yaml`);
  if (text === undefined && !existsSync(sample))
    throw new UserError(`Pulumi.${system}.yaml isn't there, which is the sample of ${system}`);
  return new Draft(nameOf(stack), system, runnable, text ?? readFileSync(sample, "utf8"));
}
