import { spawn, type SpawnOptions } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { checkPath } from "../../manifests/files";
import { patiently, type Waiting } from "../http/patience";
import { temporaryFolder } from "../temporary-folder";
import { sopsEnvironment } from "./sops-environment";
import { wordsOfSops } from "./sops-words";
import { sopsConfig, type SopsRule } from "../../manifests/secrets/sops-config";

export interface SopsDocument {
  /** From the repository's root; picks the rule. */
  readonly path: string;
  readonly plaintext: string;
}

export interface SopsOptions {
  readonly rules: readonly SopsRule[];
  /** @default `sops` on PATH */
  readonly program?: string;
  /** Ends sops when the user cancels, and says that it still works: keys in Azure may take it long. @default neither */
  readonly waiting?: Waiting;
}

/** sops isn't there, or refused. */
export class SopsError extends Error {
  override readonly name: string = "SopsError";
}

/** sops isn't there. */
export class SopsMissing extends SopsError {
  override readonly name = "SopsMissing";

  constructor(program = "sops") {
    super(`The program ${program} wasn't found. Install sops (https://getsops.io) or put it on PATH.`);
  }
}

/**
 * Encrypts a document with sops. Each call gives another ciphertext, as sops draws a new data key: `SopsFile` calls it
 * only when the plaintext or the recipients change.
 * @throws SopsError
 */
export async function encrypt({ path, plaintext }: SopsDocument, options: SopsOptions): Promise<string> {
  checkPath(path);
  const folder = await temporaryFolder("sops");
  try {
    const config = join(folder, ".sops.yaml");
    await writeFile(config, sopsConfig(options.rules));
    const args = ["--config", config, "encrypt", "--filename-override", path];
    const { program = "sops", waiting } = options;
    const recipients = options.rules.flatMap((rule) => rule.recipients);
    const work = sopsEnvironment(recipients, folder).then((env) =>
      run(program, args, plaintext, { cwd: folder, env, signal: waiting?.signal }),
    );
    const ciphertext = await (waiting === undefined
      ? work
      : patiently(waiting, (seconds) => `sops has been at work on ${path} for ${String(seconds)} s`, work));
    if (!isEncrypted(ciphertext)) {
      throw new SopsError(`sops left values of ${path} as they are, or found no data or stringData in it.`);
    }
    return ciphertext;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// sops leaves empty texts as they are: there is nothing in them to hide.
function isEncrypted(ciphertext: string): boolean {
  const { data, stringData } = parse(ciphertext) as Record<"data" | "stringData", object | null | undefined>;
  const values = [data, stringData].flatMap((fields): unknown[] => Object.values(fields ?? {}));
  return (
    values.length > 0 && values.every((value) => value === "" || String(value).startsWith("ENC[AES256_GCM,"))
  );
}

/** The plaintext goes through stdin alone: arguments and environment can be read by others, files can be left behind. */
function run(
  program: string,
  args: readonly string[],
  input: string,
  at: Pick<SpawnOptions, "cwd" | "env" | "signal">,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...at, stdio: ["pipe", "pipe", "pipe"] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "ENOENT"
          ? new SopsMissing(program)
          : new SopsError(`${program} couldn't be started: ${error.message}`),
      );
    });
    child.on("close", (code, signal) => {
      if (code === 0) resolve(Buffer.concat(output).toString("utf8"));
      else {
        const words = wordsOfSops(Buffer.concat(errors).toString("utf8"));
        reject(new SopsError(`sops ended with ${signal ?? `status ${String(code)}`}: ${words}`));
      }
    });
    // sops may end without reading all of it; its own message says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
