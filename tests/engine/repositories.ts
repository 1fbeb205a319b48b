/** The sandbox's bare repositories, and somebody else who pushes to them. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

export type RepositoryName =
  "your-org/calcom" | "your-org/flux-config" | "your-org/cluster" | "your-org/platform" | "your-user/homelab";

export interface Commit {
  readonly author: string;
  readonly subject: string;
}

/** The author of the program's commits, as Pulumi.prod.yaml names it. */
const PROGRAM = "Handoff";

export class Repositories {
  /** @param state the sandbox's state folder */
  constructor(readonly state: string) {}

  bare(repository: RepositoryName): string {
    return path.join(this.state, "repositories", `${repository}.git`);
  }

  git(repository: RepositoryName, ...args: string[]): string {
    return execFileSync("git", args, { cwd: this.bare(repository), encoding: "utf8", maxBuffer: 1 << 28 });
  }

  head(repository: RepositoryName): string {
    return this.git(repository, "rev-parse", "main").trim();
  }

  heads(): readonly string[] {
    return [this.head("your-org/calcom"), this.head("your-org/flux-config")];
  }

  /** Commits of the branch, the newest first. */
  commits(repository: RepositoryName): readonly Commit[] {
    const lines = this.git(repository, "log", "--format=%an%x09%s", "main").trim().split("\n");
    return lines.map((line) => line.split("\t")).map(([author = "", subject = ""]) => ({ author, subject }));
  }

  /** How many commits the program made in each repository: app, flux. */
  programCommits(): readonly [app: number, flux: number] {
    const count = (name: RepositoryName): number =>
      this.commits(name).filter(({ author }) => author === PROGRAM).length;
    return [count("your-org/calcom"), count("your-org/flux-config")];
  }

  file(repository: RepositoryName, file: string, commit = "main"): string {
    return this.git(repository, "show", `${commit}:${file}`);
  }

  /** Files of a commit: path → object id, so that equal means equal byte for byte. */
  files(repository: RepositoryName, commit = "main"): Readonly<Record<string, string>> {
    const lines = this.git(repository, "ls-tree", "-r", commit).trim().split("\n");
    return Object.fromEntries(
      lines.map((line) => {
        const [facts = "", file = ""] = line.split("\t");
        return [file, facts];
      }),
    );
  }

  /** Somebody else clones the repository, changes a file (or removes it, for undefined) and pushes. */
  edit(
    repository: RepositoryName,
    file: string,
    change: (text: string) => string | undefined,
    message: string,
  ): void {
    const clone = fs.mkdtempSync(path.join(this.state, "clone-"));
    const git = (...args: string[]): string => execFileSync("git", args, { cwd: clone, encoding: "utf8" });
    git("clone", "--quiet", this.bare(repository), ".");
    const target = path.join(clone, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const text = change(fs.existsSync(target) ? fs.readFileSync(target, "utf8") : "");
    if (text === undefined) fs.rmSync(target);
    else fs.writeFileSync(target, text);
    git("add", "--all");
    const who = ["-c", "user.name=Somebody Else", "-c", "user.email=somebody@example.com"];
    git(...who, "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", message);
    git("push", "--quiet", "origin", "HEAD:main");
    fs.rmSync(clone, { recursive: true });
  }
}
