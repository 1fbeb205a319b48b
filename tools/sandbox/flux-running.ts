import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { inState, paths } from "./paths";

/** A Flux controller that runs on this machine for a Deployment in the cluster. */
export interface RunningController {
  /** Name of the Deployment. */
  readonly name: string;
  readonly args: readonly string[];
  /** Variables of Go's runtime. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether its /tmp is in memory. */
  readonly memory: boolean;
}

const file = (): string => inState("flux.json");

/** Leaves for others what runs; a file that says so already is left alone. */
export function writeRunning(running: readonly RunningController[]): void {
  const text = JSON.stringify(
    running.map(({ name, args, env, memory }) => ({ name, args, env, memory })),
    null,
    2,
  );
  if (existsSync(file()) && readFileSync(file(), "utf8") === text) return;
  mkdirSync(paths.state, { recursive: true });
  writeFileSync(file(), text);
}

export function readRunning(): readonly RunningController[] {
  return existsSync(file()) ? (JSON.parse(readFileSync(file(), "utf8")) as readonly RunningController[]) : [];
}
