import { spawn } from "node:child_process";
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export interface RecordOptions {
  /** Compare with git, the cluster and the clouds as they are, rather than with the stack's state. @default false */
  readonly refresh?: boolean;
  /** The stack's configuration. @default Pulumi.<stack>.yaml */
  readonly configFile?: string;
}

/** As Pulumi names stacks. */
const STACK = /^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+){0,2}$/;
/** What a preview leaves. */
const LEFT = ["preview.json", "events.jsonl", "policies.jsonl", "errors.txt", "status", "findings"];

/**
 * Runs `pulumi preview` of a stack, and keeps what it leaves behind in `<folder>/<stack>/`, where `readPreview` looks
 * for it. What an earlier one left there goes, and nothing else. Only the user can read the folder: it holds texts of the
 * repositories.
 * @returns the preview's exit status
 * @throws Error when the Pulumi CLI can't be started
 */
export async function recordPreview(
  folder: string,
  stack: string,
  { refresh = false, configFile }: RecordOptions = {},
): Promise<number> {
  if (!STACK.test(stack))
    throw new Error(
      `${JSON.stringify(stack)} is no stack's name; allowed: letters, digits, - _ and ., with organization and project before as in org/project/prod`,
    );
  const at = resolve(folder, stack);
  for (const name of LEFT) rmSync(join(at, name), { recursive: true, force: true });
  mkdirSync(at, { recursive: true, mode: 0o700 });
  const args = [
    "preview",
    "--stack",
    stack,
    "--non-interactive",
    "--json",
    `--event-log=${join(at, "events.jsonl")}`,
    ...(refresh ? ["--refresh"] : []),
    ...(configFile === undefined ? [] : ["--config-file", configFile]),
  ];
  // The document leaves out what policies say; the flag of the log is one of those for debugging.
  const env = { ...process.env, HANDOFF_FINDINGS: join(at, "findings"), PULUMI_DEBUG_COMMANDS: "true" };
  // Files that are open before anything starts: a stream opens its own later, in a folder that may be gone by then.
  const document = openSync(join(at, "preview.json"), "w");
  const errors = openSync(join(at, "errors.txt"), "w");
  let status: number;
  try {
    const preview = spawn("pulumi", args, { env, stdio: ["ignore", document, "pipe"] });
    preview.stderr?.on("data", (chunk: Buffer) => {
      writeSync(errors, chunk);
      process.stderr.write(chunk);
    });
    status = await new Promise<number>((done, fail) => {
      preview.on("error", (cause) => {
        fail(new Error(`pulumi can't be started (https://www.pulumi.com/docs/install/): ${cause.message}`));
      });
      preview.on("close", (code) => {
        done(code ?? 1);
      });
    });
  } finally {
    closeSync(document);
    closeSync(errors);
  }
  await keepPolicies(at);
  writeFileSync(join(at, "status"), `${String(status)}\n`);
  return status;
}

/** Of the event log what policies say; the rest is in the document too, and large. */
async function keepPolicies(at: string): Promise<void> {
  const log = join(at, "events.jsonl");
  if (!existsSync(log)) return;
  const kept: string[] = [];
  for await (const line of createInterface({ input: createReadStream(log), crlfDelay: Infinity }))
    if (line.includes('"policyEvent":')) kept.push(`${line}\n`);
  rmSync(log);
  if (kept.length > 0) writeFileSync(join(at, "policies.jsonl"), kept.join(""), { mode: 0o600 });
}
