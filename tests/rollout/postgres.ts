/** A real PostgreSQL server for tests, where the machine has one installed. */
import { strict as assert } from "node:assert";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { slowly } from "../slow";

const run = promisify(execFile);

/** Where Debian and its like have the server's programs, by version. */
const VERSIONS = "/usr/lib/postgresql";
const PROGRAMS = (existsSync(VERSIONS) ? readdirSync(VERSIONS) : [])
  .map((version) => join(VERSIONS, version, "bin"))
  .find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "psql")));

export interface RunContainer {
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/** Signs in by passwords alone, and logs every statement. */
export class PostgresServer {
  /** Of its socket: what `PGHOST` takes. */
  readonly host = mkdtempSync(join(tmpdir(), "handoff-postgres-"));
  private server: ChildProcess | undefined;

  /** With one role, which has a database of its name. */
  async start(role: string): Promise<void> {
    assert.ok(PROGRAMS !== undefined);
    const [data, password] = [join(this.host, "data"), join(this.host, "pw")];
    writeFileSync(password, "superuser");
    // The server refuses to run as root.
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    if (nobody.uid !== undefined)
      for (const path of [this.host, password]) chownSync(path, nobody.uid, nobody.gid);
    const init = ["--username=postgres", "--pwfile=pw", "--auth=scram-sha-256", "--no-sync", "-D", data];
    // Whatever locale the machine names, it may not have it.
    const options = { cwd: this.host, ...nobody, env: { ...process.env, LC_ALL: "C.UTF-8" } };
    await run(join(PROGRAMS, "initdb"), init, options);
    const settings = ["listen_addresses=", "log_statement=all", "fsync=off"].flatMap((one) => ["-c", one]);
    const args = ["-D", data, "-k", this.host, ...settings];
    const server = spawn(join(PROGRAMS, "postgres"), args, {
      ...options,
      stdio: ["ignore", "ignore", "pipe"],
    });
    server.stderr.on("data", (chunk: Buffer) => {
      writeFileSync(join(this.host, "log"), chunk, { flag: "a" });
    });
    this.server = server;
    while (!(await this.takes("superuser", "postgres"))) {
      assert.equal(server.exitCode, null, "the server doesn't start");
      await sleep(100);
    }
    await this.tell(`create role "${role}" login superuser`, `create database "${role}" owner "${role}"`);
  }

  async setPassword(role: string, password: string): Promise<void> {
    await this.tell(`alter role "${role}" password '${password.replaceAll("'", "''")}'`);
    writeFileSync(join(this.host, "log"), "");
  }

  /** True when the role signs in by this password. */
  async takes(password: string, role: string, database = role): Promise<boolean> {
    return await this.ask(database, role, password, "select 1").then(
      () => true,
      () => false,
    );
  }

  /** What the last statement of a role gives. */
  async ask(database: string, role: string, password: string, sql: string): Promise<string> {
    const env = { ...process.env, PGPASSWORD: password, PGHOST: this.host, PGUSER: role };
    const { stdout } = await run("psql", ["-XqAt", "-d", database, "-c", sql], { env });
    return stdout.trim();
  }

  /** How many roles have that name. */
  async count(role: string): Promise<string> {
    const sql = `select count(*) from pg_roles where rolname = '${role}'`;
    return await this.ask("postgres", "postgres", "superuser", sql);
  }

  /**
   * Runs a container's command as a pod of this server would, which has no terminal.
   * @param path folders before those of the machine
   */
  async run(
    { command: [program = "", ...args], env }: RunContainer,
    more: Readonly<Record<string, string>>,
    path: readonly string[] = [],
  ): Promise<{
    readonly stdout: string;
    readonly stderr: string;
    readonly status: number;
    readonly message: string;
  }> {
    const log = join(mkdtempSync(join(this.host, "run-")), "termination-log");
    writeFileSync(log, "");
    const whole = {
      PATH: [...path, process.env.PATH ?? ""].join(":"),
      ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
      ...more,
      ...{ PGHOST: this.host, TERMINATION_LOG: log },
    };
    const pod = spawn(program, args, { env: whole, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr, [status]] = await Promise.all([
      text(pod.stdout),
      text(pod.stderr),
      once(pod, "close") as Promise<[number]>,
    ]);
    return { stdout, stderr, status, message: readFileSync(log, "utf8") };
  }

  /** What it logged since the password was set. */
  get log(): string {
    return readFileSync(join(this.host, "log"), "utf8");
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server !== undefined && server.exitCode === null) {
      const ended = new Promise((done) => server.once("exit", done));
      server.kill("SIGQUIT");
      await ended;
    }
    rmSync(this.host, { recursive: true });
  }

  async tell(...statements: readonly string[]): Promise<void> {
    const env = { ...process.env, PGPASSWORD: "superuser", PGHOST: this.host, PGUSER: "postgres" };
    await run("psql", ["-v", "ON_ERROR_STOP=1", ...statements.flatMap((statement) => ["-c", statement])], {
      env,
    });
  }
}

/** Long tests that need a server; where none is installed they are skipped, and say so. */
export function onPostgres(title: string, tests: (server: () => PostgresServer) => void): void {
  if (PROGRAMS === undefined) {
    it.skip(`${title} (no PostgreSQL server on this machine: install the package postgresql)`);
    return;
  }
  slowly(title, () => {
    let server: PostgresServer;
    before(() => {
      server = new PostgresServer();
    });
    after(async () => {
      await server.stop();
    });
    tests(() => server);
  });
}
