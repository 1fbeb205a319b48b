import type { Branch, Head, History, LoggedCommit, TreeEntry } from "./branch";
import { CredentialFiles, writeCredentials } from "./credentials";
import { importStream, type CommitOptions } from "./fast-import";
import { checkPlace, explainFailure, GitError, noBranch, READING } from "./failure";
import { run, type ProcessResult } from "./process";
import { prepareSigner, SigningError, type Signer } from "./signing";
import type { GitAuth } from "../../manifests/git/auth";
import type { CommitSigning } from "../../manifests/git/signing";

interface LocalOptions {
  readonly input?: Iterable<string | Buffer>;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** How far back a history is read at a time. */
const DEPTHS = [50, 1_000, 20_000, 2 ** 31 - 1] as const;

/**
 * One branch of a remote repository, in a bare shallow clone that lives as long as the operation. Works on objects
 * only: there is no work tree, so no checkout filter, hook or attribute can change a file.
 */
export class RemoteBranch implements Branch {
  private attempts = 0;
  /** The head that was fetched with the newest commits before it. */
  private recent: string | undefined;
  private signer: Signer | undefined;

  private constructor(
    readonly url: string,
    readonly branch: string,
    private readonly credentials: CredentialFiles,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Runs `work` on the branch and removes everything that was written to disk for it. */
  static async use<T>(
    options: { url: string; branch: string; auth: GitAuth; signal?: AbortSignal },
    work: (branch: RemoteBranch) => Promise<T>,
  ): Promise<T> {
    checkPlace(options);
    const credentials = await writeCredentials(options.url, options.auth);
    const remote = new RemoteBranch(options.url, options.branch, credentials, options.signal);
    try {
      await remote.local(["init", "--quiet", "--bare", "repository"], { cwd: credentials.folder });
      return await work(remote);
    } finally {
      await remote.signer?.dispose();
      await credentials.dispose();
    }
  }

  /** Fetches the branch's head, without history or with the newest commits before it. */
  async fetch(recent = false): Promise<Head> {
    const result = await this.fetchRef(this.branch, "refs/handoff/head", recent ? DEPTHS[0] : 1);
    if (result.status !== 0) {
      if (!/couldn't find remote ref/i.test(result.stderr)) throw this.error(READING, result);
      const branches = await this.listBranches();
      if (branches.length === 0) return { commit: undefined, tree: new Map() };
      throw noBranch(this.url, this.branch, branches);
    }
    const commit = (await this.local(["rev-parse", "refs/handoff/head"])).toString("utf8").trim();
    if (recent) this.recent = commit;
    return { commit, tree: await this.listTree(commit) };
  }

  /** Fetches the head of another branch of the repository; undefined when there is no such branch. */
  async fetchOther(branch: string): Promise<(Head & { readonly commit: string }) | undefined> {
    const result = await this.fetchRef(branch, "refs/handoff/other");
    if (/couldn't find remote ref/i.test(result.stderr)) return undefined;
    if (result.status !== 0) throw this.error(READING, result);
    const commit = (await this.local(["rev-parse", "refs/handoff/other"])).toString("utf8").trim();
    return { commit, tree: await this.listTree(commit) };
  }

  private async fetchRef(branch: string, to: string, depth = 1): Promise<ProcessResult> {
    return await this.fetchInto(this.folder, `+refs/heads/${branch}:${to}`, [`--depth=${String(depth)}`]);
  }

  private async fetchInto(cwd: string, refs: string, flags: readonly string[]): Promise<ProcessResult> {
    const always = ["--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow"];
    return await this.run(["fetch", ...always, ...flags, "--", this.url, refs], { cwd });
  }

  /**
   * Signs in for writing without writing anything, and sees whether the branch is there to commit to.
   * @param target branch to be written, when that is another one
   * @returns false while the repository is empty
   * @throws GitError when the host refuses, or the branch isn't there beside others
   */
  async checkAccess(target = this.branch): Promise<boolean> {
    const tree = (await this.local(["hash-object", "-w", "-t", "tree", "--stdin"])).toString("utf8").trim();
    const identity = ["-c", "user.name=handoff", "-c", "user.email=handoff@localhost"];
    const commit = await this.local([...identity, "commit-tree", tree, "-m", "access check"]);
    const refspec = `${commit.toString("utf8").trim()}:refs/heads/${target}`;
    const result = await this.run(["push", "--dry-run", "--quiet", "--porcelain", "--", this.url, refspec]);
    // An existing branch refuses an unrelated commit, which is what shows that it is there.
    const there = result.status !== 0 && /\[rejected\]/.test(result.stdout.toString("utf8") + result.stderr);
    if (result.status !== 0 && !there) throw this.error("signing in to", result);
    return (there && target === this.branch) || (await this.checkReading());
  }

  /**
   * Signs in for reading, and sees whether the branch is there.
   * @returns false while the repository is empty
   * @throws GitError when the host refuses, or the branch isn't there beside others
   */
  async checkReading(): Promise<boolean> {
    const branches = await this.listBranches();
    if (branches.length > 0 && !branches.includes(this.branch))
      throw noBranch(this.url, this.branch, branches);
    return branches.length > 0;
  }

  async latest(): Promise<string | undefined> {
    const ref = `refs/heads/${this.branch}`;
    const result = await this.run(["ls-remote", "--", this.url, ref]);
    if (result.status !== 0) throw this.error(READING, result);
    // Names that only end like it are listed too.
    const lines = result.stdout.toString("utf8").split("\n");
    return lines.find((line) => line.endsWith(`\t${ref}`))?.split("\t")[0];
  }

  async at(commit: string): Promise<Head> {
    if ((await this.run(["cat-file", "-e", commit])).status !== 0) {
      const result = await this.fetchInto(this.folder, `+${commit}:refs/handoff/at`, ["--depth=1"]);
      if (result.status !== 0) throw this.error(READING, result);
    }
    return { commit, tree: await this.listTree(commit) };
  }

  async history(from: string, until: string | undefined, limit: number): Promise<History> {
    let history: History = { commits: [], complete: false };
    for (const depth of DEPTHS) {
      const recent = depth === DEPTHS[0];
      // The newest commits with their files, which may be wanted next; more of them without, in a repository apart:
      // git would fetch what is left out whenever it meets it.
      const folder = recent ? this.folder : `${this.credentials.folder}/history`;
      if (!recent) await this.local(["init", "--quiet", "--bare", folder]);
      let notes = "";
      if (!recent || this.recent !== from) {
        const flags = [`--depth=${String(depth)}`, ...(recent ? [] : ["--filter=tree:0"])];
        const result = await this.fetchInto(folder, `+${from}:refs/handoff/history`, flags);
        if (result.status !== 0) throw this.error(READING, result);
        notes = result.stderr;
      }
      history = await this.log(folder, from, until);
      if (history.complete || history.commits.length >= limit) return history;
      // A host that can't leave files out would send all of them.
      if (/filtering not recognized/i.test(notes)) return history;
    }
    return history;
  }

  /** The history that was fetched. */
  private async log(folder: string, from: string, until: string | undefined): Promise<History> {
    const list = async (...range: readonly string[]): Promise<LoggedCommit[]> => {
      const args = ["log", "-z", "--format=%H %P%n%B", "--end-of-options", from, ...range, "--"];
      const output = (await this.local(args, { cwd: folder })).toString("utf8");
      return output.split("\0").flatMap((text) => {
        const [ids = "", ...message] = text.split("\n");
        const [commit = "", ...parents] = ids.split(" ").filter((id) => id !== "");
        return commit === "" ? [] : [{ commit, parents, message: message.join("\n") }];
      });
    };
    const commits = await list();
    if (until !== undefined && commits.some(({ commit }) => commit === until))
      return { commits: await list(`^${until}`), complete: true };
    const shallow = await this.local(["rev-parse", "--is-shallow-repository"], { cwd: folder });
    return { commits, complete: shallow.toString("utf8").trim() === "false" };
  }

  /** Contents of files by object id. */
  async read(oids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const contents = new Map<string, Buffer>();
    if (oids.length === 0) return contents;
    const output = await this.local(["cat-file", "--batch"], {
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
    await this.local(["fast-import", "--quiet"], { input: importStream(ref, options, seconds) });
    const commit = (await this.local(["rev-parse", ref])).toString("utf8").trim();
    return options.signing === undefined
      ? commit
      : await this.signed(commit, options, options.signing, seconds);
  }

  /** The same commit with a signature, which fast-import doesn't make. */
  private async signed(
    commit: string,
    { parent, merge, author, message }: CommitOptions,
    signing: CommitSigning,
    seconds: number,
  ): Promise<string> {
    try {
      const signer = (this.signer ??= await prepareSigner(this.credentials.folder, signing));
      const date = `${String(seconds)} +0000`;
      const env = {
        ...signer.env,
        ...{ GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email, GIT_AUTHOR_DATE: date },
        ...{ GIT_COMMITTER_NAME: author.name, GIT_COMMITTER_EMAIL: author.email, GIT_COMMITTER_DATE: date },
      };
      const parents = [parent, merge].flatMap((id) => (id === undefined ? [] : ["-p", id]));
      const args = [...signer.args, "commit-tree", "-S", ...parents, "-F", "-", `${commit}^{tree}`];
      const result = await this.run(args, { env, input: [message] });
      if (result.status !== 0) throw new SigningError((await signer.explain()) || result.stderr.trim());
      return result.stdout.toString("utf8").trim();
    } catch (error) {
      if (!(error instanceof SigningError)) throw error;
      throw new GitError({
        kind: "refused",
        message: `signing the commit failed: ${error.message}\n→ Check the signing key, its passphrase, and that it has not expired.`,
      });
    }
  }

  async publish(options: CommitOptions): Promise<string> {
    const commit = await this.commit(options);
    await this.push(commit);
    return commit;
  }

  /** Pushes a commit, never forced. */
  async push(commit: string, branch = this.branch): Promise<void> {
    const result = await this.run(["push", "--quiet", "--", this.url, `${commit}:refs/heads/${branch}`]);
    if (result.status !== 0) throw this.error("pushing to", result);
  }

  private async listBranches(): Promise<string[]> {
    const result = await this.run(["ls-remote", "--heads", "--", this.url]);
    if (result.status !== 0) throw this.error(READING, result);
    return [...result.stdout.toString("utf8").matchAll(/refs\/heads\/(.+)/g)].map((match) => match[1] ?? "");
  }

  private async listTree(commit: string): Promise<Map<string, TreeEntry>> {
    const output = await this.local(["ls-tree", "-r", "-z", "--full-tree", commit]);
    const tree = new Map<string, TreeEntry>();
    for (const line of output.toString("utf8").split("\0")) {
      const match = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(line);
      if (match !== null) tree.set(match[3] ?? "", { mode: match[1] ?? "", oid: match[2] ?? "" });
    }
    return tree;
  }

  private error(action: string, result: ProcessResult): GitError {
    return new GitError(explainFailure(action, this.url, result.stderr));
  }

  private async run(args: readonly string[], options: LocalOptions = {}): Promise<ProcessResult> {
    return await run("git", args, {
      cwd: options.cwd ?? this.folder,
      env: { ...this.credentials.env, ...options.env },
      input: options.input,
      signal: this.signal,
    });
  }

  /** Runs a command that talks to nobody: a failure is a bug or a broken disk. */
  private async local(args: readonly string[], options: LocalOptions = {}): Promise<Buffer> {
    const result = await this.run(args, options);
    if (result.status !== 0) throw new Error(`git ${args[0] ?? ""} failed: ${result.stderr.trim()}`);
    return result.stdout;
  }

  private get folder(): string {
    return `${this.credentials.folder}/repository`;
  }
}
