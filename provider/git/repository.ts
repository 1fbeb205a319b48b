import type { Branch, Head, History } from "./branch";
import { CredentialFiles, writeCredentials } from "./credentials";
import { importStream, type CommitOptions } from "./fast-import";
import { checkPlace, GitError, isOtherHash, isUnadvertised, noBranch, otherHash, READING } from "./failure";
import { fetchedHistory, fetchedTree } from "./fetched";
import { Git } from "./git";
import type { ProcessResult } from "./process";
import { pushAtOnce } from "./push-at-once";
import { signedCommit } from "./signed-commit";
import { prepareSigner, type Signer } from "./signing";
import { branchInTheWay, foldersFault } from "../../manifests/git/branch-name";
import type { GitAuth } from "../../manifests/git/auth";

/** How far back a history is read at a time. */
const DEPTHS = [50, 1_000, 20_000, 2 ** 31 - 1] as const;

/** Whatever the machine makes new repositories of. */
const INIT = ["init", "--quiet", "--bare", "--template=", "--object-format=sha1"] as const;

const LATE = "the host says that somebody else was faster";

/**
 * One branch of a remote repository, in a bare shallow clone that lives as long as the operation. Works on objects
 * only: there is no work tree, so no checkout filter, hook or attribute can change a file.
 */
export class RemoteBranch implements Branch {
  private attempts = 0;
  /** False where the host doesn't take a push in one request. */
  private atOnce = true;
  /** The head that was fetched with the newest commits before it. */
  private recent: string | undefined;
  /** True when the branch wasn't there at the last look, and begins at another one. */
  private begins = false;
  private signer: Signer | undefined;

  private constructor(
    readonly url: string,
    readonly branch: string,
    private readonly from: string | undefined,
    private readonly git: Git,
    private readonly credentials: CredentialFiles,
  ) {}

  /**
   * Runs `work` on the branch and removes everything that was written to disk for it.
   * @param options.from branch at whose head a branch that isn't there yet begins
   */
  static async use<T>(
    options: { url: string; branch: string; from?: string; auth: GitAuth; signal?: AbortSignal },
    work: (branch: RemoteBranch) => Promise<T>,
  ): Promise<T> {
    checkPlace(options);
    const { url, branch, from, auth, signal } = options;
    const credentials = await writeCredentials(url, auth);
    const git = new Git(url, auth, credentials, signal);
    const remote = new RemoteBranch(url, branch, from, git, credentials);
    try {
      await git.local([...INIT, "repository"], { cwd: credentials.folder });
      return await work(remote);
    } finally {
      await remote.signer?.dispose();
      await credentials.dispose();
    }
  }

  /** Fetches the branch's head, without history or with the newest commits before it. */
  async fetch(recent = false): Promise<Head> {
    const result = await this.fetchRef(this.branch, "refs/handoff/head", recent ? DEPTHS[0] : 1);
    this.begins = false;
    if (result.status !== 0) {
      if (!/couldn't find remote ref/i.test(result.stderr)) throw this.git.error(READING, result);
      const start = this.from === undefined ? undefined : await this.fetchOther(this.from);
      this.begins = start !== undefined;
      const branches = await this.listBranches();
      const other = branchInTheWay(this.branch, branches);
      if (start !== undefined && other !== undefined)
        throw new GitError({ kind: "refused", message: foldersFault(this.branch, other) });
      if (start !== undefined) return { ...start, begins: true };
      if (branches.length > 0) throw noBranch(this.url, this.from ?? this.branch, branches);
      await this.refuseOtherHash();
      return { commit: undefined, tree: new Map() };
    }
    const commit = await this.idOf("refs/handoff/head");
    if (recent) this.recent = commit;
    return { commit, tree: await fetchedTree(this.git, commit) };
  }

  /** An empty repository tells how it counts objects only to who would write to it. */
  private async refuseOtherHash(): Promise<void> {
    const result = await this.dryPush(this.branch);
    if (isOtherHash(result.stderr)) throw otherHash(this.url);
  }

  /** Fetches the head of another branch of the repository; undefined when there is no such branch. */
  async fetchOther(branch: string): Promise<(Head & { readonly commit: string }) | undefined> {
    const result = await this.fetchRef(branch, "refs/handoff/other");
    if (/couldn't find remote ref/i.test(result.stderr)) return undefined;
    if (result.status !== 0) throw this.git.error(READING, result);
    const commit = await this.idOf("refs/handoff/other");
    return { commit, tree: await fetchedTree(this.git, commit) };
  }

  private async fetchRef(branch: string, to: string, depth = 1): Promise<ProcessResult> {
    return await this.fetchInto(this.git.folder, `+refs/heads/${branch}:${to}`, [`--depth=${String(depth)}`]);
  }

  private async fetchInto(cwd: string, refs: string, flags: readonly string[]): Promise<ProcessResult> {
    const always = ["--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow"];
    return await this.git.remote(["fetch", ...always, ...flags], [refs], { cwd });
  }

  /**
   * Signs in for writing without writing anything, and sees whether the branch is there to commit to.
   * @param target branch to be written, when that is another one
   * @returns false while the repository is empty
   * @throws GitError when the host refuses, or the branch isn't there beside others
   */
  async checkAccess(target = this.branch): Promise<boolean> {
    const result = await this.dryPush(target);
    // An existing branch refuses an unrelated commit, which is what shows that it is there.
    const there = result.status !== 0 && /\[rejected\]/.test(result.stdout.toString("utf8") + result.stderr);
    if (result.status !== 0 && !there) throw this.git.error("signing in to", result);
    return (there && target === this.branch) || (await this.checkReading());
  }

  private async dryPush(target: string): Promise<ProcessResult> {
    const tree = (await this.git.local(["hash-object", "-w", "-t", "tree", "--stdin"]))
      .toString("utf8")
      .trim();
    const identity = ["-c", "user.name=handoff", "-c", "user.email=handoff@localhost"];
    const commit = await this.git.local([...identity, "commit-tree", tree, "-m", "access check"]);
    const refspec = `${commit.toString("utf8").trim()}:refs/heads/${target}`;
    return await this.git.remote(["push", "--dry-run", "--quiet", "--porcelain"], [refspec]);
  }

  /**
   * Signs in for reading, and sees whether the branch is there.
   * @returns false while the repository is empty
   * @throws GitError when the host refuses, or the branch isn't there beside others
   */
  async checkReading(): Promise<boolean> {
    const branches = await this.listBranches();
    const readable = [this.branch, this.from].some((name) => name !== undefined && branches.includes(name));
    if (branches.length > 0 && !readable) throw noBranch(this.url, this.from ?? this.branch, branches);
    return branches.length > 0;
  }

  async latest(): Promise<string | undefined> {
    const ref = `refs/heads/${this.branch}`;
    const result = await this.git.remote(["ls-remote"], [ref]);
    if (result.status !== 0) throw this.git.error(READING, result);
    // Names that only end like it are listed too.
    const lines = result.stdout.toString("utf8").split("\n");
    return lines.find((line) => line.endsWith(`\t${ref}`))?.split("\t")[0];
  }

  private async has(folder: string, commit: string): Promise<boolean> {
    return (await this.git.run(["cat-file", "-e", commit], { cwd: folder })).status === 0;
  }

  /**
   * Fetches a commit with those before it. A host that doesn't give out what no branch is at (git's first protocol, and
   * what some allow) is asked for the branch, as far back as it takes.
   * @returns what git said by the way
   */
  private async fetchCommit(
    folder: string,
    commit: string,
    to: string,
    depth: number,
    flags: readonly string[] = [],
  ): Promise<string> {
    const fetch = (from: string, count: number): Promise<ProcessResult> =>
      this.fetchInto(folder, `+${from}:${to}`, [`--depth=${String(count)}`, ...flags]);
    const result = await fetch(commit, depth);
    if (result.status === 0) return result.stderr;
    for (const count of isUnadvertised(result.stderr) ? DEPTHS.filter((count) => count >= depth) : []) {
      const whole = await fetch(`refs/heads/${this.branch}`, count);
      if (whole.status === 0 && (await this.has(folder, commit))) return whole.stderr;
    }
    throw this.git.error(READING, result);
  }

  async at(commit: string): Promise<Head> {
    const { folder } = this.git;
    if (!(await this.has(folder, commit))) await this.fetchCommit(folder, commit, "refs/handoff/at", 1);
    return { commit, tree: await fetchedTree(this.git, commit) };
  }

  async history(from: string, until: string | undefined, limit: number): Promise<History> {
    let history: History = { commits: [], complete: false };
    for (const depth of DEPTHS) {
      const recent = depth === DEPTHS[0];
      // The newest commits with their files, which may be wanted next; more of them without, in a repository apart:
      // git would fetch what is left out whenever it meets it.
      const folder = recent ? this.git.folder : `${this.credentials.folder}/history`;
      if (!recent) await this.git.local([...INIT, folder]);
      let notes = "";
      if (!recent || this.recent !== from) {
        const flags = recent ? [] : ["--filter=tree:0"];
        notes = await this.fetchCommit(folder, from, "refs/handoff/history", depth, flags);
      }
      history = await fetchedHistory(this.git, folder, from, until);
      if (history.complete || history.commits.length >= limit) return history;
      // A host that can't leave files out would send all of them.
      if (/filtering not recognized/i.test(notes)) return history;
    }
    return history;
  }

  /** Contents of files by object id. */
  async read(oids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const contents = new Map<string, Buffer>();
    if (oids.length === 0) return contents;
    const output = await this.git.local(["cat-file", "--batch"], {
      input: [oids.map((oid) => `${oid}\n`).join("")],
    });
    for (let offset = 0; offset < output.length;) {
      const end = output.indexOf(10, offset);
      const [oid = "", kind, size] = output.toString("utf8", offset, end).split(" ");
      // A submodule's commit isn't in this repository: its line has no content after it.
      if (kind === "missing") {
        offset = end + 1;
        continue;
      }
      const length = Number(size);
      contents.set(oid, output.subarray(end + 1, end + 1 + length));
      offset = end + 1 + length + 1;
    }
    return contents;
  }

  /** Creates the commit locally and returns its id. One process, whatever the number of files. */
  async commit(options: CommitOptions): Promise<string> {
    this.attempts += 1;
    const ref = `refs/handoff/attempt-${String(this.attempts)}`;
    const seconds = Math.floor(Date.now() / 1000);
    const input = importStream(ref, options, seconds);
    const commit = (await this.git.local(["fast-import", "--quiet"], { input })).toString("utf8").trim();
    const { signing } = options;
    if (signing === undefined) return commit;
    const signerOf = async (): Promise<Signer> =>
      (this.signer ??= await prepareSigner(this.credentials.folder, signing));
    return await signedCommit(this.git, commit, options, signerOf, seconds);
  }

  async publish(options: CommitOptions): Promise<string> {
    const commit = await this.commit(options);
    await this.push(commit, this.branch, this.begins ? undefined : options.parent);
    return commit;
  }

  /** Removes the branch, which must still be at the commit. */
  async remove(commit: string): Promise<void> {
    const ref = `refs/heads/${this.branch}`;
    const result = await this.git.remote(
      ["push", "--quiet", `--force-with-lease=${ref}:${commit}`],
      [`:${ref}`],
    );
    if (result.status !== 0) throw this.git.error("removing a branch of", result);
  }

  /**
   * Pushes a commit, never forced. Whether another writer was faster is for the next look to tell, since every host has
   * other words for it.
   * @param expected the branch's commit that this one was made for; undefined when there was none
   */
  async push(commit: string, branch: string, expected: string | undefined): Promise<void> {
    const parent = { commit: expected };
    if (this.attempts > 1 && this.atOnce && expected !== undefined) {
      // Until it has answered as we know it, git is the better one to talk to the host.
      this.atOnce = false;
      const answer = await pushAtOnce(this.git, { commit, branch, parent: expected });
      this.atOnce = answer !== undefined;
      if (answer === "landed") return;
      if (answer === "late") throw new GitError({ kind: "race", message: LATE, parent });
    }
    const result = await this.git.remote(["push", "--quiet"], [`${commit}:refs/heads/${branch}`]);
    if (result.status === 0) return;
    const error = this.git.error("pushing to", result);
    if (error.failure.kind === "network") throw error;
    throw new GitError({ ...error.failure, parent });
  }

  private async listBranches(): Promise<string[]> {
    const result = await this.git.remote(["ls-remote", "--heads"], []);
    if (result.status !== 0) throw this.git.error(READING, result);
    return [...result.stdout.toString("utf8").matchAll(/refs\/heads\/(.+)/g)].map((match) => match[1] ?? "");
  }

  private async idOf(ref: string): Promise<string> {
    return (await this.git.local(["rev-parse", ref])).toString("utf8").trim();
  }
}
