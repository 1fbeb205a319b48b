import * as pulumi from "@pulumi/pulumi";
import { printable } from "../provider/http/printable";
import { UserError } from "../provider/plugin/handler";

/** Of a command that couldn't do what it is for; 1 says that it did, and isn't pleased with what it found. */
const FAILED = 2;
/** As of a program that SIGPIPE ended. */
const UNREAD = 141;

/** Runs a command, tells its errors to the reader, and ends with its exit status. */
export function runCommand(usage: string, run: (args: readonly string[]) => Promise<number>): void {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(usage);
    return;
  }
  // Who reads may stop, as `head` does: that is no fault of the command.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? UNREAD : FAILED);
  });
  run(args).then(
    (status) => process.exit(status),
    (error: unknown) => {
      process.stderr.write(`${errorText(error, usage)}\n`);
      process.exit(FAILED);
    },
  );
}

/** What went wrong, for the reader; of a bug, with its trace. */
function errorText(error: unknown, usage: string): string {
  if (error instanceof UserError || pulumi.RunError.isInstance(error)) return printable(error.message);
  // Of node:util's parseArgs.
  const { code = "" } = error as { readonly code?: string };
  if (code.startsWith("ERR_PARSE_ARGS")) return `${(error as Error).message}\n\n${usage}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
