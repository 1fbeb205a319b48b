import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { configurationOf } from "../../stacks/settings";
import { UserError } from "../../provider/plugin/handler";

const checkout = join(__dirname, "..", "..");
const MISSING = "the program pulumi wasn't found\n→ Install it: https://www.pulumi.com/docs/install/";

/** Which stack, as the Pulumi CLI takes it. */
export interface StackChoice {
  /** @default the selected one, or the one that PULUMI_STACK names */
  readonly stack?: string;
  /** @default `Pulumi.<stack>.yaml` */
  readonly configFile?: string;
}

/** What of a stack's outputs the commands use; states of former versions may lack any. */
export interface StackOutputs {
  /** Revision that was pushed, by the name of the GitRepository that reads it. */
  readonly revisions?: Readonly<Record<string, string>>;
  /** Flux objects by app, as `Kind namespace/name`. */
  readonly apps?: Readonly<Record<string, readonly string[]>>;
  /** Public addresses: the first one, and all where there are several. */
  readonly url?: string;
  readonly urls?: readonly string[];
  /** When certificates end that the program had signed itself, by name (RFC 3339). */
  readonly certificates?: Readonly<Record<string, string>>;
  /** When the issuer's token of the Origin CA ends that the program made (RFC 3339). */
  readonly originCaTokenEnds?: string;
}

/** The project's name, which the names of stacks begin with where they are whole. */
export function projectName(): string {
  const { name } = parse(readFileSync(join(checkout, "Pulumi.yaml"), "utf8")) as { readonly name: string };
  return name;
}

/** The name of a stack, without its organization and project. @throws UserError with the CLI's words */
async function stackName({ stack }: StackChoice): Promise<string> {
  const name = stack ?? (await pulumi(["stack", "--show-name"])).trim();
  return name.split("/").at(-1) ?? name;
}

/** The configuration of a stack as its program reads it. @throws UserError with the CLI's words */
export async function readConfig(choice: StackChoice): Promise<ReturnType<typeof configurationOf>> {
  const file = choice.configFile === undefined ? [] : ["--config-file", choice.configFile];
  const [name, text] = await Promise.all([
    stackName(choice),
    pulumi(["config", "--json", "--show-secrets", ...stackFlag(choice), ...file]),
  ]);
  const entries = JSON.parse(text) as Record<string, { readonly value?: string; readonly secret?: boolean }>;
  const texts = Object.entries(entries).map(([key, { value = "" }]) => [key, value] as const);
  return configurationOf(name, Object.fromEntries(texts), (key) => entries[key]?.secret === true);
}

/** The outputs of the last `up`, secret ones masked; none of a stack that never ran. */
export async function readOutputs(choice: StackChoice): Promise<StackOutputs> {
  return JSON.parse(await pulumi(["stack", "output", "--json", ...stackFlag(choice)])) as StackOutputs;
}

const stackFlag = ({ stack }: StackChoice): string[] => (stack === undefined ? [] : ["--stack", stack]);

/** What the CLI prints. @throws UserError with its words */
export async function pulumi(args: readonly string[]): Promise<string> {
  try {
    const options = { cwd: checkout, maxBuffer: 256 * 1024 * 1024 };
    return (await promisify(execFile)("pulumi", [...args, "--non-interactive"], options)).stdout;
  } catch (error) {
    const { code, stderr = "" } = error as { code?: string | number; stderr?: string };
    if (code === "ENOENT") throw new UserError(MISSING);
    throw new UserError(
      `\`pulumi ${args.slice(0, 2).join(" ")}\` failed: ${stderr.trim().replace(/^error: /, "")}`,
    );
  }
}

/** Runs the CLI for the reader, who sees what it prints; its exit status. @throws UserError when it isn't there */
export async function runPulumi(args: readonly string[]): Promise<number> {
  const child = spawn("pulumi", [...args, "--non-interactive"], { cwd: checkout, stdio: "inherit" });
  return await new Promise((done, fail) => {
    child.on("error", () => {
      fail(new UserError(MISSING));
    });
    child.on("close", (code) => {
      done(code ?? 1);
    });
  });
}
