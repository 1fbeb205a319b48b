import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where a repository keeps the names of its protected branches. */
const KEY = "sandbox.protectedBranch";

/** Refuses pushes as Gitea words it; a merged pull request doesn't come by a push. */
const HOOK = `#!/bin/sh
branch=\${1#refs/heads/}
git config --get-all ${KEY} | grep -qxF "$branch" || exit 0
echo "Gitea: Not allowed to push to protected branch $branch" >&2
exit 1
`;

export function protectedBranches(bare: string): readonly string[] {
  try {
    return git(bare, "--get-all", KEY).trim().split("\n");
  } catch {
    return [];
  }
}

/** From now on the branch is changed by pull requests alone. */
export function protect(bare: string, branch: string): void {
  mkdirSync(join(bare, "hooks"), { recursive: true });
  writeFileSync(join(bare, "hooks", "update"), HOOK, { mode: 0o755 });
  git(bare, "--add", KEY, branch);
}

export function unprotect(bare: string, branch: string): void {
  git(bare, "--fixed-value", "--unset-all", KEY, branch);
}

function git(bare: string, ...args: string[]): string {
  return execFileSync("git", ["config", ...args], { cwd: bare, encoding: "utf8" });
}
