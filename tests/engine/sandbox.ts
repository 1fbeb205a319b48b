/** A sandbox of its own for end-to-end tests: started by the commands that a user types, looked at from outside. */
import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Document, parseDocument } from "yaml";
import { Commands, type Result, type RunOptions, tail } from "./commands";
import { base64, type CloudflareState, type KubeObject } from "./observed";
import { CHECKOUT, Project } from "./project";
import { Repositories } from "./repositories";

/** A setting: its path below `config:`, and its value; undefined takes it out. */
export type Setting = readonly [path: readonly string[], value: unknown];

export class Sandbox extends Repositories {
  /** The project that it runs: this one, or a copy that may be changed as its users do. */
  readonly project: Project;
  private readonly commands: Commands;
  env: Readonly<Record<string, string>> = {};
  private original = "";

  /**
   * @param system of the stack. @default "prod"
   * @param copied runs a copy of the project. @default false
   */
  constructor(
    private readonly system = "prod",
    copied = false,
  ) {
    super(path.join(os.tmpdir(), `handoff-e2e-${randomBytes(4).toString("hex")}`));
    this.project = new Project(copied ? path.join(this.state, "project") : CHECKOUT);
    this.commands = new Commands(this.project.folder, `${this.state}.log`);
  }

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
    const env = { SANDBOX_STATE: this.state, SANDBOX_SYSTEM: this.system, ...options.env };
    return this.commands.run(process.execPath, [this.project.launcher, "sandbox", ...args], {
      ...options,
      env,
    });
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

  /** A line of a shell, in the project. */
  async shell(line: string): Promise<Result> {
    const result = await this.commands.run("sh", ["-c", line], { env: this.env });
    assert.equal(result.status, 0, `${line} ended with ${result.status}:\n${tail(result.output)}`);
    return result;
  }

  /** A program of the sandbox's PATH, in its environment. */
  async exec(program: string, args: readonly string[]): Promise<Result> {
    const found = path.join(this.state, "bin", program);
    return this.commands.run(fs.existsSync(found) ? found : program, args, { env: this.env });
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

  /** Changes it for all that follows. */
  settle(...changes: readonly Setting[]): void {
    this.configure(...changes);
    this.original = fs.readFileSync(this.configFile, "utf8");
  }

  get configFile(): string {
    return path.join(this.state, "Pulumi.sandbox.yaml");
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
    this.project.create();
    process.once("exit", this.removeNow);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, this.end);
  }

  /** Ends and removes everything. The log is kept after a failure. */
  async remove(failed: boolean): Promise<void> {
    if (!fs.existsSync(this.state)) return;
    this.commands.killAll();
    process.off("exit", this.removeNow);
    for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, this.end);
    const { status } = await this.command(["stop"]);
    fs.rmSync(this.state, { recursive: true, force: true });
    if (failed) console.log(`      All commands with their output: ${this.commands.log}`);
    else fs.rmSync(this.commands.log, { force: true });
    assert.equal(status, 0, "npm stop failed");
  }

  private readonly end = (): void => {
    process.exit(130);
  };

  private readonly removeNow = (): void => {
    this.commands.killAll();
    const env = { ...process.env, SANDBOX_STATE: this.state, SANDBOX_SYSTEM: this.system };
    execFileSync(process.execPath, [this.project.launcher, "sandbox", "stop"], { env, stdio: "ignore" });
    fs.rmSync(this.state, { recursive: true, force: true });
  };
}

/** Registers the hooks that every suite needs: the sandbox goes at the end, also after a failure. */
export function useSandbox(system?: string, copied?: boolean): Sandbox {
  const sandbox = new Sandbox(system, copied);
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
