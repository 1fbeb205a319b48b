import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { installPulumiStandIns } from "../tools/sandbox/pulumi/install";
import { linkCommands, obtain } from "../tools/sandbox/obtain";
import { parts } from "../tools/sandbox/parts";
import { httpHandler } from "../tools/sandbox/services/git";

/**
 * Side by side in one run, on loopback git over HTTP and the real engine: an empty program, this hand-off, plain git
 * with the same commit, and plain git with one commit and push per file. Ratios count, seconds depend on the machine.
 * `npm run bench [-- sizes…]`, by default 10 100 1000; writes a table, and JSON to .bench/results.json.
 */
interface Row {
  readonly apps: number;
  readonly what: string;
  readonly seconds: number;
  readonly stateKilobytes?: number;
}

/** Asynchronous: the git server runs in this process. */
const run = promisify(execFile);

const USER = "bench";
const PASSWORD = "bench-password";
const root = join(__dirname, "..");
const program = join(__dirname, "program");

class Bench {
  readonly rows: Row[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), "handoff-bench-"));
  private readonly repositories = join(this.folder, "repositories");
  private server: http.Server | undefined;
  private env: NodeJS.ProcessEnv = {};

  async start(): Promise<void> {
    const engine = parts.filter(({ name }) => name === "pulumi");
    await obtain(engine);
    const bin = join(this.folder, "bin");
    linkCommands(engine, bin);
    this.env = {
      ...process.env,
      PATH: `${bin}:${process.env.PATH ?? ""}`,
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${this.folder}`,
      PULUMI_CONFIG_PASSPHRASE: "bench",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      BENCH_USER: USER,
      BENCH_PASSWORD: PASSWORD,
    };
    await installPulumiStandIns(join(this.folder, "home"), bin, this.env);
    mkdirSync(this.repositories, { recursive: true });
    const settings = {
      repositories: this.repositories,
      keys: "",
      username: USER,
      password: PASSWORD,
      publicOrganizations: [],
    };
    this.server = http.createServer(httpHandler(settings)).listen(0, "127.0.0.1");
    await new Promise((resolve) => this.server?.once("listening", resolve));
  }

  stop(): void {
    this.server?.close();
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(join(program, "Pulumi.bench.yaml"), { force: true });
  }

  /** A repository of its own with one commit; its address. */
  async repository(name: string): Promise<string> {
    const path = join(this.repositories, "bench", `${name}.git`);
    mkdirSync(path, { recursive: true });
    await this.git(path, "init", "--quiet", "--bare", "--initial-branch=main");
    await this.git(path, "config", "http.receivepack", "true");
    const tree = (await this.git(path, "mktree")).trim();
    const commit = (await this.git(path, "commit-tree", tree, "-m", "Start")).trim();
    await this.git(path, "update-ref", "refs/heads/main", commit);
    const { port } = this.server?.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}/bench/${name}.git`;
  }

  async measure(
    apps: number,
    what: string,
    work: () => Promise<void>,
    stateKilobytes?: () => number,
  ): Promise<void> {
    const started = process.hrtime.bigint();
    await work();
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    this.rows.push({ apps, what, seconds, ...(stateKilobytes && { stateKilobytes: stateKilobytes() }) });
    process.stderr.write(`${String(apps).padStart(5)}  ${what.padEnd(40)} ${seconds.toFixed(2)} s\n`);
  }

  async empty(): Promise<void> {
    await this.stack("empty");
    await this.up("empty", {});
    await this.measure(0, "empty program, no-op up", async () => {
      await this.up("empty", {});
    });
  }

  async handoff(apps: number): Promise<void> {
    const stack = `apps-${String(apps)}`;
    const env = { BENCH_APPS: String(apps), BENCH_URL: await this.repository(stack) };
    const size = (): number =>
      statSync(join(this.folder, ".pulumi", "stacks", "bench", `${stack}.json`)).size / 1024;
    await this.stack(stack);
    const step = async (what: string, more: NodeJS.ProcessEnv = {}): Promise<void> => {
      await this.measure(
        apps,
        `hand-off, ${what}`,
        async () => {
          await this.up(stack, { ...env, ...more });
        },
        size,
      );
    };
    await step("first up");
    await step("no-op up");
    await step("one-app change", { BENCH_CHANGE: "11m" });
  }

  async plainGit(apps: number, perFile: boolean): Promise<void> {
    const name = `plain-${String(perFile)}-${String(apps)}`;
    const url = (await this.repository(name)).replace("://", `://${USER}:${PASSWORD}@`);
    const clone = join(this.folder, name);
    const files = Array.from({ length: apps }, (_, index) => `apps/app-${String(index)}`).flatMap(
      (folder) => [`${folder}/kustomization.yaml`, `${folder}/app.yaml`],
    );
    const text = "apiVersion: v1\nkind: ConfigMap\n".repeat(10);
    await this.measure(
      apps,
      perFile ? "plain git, one commit and push per file" : "plain git, one commit",
      async () => {
        await this.git(this.folder, "clone", "--quiet", "--depth=1", url, clone);
        for (const file of files) {
          mkdirSync(dirname(join(clone, file)), { recursive: true });
          writeFileSync(join(clone, file), text);
          if (perFile) await this.publish(clone, file);
        }
        if (!perFile) await this.publish(clone, ".");
      },
    );
  }

  private async publish(clone: string, path: string): Promise<void> {
    await this.git(clone, "add", path);
    await this.git(clone, "commit", "--quiet", "--message", "Hand off");
    await this.git(clone, "push", "--quiet", "origin", "HEAD:main");
  }

  private async stack(name: string): Promise<void> {
    await this.pulumi(["stack", "init", name]);
  }

  private async up(stack: string, env: NodeJS.ProcessEnv): Promise<void> {
    await this.pulumi(["up", "--yes", "--skip-preview", "--stack", stack], env);
    rmSync(join(program, `Pulumi.${stack}.yaml`), { force: true });
  }

  private async pulumi(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
    await run("pulumi", [...args, "--non-interactive"], { cwd: program, env: { ...this.env, ...env } });
  }

  private async git(cwd: string, ...args: string[]): Promise<string> {
    const identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"];
    const running = run("git", [...identity, ...args], { cwd });
    running.child.stdin?.end();
    return (await running).stdout;
  }
}

function table(rows: readonly Row[]): string {
  const base = rows.find(({ apps }) => apps === 0)?.seconds ?? 1;
  const lines = rows.map((row) => {
    const plain =
      rows.find(({ apps, what }) => apps === row.apps && what === "plain git, one commit")?.seconds ?? 0;
    const goal = row.what.endsWith("first up") ? base + plain : base;
    const state = row.stateKilobytes === undefined ? "" : `${row.stateKilobytes.toFixed(0)} kB`;
    const ratio = row.what.startsWith("hand-off") ? (row.seconds / goal).toFixed(2) : "";
    return `| ${String(row.apps)} | ${row.what} | ${row.seconds.toFixed(2)} | ${ratio} | ${state} |`;
  });
  return [
    "| apps | what | seconds | ratio | state |",
    "|---:|---|---:|---:|---:|",
    ...lines,
    "",
    "ratio: a first up to an empty program plus plain git, any other to an empty program",
    "",
  ].join("\n");
}

async function main(): Promise<void> {
  const sizes = process.argv.slice(2).map(Number);
  const bench = new Bench();
  try {
    await bench.start();
    await bench.empty();
    for (const apps of sizes.length > 0 ? sizes : [10, 100, 1000]) {
      await bench.plainGit(apps, false);
      if (apps <= 100) await bench.plainGit(apps, true);
      await bench.handoff(apps);
    }
  } finally {
    bench.stop();
  }
  process.stdout.write(table(bench.rows));
  mkdirSync(join(root, ".bench"), { recursive: true });
  writeFileSync(join(root, ".bench", "results.json"), `${JSON.stringify(bench.rows, null, 2)}\n`);
}

void main();
