import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

/** Folders may be shared by containers, whose process ids say nothing to each other. */
const PREFIX = `handoff-git-${hostname().replaceAll(/[^\w.]/g, "_")}-`;

/**
 * A new folder that this user alone reads and that lives as long as this process at most: in memory where the system has
 * it, and removed by the next run where this one is killed.
 */
export async function temporaryFolder(): Promise<string> {
  const parent = process.env.XDG_RUNTIME_DIR ?? tmpdir();
  await sweep(parent);
  return await mkdtemp(join(parent, `${PREFIX}${String(process.pid)}-`));
}

/** Removes the folders of processes that were killed: this user's, of this machine, whose process has ended. */
async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent).catch((): string[] => []);
  for (const name of names.filter((found) => found.startsWith(PREFIX))) {
    const pid = /^(\d+)-\w{6}$/.exec(name.slice(PREFIX.length))?.[1];
    const folder = join(parent, name);
    if (pid === undefined || isRunning(Number(pid))) continue;
    // Another run may be faster, and another user's can't be removed.
    const found = await lstat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true || found.uid !== process.getuid?.()) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** A number that was given to another process since counts as running. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
