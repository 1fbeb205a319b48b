import { spawn } from "node:child_process";
import { printable, withoutSignIns } from "../http/printable";

/** What a finished process left. */
export interface ProcessResult {
  readonly status: number;
  readonly stdout: Buffer;
  /** Standard error as text, in the C locale, credentials in URLs removed. */
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly input?: Iterable<string | Buffer>;
  readonly signal?: AbortSignal;
}

const INSTALL: Readonly<Record<string, string>> = {
  git: "git 2.30 or newer",
  gpg: "GnuPG 2.2 or newer",
  gpgconf: "GnuPG 2.2 or newer",
};

/**
 * Runs git, or a program that it works with. Credentials never pass through `args` (other users see them in `ps`):
 * they are in files that `env` names, see credentials.ts.
 */
export async function run(
  program: "git" | "gpg" | "gpgconf",
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...ownEnvironment(), LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      // A process group of its own, with the helpers that git starts for HTTP and SSH; Windows has none.
      detached: process.platform !== "win32",
    });
    const cancel = (): void => {
      try {
        // Git's end alone would leave its helpers at work, and a push could still land.
        if (process.platform === "win32") child.kill();
        else if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
      } catch {
        // All of them have ended.
      }
    };
    if (options.signal?.aborted === true) cancel();
    options.signal?.addEventListener("abort", cancel);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "ENOENT"
          ? new Error(
              `the \`${program}\` program was not found: install ${INSTALL[program] ?? program} and put it on PATH`,
            )
          : error,
      );
    });
    child.on("close", (status) => {
      options.signal?.removeEventListener("abort", cancel);
      if (options.signal?.aborted === true) {
        reject(options.signal.reason as Error);
        return;
      }
      resolve({
        status: status ?? -1,
        stdout: Buffer.concat(stdout),
        stderr: withoutSignIns(printable(Buffer.concat(stderr).toString("utf8"))),
      });
    });
    // A process that ends before it has read its input breaks the pipe; its exit status tells why.
    child.stdin.on("error", () => undefined);
    for (const chunk of options.input ?? []) child.stdin.write(chunk);
    child.stdin.end();
  });
}

/**
 * What git needs of our own environment, and no more: it holds credentials of others (of Pulumi, Cloudflare, Azure), and
 * inside a git hook variables that would point our commands at the user's own repository.
 */
function ownEnvironment(): NodeJS.ProcessEnv {
  const needed =
    /^(PATH|PATHEXT|HOME|USERPROFILE|USER|LOGNAME|LANG|TZ|TMPDIR|TMP|TEMP|SYSTEMROOT|WINDIR|COMSPEC|PROGRAMDATA|SSL_CERT_FILE|SSL_CERT_DIR|\w+_PROXY|GIT_(TRACE|CURL|SSL)\w*|GIT_EXEC_PATH|GIT_CONFIG_(NO)?SYSTEM)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => needed.test(name)));
}
