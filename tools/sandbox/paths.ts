import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The checkout that this sandbox belongs to. */
export const checkout = resolve(__dirname, "../..");

/** Everything that one sandbox remembers; deleting the folder (after `npm stop`) starts from nothing. */
export const state = resolve(process.env.SANDBOX_STATE ?? join(checkout, ".sandbox"));

/** Parts are shared by all checkouts of this user. */
export const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "handoff");

export const inState = (...names: string[]): string => join(state, ...names);

export const folders = {
  bin: inState("bin"),
  keys: inState("keys"),
  logs: inState("logs"),
  pids: inState("pids"),
  repositories: inState("repositories"),
  pulumi: inState("pulumi"),
  backend: inState("backend"),
} as const;

export const kubeconfig = inState("kubeconfig");

/**
 * A folder in memory for what is unpacked again and again, or undefined where there is none. Its name follows from
 * the state folder, so that `stop` finds it after a crash too.
 */
export const memory: string | undefined = existsSync("/dev/shm")
  ? `/dev/shm/handoff-${createHash("sha256").update(state).digest("hex").slice(0, 12)}`
  : undefined;
