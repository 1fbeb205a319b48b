import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { FLUX_SYSTEM } from "../manifests/flux/objects";
import { startApi, startControllers } from "../tools/sandbox/control-plane";
import { Kube, type KubeObject } from "../tools/sandbox/kube";
import { cachedFolder, linkCommands, obtain } from "../tools/sandbox/obtain";
import { parts } from "../tools/sandbox/parts";
import { paths } from "../tools/sandbox/paths";
import { installPulumiStandIns } from "../tools/sandbox/pulumi/install";
import { httpHandler } from "../tools/sandbox/services/git";
import { stop as stopProcesses } from "../tools/sandbox/stop";

/** Asynchronous: the git server runs in this process. */
const run = promisify(execFile);

const USER = "bench";
const PASSWORD = "bench-password";
const CONTROL_PLANE = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];

/** The real engine with a file backend, a git host on loopback, and, where asked for, a real API server. */
export class Workbench {
  /** Added to each request to the git host, in milliseconds. */
  latency = 0;
  /** Requests that the git host has answered. */
  requests = 0;
  readonly folder = mkdtempSync(join(tmpdir(), "handoff-bench-"));
  private readonly repositories = join(this.folder, "repositories");
  private server: http.Server | undefined;
  private env: NodeJS.ProcessEnv = {};

  async start(): Promise<void> {
    process.env.SANDBOX_STATE = join(this.folder, "sandbox");
    const engine = parts.filter(({ name }) => name === "pulumi");
    await obtain(engine);
    linkCommands(engine, paths.bin);
    this.env = {
      ...process.env,
      PATH: `${paths.bin}:${process.env.PATH ?? ""}`,
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${this.folder}`,
      PULUMI_CONFIG_PASSPHRASE: "bench",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      BENCH_USER: USER,
      BENCH_PASSWORD: PASSWORD,
    };
    await installPulumiStandIns(join(this.folder, "home"), paths.bin, this.env);
    mkdirSync(this.repositories, { recursive: true });
    const answer = httpHandler({
      repositories: this.repositories,
      keys: "",
      username: USER,
      password: PASSWORD,
      publicOrganizations: [],
    });
    const server = http.createServer((request, response) => {
      this.requests += 1;
      void sleep(this.latency).then(() => {
        answer(request, response);
      });
    });
    this.server = server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
  }

  /** Text of the kubeconfig of an API server that knows Flux's kinds; nothing reconciles them. */
  async startCluster(): Promise<string> {
    const wanted = parts.filter(({ name }) => CONTROL_PLANE.includes(name) || name === "flux-manifests");
    await obtain(wanted);
    linkCommands(wanted, paths.bin);
    const bin = (command: string): string => join(paths.bin, command);
    const kube = await startApi(bin);
    await startControllers(bin, kube);
    const manifests = join(cachedFolder(parts, "flux-manifests"), "kustomize-controller.yaml");
    for (const document of parseAllDocuments(readFileSync(manifests, "utf8"))) {
      const object = document.toJS() as KubeObject;
      if (object.kind !== "CustomResourceDefinition") continue;
      await kube.apply("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", object);
    }
    await established(kube);
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: FLUX_SYSTEM } };
    await kube.apply("/api/v1/namespaces", namespace);
    return readFileSync(paths.kubeconfig, "utf8");
  }

  async stop(): Promise<void> {
    this.server?.close();
    await stopProcesses();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A repository of its own with one commit; its address. */
  async repository(name: string): Promise<string> {
    const path = join(this.repositories, "bench", `${name}.git`);
    mkdirSync(path, { recursive: true });
    await this.git(path, "init", "--quiet", "--bare", "--initial-branch=main");
    await this.git(path, "config", "http.receivepack", "true");
    const tree = (await this.git(path, "mktree")).trim();
    const commit = (await this.git(path, "commit-tree", tree, "-m", "Start")).trim();
    await this.git(path, "update-ref", "refs/heads/main", commit);
    const { port } = this.server?.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}/bench/${name}.git`;
  }

  /** A new stack of a program of bench/programs. */
  async stack(program: string, name: string, env: NodeJS.ProcessEnv = {}): Promise<Stack> {
    const stack = new Stack(program, name, { ...this.env, ...env }, this.folder);
    await stack.pulumi("stack init");
    return stack;
  }

  async git(cwd: string, ...args: string[]): Promise<string> {
    const identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"];
    const running = run("git", [...identity, ...args], { cwd });
    running.child.stdin?.end();
    return (await running).stdout;
  }

  /** An address with the credentials in it, for plain git. */
  signedIn(url: string): string {
    return url.replace("://", `://${USER}:${PASSWORD}@`);
  }
}

export class Stack {
  constructor(
    private readonly program: string,
    private readonly name: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly backend: string,
  ) {}

  async up(env: NodeJS.ProcessEnv = {}): Promise<void> {
    await this.pulumi("up", ["--yes", "--skip-preview"], env);
  }

  async pulumi(command: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<void> {
    const cwd = join(__dirname, "programs", this.program);
    try {
      await run("pulumi", [...command.split(" "), "--stack", this.name, ...args, "--non-interactive"], {
        cwd,
        env: { ...this.env, ...env },
        maxBuffer: 1 << 28,
      });
    } catch (error) {
      const { message, stdout = "" } = error as Error & { stdout?: string };
      throw new Error(`${message}\n${stdout}`, { cause: error });
    } finally {
      // The engine notes the salt of its encryption beside the program; the state has it too.
      rmSync(join(cwd, `Pulumi.${this.name}.yaml`), { force: true });
    }
  }

  stateKilobytes(): number {
    const file = `${this.name}.json`;
    return statSync(join(this.backend, ".pulumi", "stacks", `bench-${this.program}`, file)).size / 1024;
  }
}

async function established(kube: Kube): Promise<void> {
  for (;;) {
    const found = await kube
      .list("/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations")
      .catch(() => undefined);
    if (found !== undefined) return;
    await sleep(100);
  }
}
