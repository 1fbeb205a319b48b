import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

/** Folders may be shared by containers, whose process ids say nothing to each other. */
const HOST = hostname().replaceAll(/[^\w.]/g, "_");

/** A folder of another run: of this machine, with its process. */
const LEFT = new RegExp(`^handoff-[a-z]+-${HOST.replaceAll(".", "\\.")}-(\\d+)-\\w{6}$`);

/**
 * Makes a folder that only this user may look into, and removes those of processes that were killed: it may hold a
 * credential, or what somebody's repository has.
 * @param kind what it is for, in small letters
 * @param parent @default the system's folder for temporary files
 */
export async function temporaryFolder(kind: string, parent = tmpdir()): Promise<string> {
  await sweep(parent);
  return await mkdtemp(join(parent, `handoff-${kind}-${HOST}-${String(process.pid)}-`));
}

/** This user's, of this machine, whose process has ended. */
async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent).catch((): string[] => []);
  for (const name of names) {
    const pid = LEFT.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const folder = join(parent, name);
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
