import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { startApi, startControllers } from "./control-plane";
import { prepareStack, up } from "./engine";
import { sandboxEnvironment } from "./environment";
import { stopGo } from "./go-build";
import { withLock } from "./lock";
import { linkCommands, obtain } from "./obtain";
import { parts } from "./parts";
import { inState, paths } from "./paths";
import { duration } from "./progress";
import { collect, heads, type Part, printReport } from "./report";
import { servicesUsed, startControllerHost, startProgram, startServices } from "./services";
import { stop } from "./stop";
import { sandboxSystem } from "./systems";
import { knownProcesses, runningProcess, refuseStarts, stopStartedHere } from "./supervisor";
import { untilReady } from "./reconciled";
import { Kube } from "./kube";

export interface StartOptions {
  readonly json: boolean;
  readonly up: boolean;
}

/** Starts the sandbox, runs `pulumi up` in it and reports; gives the exit status. */
export async function start(options: StartOptions): Promise<number> {
  const interruption = new Interruption();
  const waits = (pid: number): void => {
    process.stderr.write(`Another start (process ${pid}) is under way; waiting for it\n`);
  };
  try {
    return await withLock(inState("start.lock"), waits, () => startLocked(options, interruption));
  } finally {
    interruption.end();
  }
}

async function startLocked(options: StartOptions, interruption: Interruption): Promise<number> {
  const seconds: Record<string, number> = {};
  const phase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const begun = Date.now();
    seconds[name] ??= 0; // in the order of their beginning
    const result = await work();
    seconds[name] = Math.round(seconds[name] * 10 + (Date.now() - begun) / 100) / 10;
    return result;
  };

  let used: readonly Part[];
  try {
    requireGit();
    const obtained = await phase("parts", () => obtain(parts.filter((part) => part.onDemand !== true)));
    linkCommands(parts, paths.bin);
    // Beside what can start without them.
    const { parts: names = [] } = sandboxSystem();
    const further = obtain(parts.filter(({ name }) => names.includes(name)));
    further.catch(() => undefined);
    // All ports are chosen before anything listens on one.
    const chosen = await sandboxEnvironment();
    const [, plugins] = await Promise.all([
      phase("processes", startProcesses),
      phase("stack", () =>
        prepareStack(chosen).catch((error: unknown) => {
          if (options.up) throw error;
          process.stderr.write(`The engine is not ready: ${String(error)}\n`);
          return [];
        }),
      ),
    ]);
    const more = names.length === 0 ? [] : await phase("parts", () => further);
    used = [
      ...[...obtained, ...more].map(({ name, version, from, cached }) => ({
        name,
        version,
        kind: "real" as const,
        from: cached ? `${from} (cached)` : from,
      })),
      ...plugins.map(({ name, version, kind }) => ({
        name: `pulumi ${name}`,
        version,
        kind,
        from: "packages",
      })),
      ...servicesUsed(sandboxSystem().onDemand).map(({ name, plays, kind }) => ({
        name,
        version: "",
        kind,
        from: plays,
      })),
    ];
  } catch (error) {
    if (interruption.happened) await interruption.ended();
    refuseStarts(); // what else is under way
    await cleanUp();
    throw error;
  }

  const environment = await sandboxEnvironment();
  if (!options.up) {
    process.stderr.write(`The sandbox runs (${duration(seconds.processes ?? 0)}); npm stop ends it\n`);
    return 0;
  }
  const before = heads();
  const { status, why } = await phase("up", () => interruption.during(() => up(environment, options.json)));
  if (interruption.happened) {
    await cleanUp();
    return 130;
  }
  const kube = new Kube(paths.kubeconfig);
  const ready = status === 0 && (await phase("ready", () => untilReady(kube)));
  const report = await collect(kube, { parts: used, before, seconds, environment });
  printReport(report, options.json);
  if (status !== 0) {
    process.stderr.write(
      `\n${["`pulumi up` failed:", ...why].join("\n\n")}\n\nThe sandbox still runs, so that you can look; npm stop ends it.\n`,
    );
  }
  return status === 0 && ready ? 0 : 1;
}

function requireGit(): void {
  if (spawnSync("git", ["--version"]).error === undefined) return;
  throw new Error(
    "git is needed, and there is none on the PATH. Install it (https://git-scm.com) and start again.",
  );
}

/** True when nothing of the sandbox ran before this start. */
let fresh = false;

async function startProcesses(): Promise<void> {
  fresh = !knownProcesses().some((name) => runningProcess(name) !== undefined);
  process.stderr.write(
    fresh ? "Starting the cluster, Flux, git and the stand-ins\n" : "The sandbox runs already\n",
  );
  const bin = (command: string): string => join(paths.bin, command);
  const api = startApi(bin);
  await Promise.all([
    startServices(api, sandboxSystem().onDemand),
    api.then((kube) => startControllers(bin, kube)),
    api.then(() =>
      startProgram("provisioner", join(__dirname, "provisioner.ts"), { KUBECONFIG: paths.kubeconfig }),
    ),
    api.then(startControllerHost),
  ]);
}

/** Takes away what this run started; all of it when nothing ran before. */
async function cleanUp(): Promise<void> {
  stopGo();
  if (fresh) await stop();
  else await stopStartedHere();
}

/** Ctrl-C and its like: ends at once before `pulumi up`; during it, the engine is left to end first. */
class Interruption {
  happened = false;
  private waiting = false;
  private readonly handler = (signal: NodeJS.Signals): void => {
    this.happened = true;
    if (this.waiting) return;
    process.stderr.write(`\n${signal}: ending what was started\n`);
    refuseStarts();
    void cleanUp().finally(() => process.exit(130));
  };

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, this.handler);
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.waiting = true;
    try {
      return await work();
    } finally {
      this.waiting = false;
    }
  }

  /** Never: the process ends when everything is cleaned up. */
  ended(): Promise<never> {
    return new Promise(() => undefined);
  }

  end(): void {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, this.handler);
  }
}
