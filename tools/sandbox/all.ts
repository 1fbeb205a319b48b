import { spawn } from "node:child_process";
import { duration } from "./progress";

/** What became of a system. */
export interface Outcome {
  readonly system: string;
  readonly status: number;
  readonly seconds: number;
  /** What it printed on stdout, where that was asked for. */
  readonly output: string;
}

/** Exit status of a command that was interrupted. */
const INTERRUPTED = 130;

/**
 * Runs a command for one system after the other, each in a process of its own: starting takes all of a small machine.
 * An interruption is of all.
 * @param program what runs it: the arguments of this process's program, without those of the command
 */
export async function forAll(
  systems: readonly string[],
  program: readonly string[],
  [verb = "", ...options]: readonly string[],
): Promise<number> {
  const json = options.includes("--json");
  const outcomes: Outcome[] = [];
  for (const system of systems) {
    process.stderr.write(`\n== ${system}\n`);
    const began = Date.now();
    const { status, output } = await run([...program, verb, system, ...options], json);
    outcomes.push({ system, status, output, seconds: Math.round((Date.now() - began) / 1000) });
    if (status === INTERRUPTED) break;
  }
  (json ? process.stderr : process.stdout).write(summary(outcomes));
  if (json) process.stdout.write(`${JSON.stringify(documents(outcomes), null, 2)}\n`);
  return Math.max(...outcomes.map(({ status }) => status));
}

function run(args: readonly string[], json: boolean): Promise<Pick<Outcome, "status" | "output">> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["inherit", json ? "pipe" : "inherit", "inherit"] });
    // Ctrl-C reaches the child by the terminal; a signal to this process alone is passed on.
    const wait = (): void => undefined;
    const pass = (): void => {
      child.kill("SIGTERM");
    };
    process.on("SIGINT", wait).on("SIGTERM", pass);
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", wait).off("SIGTERM", pass);
      resolve({ status: signal === null ? (code ?? 1) : INTERRUPTED, output });
    });
  });
}

/** A line for each system; what there is to say of one stands above, in its own output. */
export function summary(outcomes: readonly Outcome[]): string {
  const width = Math.max(...outcomes.map(({ system }) => system.length));
  const lines = outcomes.map(({ system, status, seconds }) => {
    const result = status === 0 ? "ok" : status === INTERRUPTED ? "interrupted" : "FAILED, see above";
    return `  ${system.padEnd(width)}  ${duration(seconds)}  ${result}\n`;
  });
  return `\nAll systems\n${lines.join("")}`;
}

/** The documents by system; null of one that has printed none. */
export function documents(outcomes: readonly Outcome[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    outcomes.map(({ system, output }) => [
      system,
      output.trim() === "" ? null : (JSON.parse(output) as unknown),
    ]),
  );
}
