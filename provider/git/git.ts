import { GitError } from "./failure";
import type { CredentialFiles } from "./credentials";
import { type ProcessResult, run } from "./process";
import { explainFailure } from "./refusals";
import { movedRepository } from "./moved-repository";
import { MOVES } from "./redirects";
import type { GitAuth } from "../../manifests/git/auth";

export interface GitOptions {
  readonly input?: Iterable<string | Buffer>;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** The git binary with the credentials of one remote repository, in a bare repository beside them. */
export class Git {
  /** Where the repository is; its host may have renamed it. */
  private address: string;

  constructor(
    readonly url: string,
    private readonly auth: GitAuth,
    private readonly credentials: CredentialFiles,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.address = url;
  }

  get folder(): string {
    return `${this.credentials.folder}/repository`;
  }

  /** Runs a command that talks to the remote: its address comes after the options, then `refs`. */
  async remote(
    command: readonly string[],
    refs: readonly string[],
    options: GitOptions = {},
  ): Promise<ProcessResult> {
    for (let moves = 0; ; moves++) {
      const result = await this.run([...command, "--", this.address, ...refs], options);
      const isSentOn = /returned error: 30[12378]\b/.test(result.stderr);
      if (result.status === 0 || !isSentOn || moves === MOVES) return result;
      const service = command[0] === "push" ? "git-receive-pack" : "git-upload-pack";
      this.address = await movedRepository(this.address, service, this.auth, this.credentials.authorization);
    }
  }

  async run(args: readonly string[], options: GitOptions = {}): Promise<ProcessResult> {
    return await run("git", args, {
      cwd: options.cwd ?? this.folder,
      env: { ...this.credentials.env, ...options.env },
      input: options.input,
      signal: this.signal,
    });
  }

  /** Runs a command that talks to nobody: a failure is a bug or a broken disk. */
  async local(args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
    const result = await this.run(args, options);
    if (result.status !== 0) throw new Error(`git ${args[0] ?? ""} failed: ${result.stderr.trim()}`);
    return result.stdout;
  }

  error(action: string, result: ProcessResult): GitError {
    return new GitError(explainFailure(action, this.url, result.stderr));
  }
}
