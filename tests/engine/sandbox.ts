/** A sandbox of its own for end-to-end tests: started by the commands that a user types, looked at from outside. */
import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Document, parseDocument } from "yaml";

export const checkout = path.resolve(__dirname, "../..");
const launcher = path.join(checkout, "tools", "run.js");

/** What a command left. */
export interface Result {
  readonly status: number;
  readonly stdout: string;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What the command reads from standard input. */
  readonly input?: string;
  /** Called with all output so far, whenever there is more. */
  readonly onOutput?: (output: string, child: ChildProcess) => void;
}

/** A Kubernetes object as `kubectl get -o json` shows it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; message?: string }[];
    readonly lastAppliedRevision?: string;
  };
}

/** A setting: its path below `config:`, and its value; undefined takes it out. */
export type Setting = readonly [path: readonly string[], value: unknown];

export interface Commit {
  readonly author: string;
  readonly subject: string;
}

export interface Rule {
  readonly hostname?: string;
  readonly service: string;
  readonly originRequest?: Readonly<Record<string, unknown>>;
}

/** What the Cloudflare stand-in shows; secret values as their SHA-256. */
export interface CloudflareState {
  readonly tunnels: readonly {
    readonly id: string;
    readonly name: string;
    readonly config_src: string;
    readonly deleted_at: string | null;
    readonly configuration?: {
      readonly version: number;
      readonly config: { readonly ingress: readonly Rule[] };
    };
  }[];
  readonly records: readonly {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly content: string;
    readonly proxied: boolean;
  }[];
  readonly tokens: readonly {
    readonly name: string;
    readonly value: string;
    readonly policies: readonly unknown[];
  }[];
}

export type RepositoryName = "your-org/calcom" | "your-org/flux-config";

/** The author of the program's commits, as Pulumi.prod.yaml names it. */
export const PROGRAM = "Handoff";

export class Sandbox {
  readonly state = path.join(os.tmpdir(), `handoff-e2e-${randomBytes(4).toString("hex")}`);
  /** Every command with its output. */
  readonly log = `${this.state}.log`;
  env: Readonly<Record<string, string>> = {};
  private running = new Set<ChildProcess>();
  private original = "";

  /** Starts everything, without `pulumi up`. */
  async start(): Promise<void> {
    this.create();
    await this.succeeds("start", "--no-up");
    await this.readEnvironment();
  }

  /** To be called once the sandbox was started: what a command needs to use it, and the configuration as it is now. */
  async readEnvironment(): Promise<void> {
    const { stdout } = await this.succeeds("run", "--", "--env");
    const lines = [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)];
    this.env = Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value]));
    this.original = fs.readFileSync(this.configFile, "utf8");
  }

  /** `npm start`, `npm run sandbox -- …`: runs a command of the sandbox and gives what it left. */
  async command(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return this.spawn(process.execPath, [launcher, "sandbox", ...args], options);
  }

  async succeeds(...args: string[]): Promise<Result> {
    const result = await this.command(args);
    assert.equal(
      result.status,
      0,
      `sandbox ${args.join(" ")} ended with ${result.status}:\n${tail(result.output)}`,
    );
    return result;
  }

  async pulumi(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return this.command(["run", "--", "pulumi", ...args, "--color=never", "--non-interactive"], options);
  }

  /** `pulumi up`, that must succeed. */
  async up(options: RunOptions = {}, ...args: string[]): Promise<Result> {
    const result = await this.tryUp(options, ...args);
    assert.equal(result.status, 0, `pulumi up ended with ${result.status}:\n${tail(result.output)}`);
    return result;
  }

  async tryUp(options: RunOptions = {}, ...args: string[]): Promise<Result> {
    return this.pulumi(["up", "--yes", "--skip-preview", ...args], options);
  }

  /** A program of the sandbox's PATH, in its environment. */
  async exec(program: string, args: readonly string[]): Promise<Result> {
    const found = path.join(this.state, "bin", program);
    return this.spawn(fs.existsSync(found) ? found : program, args, { env: this.env });
  }

  /** The objects of a kind, by name when one is given. */
  async get(kind: string, namespace: string, ...names: string[]): Promise<readonly KubeObject[]> {
    const { stdout, status, output } = await this.exec("kubectl", [
      "get",
      kind,
      ...(namespace === "" ? [] : ["-n", namespace]),
      ...names,
      "-o",
      "json",
      "--show-managed-fields",
    ]);
    assert.equal(status, 0, output);
    const answer = JSON.parse(stdout) as KubeObject & { readonly items?: readonly KubeObject[] };
    return answer.items ?? [answer];
  }

  async object(kind: string, namespace: string, name: string): Promise<KubeObject> {
    const [found] = await this.get(kind, namespace, name);
    assert.ok(found !== undefined);
    return found;
  }

  /** The names of the namespaces in the cluster. */
  async namespaces(): Promise<readonly string[]> {
    return (await this.get("namespaces", "")).map(({ metadata }) => metadata.name);
  }

  /** A Secret's values, decoded. */
  async secret(namespace: string, name: string): Promise<Readonly<Record<string, string>>> {
    const { data = {} } = await this.object("secret", namespace, name);
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, base64(value).toString("utf8")]),
    );
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const { stdout } = await this.pulumi(["stack", "output", "--json"]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Changes the stack's configuration, on top of how the sandbox made it. */
  configure(...changes: readonly Setting[]): void {
    const document: Document = parseDocument(this.original);
    for (const [at, value] of changes) {
      if (value === undefined) document.deleteIn(["config", ...at]);
      else document.setIn(["config", ...at], value);
    }
    fs.writeFileSync(this.configFile, document.toString({ lineWidth: 0 }));
  }

  get configFile(): string {
    return path.join(this.state, "Pulumi.sandbox.yaml");
  }

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

  async cloudflare(): Promise<CloudflareState> {
    const url = (this.env.CLOUDFLARE_BASE_URL ?? "").replace("/client/v4", "/__state");
    return (await (await fetch(url)).json()) as CloudflareState;
  }

  /** The live secrets of the vault: name → SHA-256 of the newest version's value. */
  async vault(): Promise<Readonly<Record<string, string>>> {
    const answer = await fetch(`${this.env.ARM_RESOURCE_MANAGER_URL ?? ""}/__state`);
    const { vaults } = (await answer.json()) as {
      vaults: Record<string, Record<string, { versions: { value: string }[]; deleted?: unknown }>>;
    };
    const secrets = Object.entries(vaults["my-cluster-secrets"] ?? {});
    return Object.fromEntries(
      secrets
        .filter(([, { deleted }]) => deleted === undefined)
        .map(([name, { versions }]) => [name, versions.at(-1)?.value ?? ""]),
    );
  }

  /** Every file below a folder of the state, as text. */
  texts(folder: string): ReadonlyMap<string, string> {
    const root = path.join(this.state, folder);
    const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.join(parentPath, name));
    return new Map(files.map((file) => [path.relative(this.state, file), fs.readFileSync(file, "latin1")]));
  }

  /** Makes the state folder. A test run that is interrupted leaves nothing behind either. */
  create(): void {
    fs.mkdirSync(this.state, { mode: 0o700 });
    process.once("exit", this.removeNow);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, this.end);
  }

  /** Ends and removes everything. The log is kept after a failure. */
  async remove(failed: boolean): Promise<void> {
    if (!fs.existsSync(this.state)) return;
    for (const child of this.running) killGroup(child);
    process.off("exit", this.removeNow);
    for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, this.end);
    const { status } = await this.command(["stop"]);
    fs.rmSync(this.state, { recursive: true, force: true });
    if (failed) console.log(`      All commands with their output: ${this.log}`);
    else fs.rmSync(this.log, { force: true });
    assert.equal(status, 0, "npm stop failed");
  }

  /** Runs in a process group of its own, so that a test can kill all of it. */
  private spawn(program: string, args: readonly string[], options: RunOptions): Promise<Result> {
    const settings: SpawnOptions = {
      cwd: checkout,
      env: { ...process.env, SANDBOX_STATE: this.state, ...options.env },
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      detached: true,
    };
    const shown = [path.basename(program), ...args.filter((arg) => arg !== launcher)].join(" ");
    fs.appendFileSync(this.log, `\n$ ${shown}\n`);
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, settings);
      this.running.add(child);
      let stdout = "";
      let output = "";
      const take = (chunk: string): void => {
        output += chunk;
        fs.appendFileSync(this.log, chunk);
        options.onOutput?.(output, child);
      };
      child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
        stdout += chunk;
        take(chunk);
      });
      child.stderr?.setEncoding("utf8").on("data", take);
      child.stdin?.end(options.input);
      child.on("error", reject);
      child.on("close", (code) => {
        this.running.delete(child);
        fs.appendFileSync(this.log, `[status ${code ?? "killed"}]\n`);
        resolve({ status: code ?? 137, stdout, output });
      });
    });
  }

  private readonly end = (): void => {
    process.exit(130);
  };

  private readonly removeNow = (): void => {
    for (const child of this.running) killGroup(child);
    const env = { ...process.env, SANDBOX_STATE: this.state };
    execFileSync(process.execPath, [launcher, "sandbox", "stop"], { env, stdio: "ignore" });
    fs.rmSync(this.state, { recursive: true, force: true });
  };
}

/** Registers the hooks that every suite needs: the sandbox goes at the end, also after a failure. */
export function useSandbox(): Sandbox {
  const sandbox = new Sandbox();
  let failed = false;
  afterEach(function () {
    if (this.currentTest?.state !== "failed") return;
    failed = true;
    console.log(tail(this.currentTest.err?.message ?? "").replace(/^/gm, "          ")); // now, not minutes later
  });
  after(async () => {
    await sandbox.remove(failed);
  });
  return sandbox;
}

/** SIGKILL for a command and everything that it started in its process group. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended
  }
}

export const base64 = (text: string): Buffer => Buffer.from(text, "base64");

/** The last lines of a command's output. */
export function tail(output: string, lines = 60): string {
  return output.trimEnd().split("\n").slice(-lines).join("\n");
}

/** Waits until something holds; fails with what it found last. */
export async function eventually(what: string, check: () => Promise<void>, seconds = 60): Promise<void> {
  const limit = Date.now() + seconds * 1000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > limit) throw new Error(`${what}: not so after ${seconds} s`, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** True for an object whose controller reports it Ready. */
export function isReady({ status }: KubeObject): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true;
}
