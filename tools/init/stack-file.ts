import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { UserError } from "../../provider/plugin/handler";
import { projectName } from "../stack/pulumi";
import { type Draft, ENCRYPTION } from "./draft";

export interface StackOptions {
  /** As the CLI takes it: `prod`, `your-org/prod`. */
  readonly stack: string;
  /** Of a new stack, as `pulumi stack init --secrets-provider`. @default the backend's */
  readonly secretsProvider?: string;
  /** What the stack's present file has beside `config:`, by names of `ENCRYPTION`: the same passphrase or key goes on. */
  readonly encryption?: Readonly<Record<string, unknown>>;
}

/**
 * Makes the stack unless it is there, and has the CLI encrypt the draft's secrets. That happens in a folder of its own,
 * so that the stack's file appears as a whole, and with its comments.
 * @param save takes the text of the stack's file
 * @returns whether the stack was there before
 * @throws UserError with the CLI's words; a stack that was made for it is gone again then
 */
export async function encrypted(
  draft: Draft,
  { stack, secretsProvider, encryption = {} }: StackOptions,
  save: (text: string) => void,
): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "handoff-init-"));
  const file = join(folder, `Pulumi.${draft.stack}.yaml`);
  let made = false;
  try {
    writeFileSync(join(folder, "Pulumi.yaml"), `name: ${projectName()}\nruntime: nodejs\n`);
    const there = await pulumi(folder, ["stack", "select", stack]).then(
      () => true,
      () => false,
    );
    if (Object.keys(encryption).length > 0) writeFileSync(file, stringify(encryption));
    const provider = secretsProvider === undefined ? [] : ["--secrets-provider", secretsProvider];
    if (!there) {
      await pulumi(folder, ["stack", "init", stack, ...provider]);
      made = true;
    }
    for (const [name, text] of draft.secrets) {
      await pulumi(folder, ["config", "set", "--secret", "--stack", stack, `handoff:${name}`], text);
    }
    save(draft.text(...written(readWritten(file))));
    return there;
  } catch (error) {
    // Without --force the CLI removes none that has resources.
    if (made) await pulumi(folder, ["stack", "rm", stack, "--yes"]).catch(() => undefined);
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a stack the one that commands take when none is named. */
export async function select(folder: string, { stack }: StackOptions): Promise<void> {
  await pulumi(folder, ["stack", "select", stack]);
}

/** By what the secrets of a stack's file are encrypted. */
export function encryptionOf(text: string): Readonly<Record<string, unknown>> {
  const found = (parse(text) ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    ENCRYPTION.filter((name) => name in found).map((name) => [name, found[name]] as const),
  );
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
  const beside = Object.entries(encryptionOf(stringify(file)));
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
