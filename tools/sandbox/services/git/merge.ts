import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Merge {
  readonly number: number;
  readonly title: string;
  readonly head: string;
  readonly base: string;
  readonly how: "merge" | "squash";
}

const run = promisify(execFile);

/** Without the user's own configuration, and by somebody who isn't the program. */
const env = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "Reviewer",
  GIT_AUTHOR_EMAIL: "reviewer@example.com",
  GIT_COMMITTER_NAME: "Reviewer",
  GIT_COMMITTER_EMAIL: "reviewer@example.com",
};

/**
 * Merges a branch as the button does, in a clone, and takes the result over: no hook of the repository is asked.
 * @returns false when there are conflicts
 */
export async function merge(bare: string, { number, title, head, base, how }: Merge): Promise<boolean> {
  const clone = mkdtempSync(`${bare}.merge-`);
  const git = async (...args: string[]): Promise<unknown> => await run("git", args, { cwd: clone, env });
  try {
    await git("clone", "--quiet", "--shared", "--branch", base, bare, ".");
    const message = `${title} (#${String(number)})`;
    const mode = how === "squash" ? ["--squash"] : ["--no-ff", "--message", message];
    try {
      await git("merge", "--quiet", ...mode, `origin/${head}`);
    } catch {
      return false;
    }
    if (how === "squash") await git("commit", "--quiet", "--message", message);
    await run("git", ["fetch", "--quiet", clone, `HEAD:refs/heads/${base}`], { cwd: bare, env });
    return true;
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
}

export function hasBranch(bare: string, name: string): boolean {
  try {
    execFileSync("git", ["show-ref", "--verify", "--quiet", join("refs/heads", name)], { cwd: bare });
    return true;
  } catch {
    return false;
  }
}

/** What merging would change. */
export async function diffOf(bare: string, base: string, head: string): Promise<string> {
  const range = `refs/heads/${base}...refs/heads/${head}`;
  const options = { cwd: bare, env, maxBuffer: 1 << 26 };
  return (await run("git", ["diff", "--no-color", range], options)).stdout;
}
