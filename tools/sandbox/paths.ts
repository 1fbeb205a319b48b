import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The checkout that this sandbox belongs to. */
export const checkout = resolve(__dirname, "../..");

/** Below the state folder; SANDBOX_STATE is read at each use, so that a test can have its own. */
export const inState = (...names: string[]): string => join(paths.state, ...names);

export const paths = {
  /** Everything that one sandbox remembers; deleting the folder (after `npm stop`) starts from nothing. */
  get state() {
    const system = process.env.SANDBOX_SYSTEM ?? "prod";
    return resolve(
      process.env.SANDBOX_STATE ?? join(checkout, system === "prod" ? ".sandbox" : `.sandbox-${system}`),
    );
  },
  /** Parts are shared by all checkouts of this user. */
  get cache() {
    return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "handoff");
  },
  get bin() {
    return inState("bin");
  },
  get keys() {
    return inState("keys");
  },
  get kubeconfig() {
    return inState("kubeconfig");
  },
  get logs() {
    return inState("logs");
  },
  get pids() {
    return inState("pids");
  },
  get repositories() {
    return inState("repositories");
  },
  /** PULUMI_HOME */
  get pulumi() {
    return inState("pulumi");
  },
  get backend() {
    return inState("backend");
  },
  /**
   * A folder in memory for what is unpacked again and again, or undefined where there is none. Its name follows from
   * the state folder, so that `stop` finds it after a crash too.
   */
  get memory() {
    const digest = createHash("sha256").update(paths.state).digest("hex").slice(0, 12);
    return existsSync("/dev/shm") ? `/dev/shm/handoff-${digest}` : undefined;
  },
};
