import { GitError } from "./failure";
import type { CredentialFiles } from "./credentials";
import { hostFetch } from "./host-api";
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

  /**
   * One request to a service of the remote that is reached by HTTP.
   * @returns undefined when its answer isn't the service's own
   */
  async post(service: "git-receive-pack", body: Buffer): Promise<Buffer | undefined> {
    const send = await hostFetch(this.auth);
    const { authorization } = this.credentials;
    const headers = {
      "content-type": `application/x-${service}-request`,
      accept: `application/x-${service}-result`,
      "user-agent": "git/2",
      ...(authorization !== undefined && { authorization }),
    };
    const address = `${this.address.replace(/\/+$/, "")}/${service}`;
    const init = { method: "POST", body, headers, redirect: "manual", signal: this.signal } as const;
    const response = await send(address, init, 1);
    const isAnswer =
      response.ok && response.headers.get("content-type") === `application/x-${service}-result`;
    return isAnswer ? Buffer.from(await response.arrayBuffer()) : undefined;
  }

  async run(args: readonly string[], options: GitOptions = {}): Promise<ProcessResult> {
    // Not by the configuration file: a server on this machine, as in tests, would read it, too.
    return await run("git", ["-c", "core.hooksPath=/dev/null", ...args], {
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
