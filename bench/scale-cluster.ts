import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Kube, type KubeObject } from "../tools/sandbox/kube";
import type { Scale } from "./programs/scale/scale";

const run = promisify(execFile);
const root = join(__dirname, "..");
const program = join(__dirname, "programs", "scale");
const KUSTOMIZATIONS = "/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations";
const SOURCES = "/apis/source.toolkit.fluxcd.io/v1/gitrepositories";

export interface Kustomization extends KubeObject {
  readonly metadata: KubeObject["metadata"] & {
    readonly generation?: number;
    readonly resourceVersion: string;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly lastAppliedRevision?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** How long a `pulumi up` took. */
export interface HandOff {
  readonly seconds: number;
  /** Of them since its commit to Flux's repository, by a second. */
  readonly fromCommit: number;
}

/** What a push to the apps' repository led to. */
export interface Change {
  /** From the push until the apps that it touches run it. */
  readonly seconds: number;
  /** Names of the Kustomizations that were reconciled, until the cluster was quiet again. */
  readonly reconciled: readonly string[];
}

/** A sandbox of its own with many small apps in one repository, handed off by programs/scale. */
export class ScaleCluster {
  readonly state = mkdtempSync(join(tmpdir(), "handoff-scale-"));
  private readonly work = join(this.state, "apps");
  private readonly stack = basename(this.state);
  private env: NodeJS.ProcessEnv = {};
  private kubeClient: Kube | undefined;

  get kube(): Kube {
    this.kubeClient ??= new Kube(join(this.state, "kubeconfig"));
    return this.kubeClient;
  }

  async start(apps: number): Promise<void> {
    await this.sandbox("start", "--no-up");
    const { stdout } = await this.sandbox("run", "--", "--env");
    const lines = [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)];
    const own = Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value]));
    this.env = { ...process.env, ...own, PULUMI_STACK: this.stack };
    await this.seed(apps);
    await this.pulumi(["stack", "init", this.stack]);
  }

  async stop(): Promise<void> {
    await this.sandbox("stop");
    rmSync(this.state, { recursive: true, force: true });
    rmSync(join(program, `Pulumi.${this.stack}.yaml`), { force: true });
  }

  /** `pulumi up`: from nothing or from what was there until everything is Ready. */
  async handOff(scale: Scale): Promise<HandOff> {
    const begun = Date.now();
    await this.pulumi(["up", "--yes", "--skip-preview"], { SCALE: JSON.stringify(scale) });
    const ended = Date.now();
    const args = ["log", "-1", "--format=%ct", "main"];
    const { stdout } = await run("git", args, { cwd: this.bare("your-org/flux-config") });
    return { seconds: (ended - begun) / 1000, fromCommit: ended / 1000 - Number(stdout) };
  }

  /** Somebody pushes a new version of these apps, and the sources are told, as a webhook would. */
  async change(apps: readonly number[], version: string): Promise<Change> {
    const before = await this.versions();
    for (const app of apps) this.writeApp(app, version);
    await this.git("commit", "--quiet", "--all", "--message", `Version ${version}`);
    const begun = Date.now();
    await this.git("push", "--quiet", "origin", "main");
    await this.nudgeSources();
    while (!(await this.runs(apps, version))) await sleep(250);
    const seconds = (Date.now() - begun) / 1000;
    const after = await this.quiet();
    return { seconds, reconciled: [...after.keys()].filter((name) => after.get(name) !== before.get(name)) };
  }

  async kustomizations(): Promise<readonly Kustomization[]> {
    return (await this.kube.list<Kustomization>(KUSTOMIZATIONS)) ?? [];
  }

  private async runs(apps: readonly number[], version: string): Promise<boolean> {
    const all = await this.kube.list<KubeObject & { data?: Record<string, string> }>(
      "/api/v1/namespaces/default/configmaps",
    );
    const versions = new Map((all ?? []).map(({ metadata, data }) => [metadata.name, data?.version]));
    if (!apps.every((app) => versions.get(`app-${String(app)}`) === version)) return false;
    const ready = new Set((await this.kustomizations()).filter(isReady).map(({ metadata }) => metadata.name));
    return apps.every((app) => ready.has(`app-${String(app)}`));
  }

  /** The versions of all Kustomizations once none has changed for three seconds. */
  private async quiet(): Promise<ReadonlyMap<string, string>> {
    for (let last = await this.versions(); ;) {
      await sleep(3000);
      const now = await this.versions();
      if ([...now].every(([name, version]) => last.get(name) === version)) return now;
      last = now;
    }
  }

  private async versions(): Promise<ReadonlyMap<string, string>> {
    const all = await this.kustomizations();
    return new Map(all.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  }

  private async nudgeSources(): Promise<void> {
    const annotations = { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() };
    for (const { metadata } of (await this.kube.list(SOURCES)) ?? []) {
      if (metadata.name === "flux-system") continue;
      const { name, namespace = "" } = metadata;
      const path = SOURCES.replace("/gitrepositories", `/namespaces/${namespace}/gitrepositories`);
      const kind = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository" };
      await this.kube.apply(path, { ...kind, metadata: { name, namespace, annotations } });
    }
  }

  private async seed(apps: number): Promise<void> {
    const bare = this.bare("bench/apps");
    mkdirSync(this.work, { recursive: true });
    await this.git("init", "--quiet", "--initial-branch=main");
    for (let app = 0; app < apps; app++) this.writeApp(app, "1");
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--message", "Start");
    await this.git("clone", "--quiet", "--bare", ".", bare);
    await this.git("remote", "add", "origin", bare);
  }

  private bare(repository: string): string {
    return join(this.state, "repositories", `${repository}.git`);
  }

  private writeApp(app: number, version: string): void {
    const name = `app-${String(app)}`;
    const folder = join(this.work, "apps", name);
    mkdirSync(folder, { recursive: true });
    const kind = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
    writeFileSync(join(folder, "kustomization.yaml"), `${kind}resources:\n- app.yaml\n`);
    const map = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  version: "${version}"\n`;
    writeFileSync(join(folder, "app.yaml"), map);
  }

  private async git(...args: string[]): Promise<void> {
    const identity = [
      "-c",
      "user.name=Team",
      "-c",
      "user.email=team@example.com",
      "-c",
      "commit.gpgsign=false",
    ];
    await run("git", [...identity, ...args], { cwd: this.work });
  }

  private async pulumi(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
    const options = { cwd: program, env: { ...this.env, ...env }, maxBuffer: 1 << 28 };
    try {
      await run("pulumi", [...args, "--non-interactive", "--color=never"], options);
    } catch (error) {
      // What went wrong is on stdout, below the progress.
      const { stdout = "" } = error as { readonly stdout?: string };
      throw new Error(stdout.slice(-4000), { cause: error });
    }
  }

  private async sandbox(...args: string[]): Promise<{ stdout: string }> {
    return await run(process.execPath, [join(root, "tools", "run.js"), "sandbox", ...args], {
      cwd: root,
      env: { ...process.env, SANDBOX_STATE: this.state },
      maxBuffer: 1 << 26,
    });
  }
}

export function isReady({ metadata, status }: Kustomization): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true
  );
}
