import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../../provider/plugin/handler";
import { projectName } from "../stack/pulumi";
import { type Draft, ENCRYPTION } from "./draft";

export interface StackOptions {
  /** As the CLI takes it: `prod`, `your-org/prod`. */
  readonly stack: string;
  /** Of a new stack, as `pulumi stack init --secrets-provider`. @default the backend's */
  readonly secretsProvider?: string;
}

/**
 * Makes the stack unless it is there, and has the CLI encrypt the draft's secrets. That happens in a folder of its own,
 * so that the stack's file appears as a whole, and with its comments.
 * @returns the text of the stack's file
 * @throws UserError with the CLI's words
 */
export async function encrypted(draft: Draft, { stack, secretsProvider }: StackOptions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "handoff-init-"));
  try {
    writeFileSync(join(folder, "Pulumi.yaml"), `name: ${projectName()}\nruntime: nodejs\n`);
    const there = await pulumi(folder, ["stack", "select", stack]).then(
      () => true,
      () => false,
    );
    const provider = secretsProvider === undefined ? [] : ["--secrets-provider", secretsProvider];
    if (!there) await pulumi(folder, ["stack", "init", stack, ...provider]);
    for (const [name, text] of draft.secrets) {
      await pulumi(folder, ["config", "set", "--secret", "--stack", stack, `handoff:${name}`], text);
    }
    return draft.text(...written(readWritten(join(folder, `Pulumi.${draft.stack}.yaml`))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a stack the one that commands take when none is named. */
export async function select(folder: string, { stack }: StackOptions): Promise<void> {
  await pulumi(folder, ["stack", "select", stack]);
}

interface Written {
  readonly config?: Readonly<Record<string, { readonly secure?: string }>>;
}

/** What the CLI put there; with some backends nothing. */
function readWritten(file: string): Written {
  try {
    return (parse(readFileSync(file, "utf8")) ?? {}) as Written;
  } catch (error) {
    if ((error as { readonly code?: string }).code === "ENOENT") return {};
    throw error;
  }
}

function written(file: Written): [Record<string, unknown>, Record<string, string>] {
  const beside = Object.entries(file).filter(([key]) =>
    ENCRYPTION.includes(key as (typeof ENCRYPTION)[number]),
  );
  const ciphertexts = Object.entries(file.config ?? {}).map(
    ([key, { secure = "" }]) => [key.replace(/^handoff:/, ""), secure] as const,
  );
  return [Object.fromEntries(beside), Object.fromEntries(ciphertexts)];
}

/** @param input by standard input: an argument would be seen by other processes */
async function pulumi(folder: string, args: readonly string[], input = ""): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const all = [...args, "--non-interactive", "--cwd", folder];
    const child = execFile("pulumi", all, (error, _output, stderr) => {
      if (error === null) resolve();
      else if (error.code === ("ENOENT" as unknown))
        reject(
          new UserError(
            "the program pulumi wasn't found\n→ Install it: https://www.pulumi.com/docs/install/",
          ),
        );
      else {
        const what = `\`pulumi ${args.slice(0, 2).join(" ")}\``;
        reject(new UserError(`${what} failed: ${stderr.trim().replace(/^error: /, "")}`));
      }
    });
    // A command that ends at once doesn't read.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
