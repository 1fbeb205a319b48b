import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { HandlerContext, Props, State } from "../../provider/plugin/handler";
import { LOCAL_REPOSITORIES } from "../../manifests/git/address";
import { gitCommitHandler } from "../../provider/git/commit-handler";

process.env[LOCAL_REPOSITORIES] = "true";

/** Text of a file by path; null removes it. */
type Changes = Readonly<Record<string, string | null | ((text: string) => string)>>;

/** A file or folder of a repository, which is what has no content. */
interface Part {
  readonly path: string;
  readonly content: Buffer | undefined;
}

/** Repositories by the files that they begin with: git takes processes to make one, and tests begin with the same. */
const made = new Map<string, readonly Part[]>();

function partsOf(folder: string): Part[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: relative(folder, join(entry.parentPath, entry.name)) }))
    .sort((a, b) => a.path.length - b.path.length)
    .map(({ entry, path }) => ({
      path,
      content: entry.isDirectory() ? undefined : readFileSync(join(folder, path)),
    }));
}

function place(folder: string, parts: readonly Part[]): void {
  mkdirSync(folder);
  for (const { path, content } of parts) {
    if (content === undefined) mkdirSync(join(folder, path));
    else writeFileSync(join(folder, path), content);
  }
}

/** A bare repository on disk and somebody else who commits to it, as a test needs them. */
export class TestRemote {
  readonly folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
  readonly url = `file://${this.folder}/remote.git`;
  private cloned = false;

  constructor(files: Readonly<Record<string, string>> = { "README.md": "# Ours\n" }) {
    const key = JSON.stringify(files);
    const known = made.get(key);
    if (known === undefined) made.set(key, this.make(files));
    else place(this.repository, known);
  }

  private get repository(): string {
    return join(this.folder, "remote.git");
  }

  private make(files: Readonly<Record<string, string>>): readonly Part[] {
    this.git(this.folder, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", "remote.git");
    appendFileSync(join(this.repository, "config"), "[receive]\n\tautogc = false\n");
    if (Object.keys(files).length > 0) this.import(files, "Start");
    return partsOf(this.repository);
  }

  /** Somebody else's clone, for what takes a work tree or git's own push. */
  get clone(): string {
    const folder = join(this.folder, "clone");
    if (!this.cloned) this.git(this.folder, "clone", "--quiet", "--branch=main", this.url, "clone");
    this.cloned = true;
    return folder;
  }

  /** Somebody else commits and pushes; a function makes the text of that which is there. */
  commit(files: Changes, message = "By hand"): string {
    if (!this.cloned) return this.import(files, message, "from refs/heads/main^0\n");
    this.git(this.clone, "pull", "--quiet", "--rebase", "origin", "main");
    return this.write(files, message);
  }

  read(path: string): string {
    return this.git(this.folder, "-C", "remote.git", "show", `main:${path}`);
  }

  files(): string[] {
    return this.git(this.folder, "-C", "remote.git", "ls-tree", "-r", "--name-only", "main")
      .trim()
      .split("\n");
  }

  log(format = "%s"): string[] {
    return this.git(this.folder, "-C", "remote.git", "log", `--format=${format}`, "main").trim().split("\n");
  }

  refs(): string[] {
    const refs = this.git(this.folder, "-C", "remote.git", "for-each-ref", "--format=%(refname)").trim();
    return refs === "" ? [] : refs.split("\n");
  }

  hook(name: string, script: string): void {
    mkdirSync(join(this.repository, "hooks"), { recursive: true });
    writeFileSync(join(this.repository, "hooks", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  git(cwd: string, ...args: string[]): string {
    const identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"];
    return execFileSync("git", [...identity, ...args], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** As {@link write}, in one process: a test has many commits, and a clone and a push take a dozen. */
  private import(files: Changes, message: string, from = ""): string {
    const data = (text: string): string => `data ${String(Buffer.byteLength(text))}\n${text}\n`;
    const edits = Object.entries(files).map(([path, change]) => {
      const text = typeof change === "function" ? change(this.read(path)) : change;
      return text === null
        ? `D ${JSON.stringify(path)}\n`
        : `M 100644 inline ${JSON.stringify(path)}\n${data(text)}`;
    });
    const now = `${String(Math.floor(Date.now() / 1000))} +0000`;
    const head = `commit refs/heads/main\nmark :1\ncommitter Somebody <somebody@example.com> ${now}\n`;
    const input = [head, data(`${message}\n`), from, ...edits, "get-mark :1\n"].join("");
    const args = ["-c", "fastimport.unpackLimit=1", "-c", "core.fsync=none", "fast-import", "--quiet"];
    return execFileSync("git", args, {
      cwd: this.repository,
      encoding: "utf8",
      input,
      stdio: ["pipe", "pipe", "pipe"],
    }).trim();
  }

  dispose(): void {
    // What was killed may have left a server that is still at work.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  private write(files: Changes, message = "Start"): string {
    for (const [path, change] of Object.entries(files)) {
      const target = join(this.clone, path);
      const text = typeof change === "function" ? change(readFileSync(target, "utf8")) : change;
      // With the folders that become empty, as for everybody who works with git.
      if (text === null) this.git(this.clone, "rm", "--quiet", path);
      else {
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text);
      }
    }
    this.git(this.clone, "add", "--all");
    this.git(this.clone, "commit", "--quiet", "--message", message);
    this.git(this.clone, "push", "--quiet", "origin", "HEAD:main");
    return this.git(this.clone, "rev-parse", "HEAD").trim();
  }
}

/** A handler's context that collects what the user would see. */
export function testContext(
  stack = "prod",
  resource = "test",
): HandlerContext & { readonly messages: string[] } {
  const messages: string[] = [];
  const push = (message: string): void => {
    messages.push(message);
  };
  return {
    urn: `urn:pulumi:${stack}::handoff::handoff:git:GitCommit::${resource}`,
    signal: new AbortController().signal,
    status: push,
    info: push,
    warn: push,
    messages,
  };
}

/** Does what the engine does with a `GitCommit`: create, update only on a difference, refresh, delete. */
export class Hand {
  state: State | undefined;
  constructor(
    private readonly url: string,
    readonly ctx = testContext(),
    private readonly extra: Props = {},
  ) {}

  /** The outputs that a preview shows. */
  async preview(inputs: Props): Promise<Props> {
    const outputs = await gitCommitHandler.preview?.(this.ctx, this.inputs(inputs), this.state);
    return Object.fromEntries(
      Object.entries(outputs ?? {}).filter(([name]) => gitCommitHandler.computed.includes(name)),
    );
  }

  private inputs(inputs: Props): Props {
    return {
      url: this.url,
      branch: "main",
      auth: {},
      files: {},
      digests: {},
      initialFiles: {},
      edits: {},
      message: "Hand off",
      author: { name: "Handoff", email: "handoff@example.com" },
      adopt: false,
      ...this.extra,
      ...inputs,
    };
  }

  async up(inputs: Props): Promise<Props> {
    const news = this.inputs(inputs);
    const checked = await gitCommitHandler.check?.(this.ctx, news, this.state?.inputs);
    const failure = checked?.failures?.[0];
    if (failure !== undefined) throw new Error(`${failure.property}: ${failure.reason}`);
    if (this.state === undefined) {
      this.state = { inputs: news, outputs: (await gitCommitHandler.create(this.ctx, news)).outputs };
    } else if ((await gitCommitHandler.diff(this.ctx, "id", this.state, news)).changes) {
      const { outputs } = await gitCommitHandler.update(this.ctx, "id", this.state, news);
      this.state = { inputs: news, outputs };
    }
    return this.state.outputs;
  }

  /** `up`, as often as it says to run the same again: on a busy machine many writers are too many for one run. */
  async upAgain(inputs: Props): Promise<Props> {
    for (;;) {
      try {
        return await this.up(inputs);
      } catch (error) {
        if (!/moved by others faster .* run the same command again/s.test(String(error))) throw error;
      }
    }
  }

  async refresh(): Promise<void> {
    if (this.state !== undefined) this.state = await gitCommitHandler.read(this.ctx, "id", this.state);
  }

  async destroy(): Promise<void> {
    if (this.state !== undefined) await gitCommitHandler.delete(this.ctx, "id", this.state);
    this.state = undefined;
  }
}
