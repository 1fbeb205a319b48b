import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { paths } from "./paths";
import { processIdentity } from "./process-identity";

/** A machine that has more to do takes minutes; a process that ends is told at once. */
const READY_SECONDS = 240;

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** True when the process can be used. Asked several times a second until then. */
  readonly ready: () => Promise<boolean>;
}

interface PidFile {
  readonly pid: number;
  readonly identity: string;
  /** Digest of command, arguments and environment: another one means that the process has to be replaced. */
  readonly spec: string;
}

/** Set when this run is ending: what is still on its way to start something finds out here. */
let ending = false;

export function refuseStarts(): void {
  ending = true;
}

/** Names of the processes that this run started, in order; what a failed start takes away again. */
const startedHere: string[] = [];

/** Lets the process run: keeps a running one that was started the same way, replaces or starts it otherwise. */
export async function ensureProcess(spec: ProcessSpec): Promise<"running" | "started"> {
  const digest = specDigest(spec);
  const current = runningProcess(spec.name);
  if (current !== undefined && current.spec === digest && (await spec.ready())) return "running";
  await stopProcess(spec.name);
  const child = launch(spec.name, spec.command, spec.args, spec.env ?? {}, digest);
  startedHere.push(spec.name);
  await untilReady(spec, child);
  child.unref();
  return "started";
}

/** Starts a detached process with its log and pid file. Its readiness is the caller's business. */
export function launch(
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  digest: string,
): ChildProcess {
  if (ending) throw new Error(`${name} is not started: interrupted`);
  mkdirSync(paths.logs, { recursive: true });
  mkdirSync(paths.pids, { recursive: true });
  const log = openSync(logFile(name), "w", 0o600);
  const child = spawn(command, args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, ...env },
  });
  closeSync(log);
  child.on("error", () => undefined); // no such command: seen as "ended", with its name
  if (child.pid !== undefined) {
    const entry = { pid: child.pid, identity: processIdentity(child.pid) ?? "", spec: digest };
    writeFileSync(pidFile(name), JSON.stringify(entry));
  }
  return child;
}

async function untilReady(spec: ProcessSpec, child: ChildProcess): Promise<void> {
  const limit = Date.now() + READY_SECONDS * 1000;
  while (Date.now() < limit) {
    if (child.pid === undefined) throw new Error(`${spec.name} could not be started: ${spec.command}`);
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${spec.name} ended at start (${endOf(child)}).\n${lastLogLines(spec.name)}`);
    }
    if (await spec.ready()) return;
    await sleep(100);
  }
  throw new Error(`${spec.name} was not ready after ${READY_SECONDS} s.\n${lastLogLines(spec.name)}`);
}

/** Names of the processes with a pid file, youngest first. */
export function knownProcesses(): string[] {
  try {
    const names = readdirSync(paths.pids).filter((name) => name.endsWith(".json"));
    const age = (name: string): number => statSync(join(paths.pids, name)).mtimeMs;
    return names.sort((a, b) => age(b) - age(a)).map((name) => name.slice(0, -".json".length));
  } catch {
    return [];
  }
}

/** The process of that name if it runs. A pid file of an earlier boot, or whose number went on, counts as nothing. */
export function runningProcess(name: string): PidFile | undefined {
  try {
    const entry = JSON.parse(readFileSync(pidFile(name), "utf8")) as PidFile;
    return processIdentity(entry.pid) === entry.identity ? entry : undefined;
  } catch {
    return undefined;
  }
}

export async function stopProcess(name: string, graceSeconds = 10): Promise<boolean> {
  const entry = runningProcess(name);
  if (entry !== undefined) {
    signal(entry.pid, "SIGTERM");
    const limit = Date.now() + graceSeconds * 1000;
    while (Date.now() < limit && processIdentity(entry.pid) === entry.identity) await sleep(50);
    if (processIdentity(entry.pid) === entry.identity) signal(entry.pid, "SIGKILL");
    while (processIdentity(entry.pid) === entry.identity) await sleep(20);
  }
  rmSync(pidFile(name), { force: true });
  return entry !== undefined;
}

/** Ends what this run started, the last first. */
export async function stopStartedHere(): Promise<void> {
  for (const name of startedHere.splice(0).reverse()) await stopProcess(name, 3);
}

export function specDigest(spec: Pick<ProcessSpec, "command" | "args" | "env">): string {
  return createHash("sha256")
    .update(JSON.stringify([spec.command, spec.args, spec.env ?? {}]))
    .digest("hex");
}

function lastLogLines(name: string, count = 15): string {
  let text = "";
  try {
    text = readFileSync(logFile(name), "utf8");
  } catch {
    // nothing was logged
  }
  if (text.trim() === "") return `${logFile(name)} is empty.`;
  const lines = text.trimEnd().split("\n").slice(-count);
  return [`The last lines of ${logFile(name)}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

export const logFile = (name: string): string => join(paths.logs, `${name}.log`);
const pidFile = (name: string): string => join(paths.pids, `${name}.json`);

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name); // each one leads its own group, so helpers that it started end with it
  } catch {
    // it has just ended
  }
}

function endOf(child: ChildProcess): string {
  return child.signalCode === null
    ? `exit status ${child.exitCode ?? "unknown"}`
    : `signal ${child.signalCode}`;
}
