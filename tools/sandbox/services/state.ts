/** What a stand-in remembers across restarts: one JSON file, replaced in one step, readable by its owner only. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export class StateFile<T extends object> {
  readonly data: T;

  /** Without a path the state lives in memory only. */
  constructor(
    private readonly path: string | undefined,
    initial: T,
  ) {
    this.data = { ...initial, ...this.load() };
  }

  private load(): Partial<T> {
    if (!this.path) return {};
    try {
      return JSON.parse(readFileSync(this.path, "utf8")) as Partial<T>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      throw new Error(`${this.path} is not a state file: ${String(error)}`, { cause: error });
    }
  }

  /** Called before a change is answered, so that what a client was told survives a kill. */
  save(): void {
    if (!this.path) return;
    mkdirSync(dirname(this.path), { recursive: true });
    const next = `${this.path}.${process.pid}.tmp`;
    writeFileSync(next, JSON.stringify(this.data, null, 2), { mode: 0o600 });
    renameSync(next, this.path);
  }
}

export function sha256(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

/** A copy of the state in which every string under one of the keys is replaced by its hash. */
export function withHashes(value: unknown, keys: readonly string[], under = ""): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withHashes(item, keys, under));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withHashes(item, keys, key)]));
  }
  return typeof value === "string" && keys.includes(under) ? sha256(value) : value;
}
