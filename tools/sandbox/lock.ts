import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processIdentity } from "./process-identity";

/** Runs `work` while no other process holds `file`; a lock whose owner has ended is taken over. */
export async function withLock<T>(
  file: string,
  onWait: (pid: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) });
  let told = false;
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = readOwner(file);
    if (owner === undefined || processIdentity(owner.pid) !== owner.identity) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) onWait(owner.pid);
    told = true;
    await sleep(300);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function readOwner(file: string): { pid: number; identity: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { pid: number; identity: string };
  } catch {
    return undefined; // gone meanwhile, or its writer was killed halfway
  }
}
