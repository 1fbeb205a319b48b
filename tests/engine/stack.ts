/** A throw-away stack of a program under the real engine, with its own plugins and file backend. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { installPulumiStandIns } from "../../tools/sandbox/pulumi/install";

const run = promisify(execFile);

/** The folder of `pulumi` on PATH. */
export function findPulumi(): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return folders.find((folder) => fs.existsSync(path.join(folder, "pulumi")));
}

/** What a suite under the engine makes before its tests, and what ends after them. */
export interface Engine {
  /** A stack of a program of this folder. */
  stack(program: string, env: NodeJS.ProcessEnv, name?: string): Promise<TestStack>;
  /** Ends after the tests, in the order of the calls. */
  ends(end: () => Promise<void> | void): void;
}

/** Prepares a suite under the engine, which is skipped where pulumi isn't on PATH. */
export function useEngine(prepare: (engine: Engine) => Promise<void>): void {
  const ends: (() => Promise<void> | void)[] = [];
  before(async function () {
    const binDir = findPulumi();
    if (binDir === undefined) {
      console.log("      skipped: pulumi isn't on PATH (npm run sandbox -- npm run test:e2e)");
      this.skip();
    }
    await prepare({
      ends: (end) => void ends.push(end),
      stack: async (program, env, name) => {
        const stack = await TestStack.create(path.join(__dirname, program), binDir, env, name);
        ends.push(() => {
          stack.remove();
        });
        return stack;
      },
    });
  });
  after(async () => {
    for (const end of ends) await end();
  });
}

export class TestStack {
  private constructor(
    private readonly program: string,
    private readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly name: string,
  ) {}

  static async create(
    program: string,
    binDir: string,
    extra: NodeJS.ProcessEnv,
    name = "dev",
  ): Promise<TestStack> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "handoff-stack-"));
    const env = {
      ...process.env,
      PULUMI_HOME: path.join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_STACK: name,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...extra,
    };
    await installPulumiStandIns(env.PULUMI_HOME, binDir, env);
    const stack = new TestStack(program, folder, env, name);
    await stack.pulumi("stack", "init", name);
    return stack;
  }

  /** What the next runs find in their environment. */
  setEnvironment(variables: NodeJS.ProcessEnv): void {
    Object.assign(this.env, variables);
  }

  /** Runs pulumi and gives what it printed; fails with all of that. */
  async pulumi(...args: string[]): Promise<string> {
    const options = { cwd: this.program, env: this.env, maxBuffer: 1 << 26 };
    try {
      const { stdout, stderr } = await run(
        "pulumi",
        [...args, "--non-interactive", "--color=never"],
        options,
      );
      return stdout + stderr;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(stdout + stderr, { cause: error });
    }
  }

  /** Runs a preview as the workflow does: the folder of the stack's preview has what the comment is made of. */
  async preview(folder: string, ...more: readonly string[]): Promise<void> {
    fs.mkdirSync(folder, { recursive: true });
    const at = (name: string): string => path.join(folder, name);
    // The flag of the event log is one of the debug commands.
    const env = { ...this.env, HANDOFF_FINDINGS: at("findings"), PULUMI_DEBUG_COMMANDS: "true" };
    const args = ["preview", "--json", "--event-log", at("events.jsonl"), "--non-interactive", ...more];
    const options = { cwd: this.program, env, maxBuffer: 1 << 26 };
    const { stdout, stderr, code } = await run("pulumi", args, options).then(
      (done) => ({ ...done, code: 0 }),
      (error: unknown) => error as { stdout: string; stderr: string; code: number },
    );
    const files = { "preview.json": stdout, "errors.txt": stderr, status: `${code}\n` };
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(at(name), text);
  }

  /** Runs a command as it was advised, word by word as a shell reads it. */
  typed(command: string, ...more: string[]): Promise<string> {
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    return this.pulumi(...words, ...more);
  }

  up(...args: string[]): Promise<string> {
    return this.pulumi("up", "--yes", "--skip-preview", ...args);
  }

  /** An `up` that is killed with all that it started, after so many milliseconds unless it ends before. */
  async killed(after: number): Promise<void> {
    await this.killedBy(() => sleep(after));
  }

  /** The same, as soon as something is so. */
  async killedWhen(isSo: () => Promise<boolean>): Promise<void> {
    await this.killedBy(async () => {
      for (let waited = 0; !(await isSo()); waited++) {
        if (waited > 600) throw new Error("it isn't so after a minute");
        await sleep(100);
      }
    });
  }

  /** An `up` that gets a Ctrl-C once its output matches; how long it took to end then, in milliseconds. */
  async interrupted(at: RegExp): Promise<{ readonly output: string; readonly took: number }> {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--color=never"];
    const child = spawn("pulumi", args, {
      ...{ cwd: this.program, env: this.env, stdio: ["ignore", "pipe", "pipe"], detached: true },
    });
    let output = "";
    let since: number | undefined;
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      if (since !== undefined || !at.test(output) || child.pid === undefined) return;
      since = Date.now();
      // As a terminal does, to all that it started.
      process.kill(-child.pid, "SIGINT");
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    await once(child, "close");
    if (since === undefined) throw new Error(`it ended before it said ${String(at)}:\n${output}`);
    return { output, took: Date.now() - since };
  }

  private async killedBy(wait: () => Promise<unknown>): Promise<void> {
    const { pid } = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"], {
      ...{ cwd: this.program, env: this.env, stdio: "ignore", detached: true },
    });
    let running = true;
    try {
      await wait();
    } finally {
      try {
        if (pid !== undefined) process.kill(-pid, "SIGKILL");
      } catch {
        running = false; // it has ended
      }
    }
    if (running) await this.pulumi("cancel", "--yes");
  }

  /** Puts another state in the place of the stack's, as `pulumi stack export` gives it. */
  async restore(state: string): Promise<void> {
    const file = path.join(this.folder, "restored.json");
    fs.writeFileSync(file, state);
    await this.pulumi("stack", "import", "--file", file);
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.pulumi("stack", "output", "--json", "--show-secrets")) as Record<
      string,
      unknown
    >;
  }

  async set(...settings: [string, string][]): Promise<void> {
    for (const [name, value] of settings) await this.pulumi("config", "set", name, value);
  }

  remove(): void {
    fs.rmSync(path.join(this.program, `Pulumi.${this.name}.yaml`), { force: true });
    fs.rmSync(this.folder, { recursive: true });
  }
}
