import { buildSync } from "esbuild";
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job } from "./hand-process";

/** Who is killed: the handler alone (its git goes on), or everything that it started, as when the machine stops. */
export type Victim = "handler" | "everything";

/** When to kill: before or after the nth git command of the handler; after so many milliseconds; or never. */
export type Moment =
  { readonly command: number; readonly when: "before" | "after" } | { readonly ms: number } | "never";

/** Runs hand-offs in processes of their own and kills them. */
export class Killing {
  readonly folder = mkdtempSync(join(tmpdir(), "handoff-kill-"));
  private readonly script = join(this.folder, "hand.cjs");
  /** The handler's temporary files. */
  private readonly runtime = join(this.folder, "runtime");

  constructor() {
    mkdirSync(this.runtime);
    mkdirSync(join(this.folder, "bin"));
    buildSync({
      entryPoints: [require.resolve("./hand-process")],
      outfile: this.script,
      bundle: true,
      platform: "node",
      logLevel: "error",
    });
    const git = (process.env.PATH ?? "")
      .split(":")
      .map((folder) => join(folder, "git"))
      .find((file) => existsSync(file));
    // Stands before git on PATH: counts the handler's commands and kills it at the wanted one.
    const wrapper = `#!/bin/sh
. ${this.folder}/settings
echo "$*" >> ${this.folder}/commands
count=$(wc -l < ${this.folder}/commands)
echo $PPID > ${this.folder}/handler.pid
echo $$ > ${this.folder}/command.pid
stop() { if [ "$VICTIM" = everything ]; then kill -s KILL -- -$PPID -$$; else kill -9 $PPID; fi; }
if [ "$MOMENT" = "before $count" ]; then stop; exit 1; fi
if [ "$MOMENT" = "after $count" ]; then ${git ?? "git"} "$@"; stop; exit 1; fi
exec ${git ?? "git"} "$@"
`;
    writeFileSync(join(this.folder, "bin", "git"), wrapper);
    chmodSync(join(this.folder, "bin", "git"), 0o755);
  }

  /** Runs a job, and says whether it was killed and with which git commands it got that far. */
  async run(
    job: Job,
    moment: Moment,
    victim: Victim,
  ): Promise<{ readonly killed: boolean; readonly commands: readonly string[]; readonly output: string }> {
    for (const name of ["commands", "command.pid", "handler.pid"])
      rmSync(join(this.folder, name), { force: true });
    const at = typeof moment === "object" && "command" in moment ? `${moment.when} ${moment.command}` : "";
    // A file: the handler passes its environment on to git only in part.
    writeFileSync(join(this.folder, "settings"), `MOMENT="${at}" VICTIM="${victim}"\n`);
    const child = spawn(process.execPath, [this.script], {
      // A process group of its own, so that everything can be killed at once.
      detached: true,
      stdio: ["pipe", "pipe", "inherit"],
      env: {
        ...process.env,
        PATH: `${this.folder}/bin:${process.env.PATH ?? ""}`,
        XDG_RUNTIME_DIR: this.runtime,
      },
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stdin.end(JSON.stringify(job));
    const timer =
      typeof moment === "object" && "ms" in moment
        ? setTimeout(() => {
            const command = victim === "everything" ? this.command() : undefined;
            for (const id of [child.pid, command]) {
              try {
                if (id !== undefined) process.kill(-id, "SIGKILL");
              } catch {
                // it has ended
              }
            }
          }, moment.ms)
        : undefined;
    const signal = await new Promise((done) =>
      child.on("exit", (_code, name) => {
        done(name);
      }),
    );
    clearTimeout(timer);
    const log = join(this.folder, "commands");
    const commands = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
    return { killed: signal === "SIGKILL", commands, output };
  }

  /**
   * A hook of the server that kills the handler, and with "everything" the git command that it runs, when it is run
   * for the first time. The server goes on slowly, so that the push lands during the next run.
   */
  hook(victim: Victim): string {
    rmSync(join(this.folder, "fired"), { force: true });
    const processes = victim === "everything" ? "handler.pid command.pid" : "handler.pid";
    return `cd ${this.folder}; test -e fired && exit 0; touch fired; kill -9 $(cat ${processes}); sleep 0.2; exit 0`;
  }

  /** The git command that was started last; it leads a process group of its own. */
  private command(): number | undefined {
    const file = join(this.folder, "command.pid");
    const id = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    // Read while it is being written the file is empty, and process group 0 would be our own.
    return id > 0 ? id : undefined;
  }

  /** Folders with credentials that killed handlers left. */
  leftovers(): number {
    return readdirSync(this.runtime).length;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
