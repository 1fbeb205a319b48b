/** Commands as a user runs them: what they print is kept in a log, and each can be killed as a whole. */
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** What a command left. */
export interface Result {
  readonly status: number;
  readonly stdout: string;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What the command reads from standard input. */
  readonly input?: string;
  /** Called with all output so far, whenever there is more. */
  readonly onOutput?: (output: string, child: ChildProcess) => void;
}

export class Commands {
  private readonly running = new Set<ChildProcess>();

  /** @param log file that every command is written to, with its output */
  constructor(
    private readonly folder: string,
    readonly log: string,
  ) {}

  /** Runs in a process group of its own, so that a test can kill all of it. */
  run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
    const settings: SpawnOptions = {
      cwd: this.folder,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      detached: true,
    };
    const shown = [path.basename(program), ...args].join(" ");
    fs.appendFileSync(this.log, `\n$ ${shown}\n`);
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, settings);
      this.running.add(child);
      let stdout = "";
      let output = "";
      const take = (chunk: string): void => {
        output += chunk;
        fs.appendFileSync(this.log, chunk);
        options.onOutput?.(output, child);
      };
      child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
        stdout += chunk;
        take(chunk);
      });
      child.stderr?.setEncoding("utf8").on("data", take);
      child.stdin?.end(options.input);
      child.on("error", reject);
      child.on("close", (code) => {
        this.running.delete(child);
        fs.appendFileSync(this.log, `[status ${code ?? "killed"}]\n`);
        resolve({ status: code ?? 137, stdout, output });
      });
    });
  }

  killAll(): void {
    for (const child of this.running) killGroup(child);
  }
}

/** SIGKILL for a command and everything that it started in its process group. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended
  }
}

/** The last lines of a command's output. */
export function tail(output: string, lines = 60): string {
  return output.trimEnd().split("\n").slice(-lines).join("\n");
}

/** Waits until something holds; fails with what it found last. */
export async function eventually(what: string, check: () => Promise<void>, seconds = 60): Promise<void> {
  const limit = Date.now() + seconds * 1000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > limit) throw new Error(`${what}: not so after ${seconds} s`, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
