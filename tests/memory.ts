/**
 * What tests write goes into memory, where Linux has room for it and lets programs run there: git's tests make and
 * remove files above all. Loaded after tsx, which keeps its own files.
 */
import { readFileSync, statfsSync } from "node:fs";

const MEMORY = "/dev/shm";
const ENOUGH = 2 ** 30;

function isFit(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
    const options = mounts
      .map((line) => line.split(" "))
      .find(([, at]) => at === MEMORY)?.[3]
      ?.split(",");
    return bavail * bsize >= ENOUGH && options?.includes("rw") === true && !options.includes("noexec");
  } catch {
    return false; // another system
  }
}

if (process.env.TMPDIR === undefined && isFit()) process.env.TMPDIR = MEMORY;
