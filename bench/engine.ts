import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Goal, median, type Row } from "./report";
import type { Stack, Workbench } from "./workbench";

/** From this size on, what takes a commit, or a process, per file or object is left out: it takes minutes. */
const MANY = 1000;
const SHAPES = {
  commit: "one commit",
  commitPerFile: "one commit per file",
  resourcePerObject: "one resource per object",
} as const;

/**
 * Side by side in one run: an empty program, this hand-off, the same with a commit and push per file, one
 * CustomResource per object on a real API server, and plain git with the same commit.
 */
export class EngineBench {
  readonly rows: Row[] = [];
  private emptySeconds = 0;
  private stacks = 0;

  constructor(
    private readonly bench: Workbench,
    private readonly runs: number,
  ) {}

  async all(sizes: readonly number[]): Promise<void> {
    await this.empty();
    const kubeconfig = await this.bench.startCluster();
    for (const apps of sizes) {
      const plain = await this.plainGit(apps);
      await this.handOff(apps, plain);
      await this.perObject(apps, kubeconfig);
      if (apps < MANY) await this.perFile(apps);
    }
    const first = sizes[0] ?? 100;
    await this.slowNetwork(Math.max(first, ...sizes.filter((apps) => apps < MANY)));
  }

  private async empty(): Promise<void> {
    const typescript = await this.bench.stack("typescript", "typescript");
    await typescript.up();
    this.emptySeconds = await this.measure({ apps: 0, what: "empty program in TypeScript: no-op up" }, () =>
      typescript.up(),
    );
    const least = await this.bench.stack("empty", "empty");
    await least.up();
    await this.measure({ apps: 0, what: "empty program in JavaScript: no-op up" }, () => least.up());
  }

  private async plainGit(apps: number): Promise<number> {
    const text = "apiVersion: v1\nkind: ConfigMap\n".repeat(10);
    return await this.measure({ apps, what: "plain git: clone, commit, push" }, async (run) => {
      const name = `plain-${String(apps)}-${String(run)}`;
      const url = this.bench.signedIn(await this.bench.repository(name));
      const clone = join(this.bench.folder, name);
      return async () => {
        await this.bench.git(this.bench.folder, "clone", "--quiet", "--depth=1", url, clone);
        for (let app = 0; app < apps; app++) {
          for (const file of ["kustomization.yaml", "app.yaml"]) {
            const path = join(clone, "apps", `app-${String(app)}`, file);
            mkdirSync(dirname(path), { recursive: true });
            writeFileSync(path, text);
          }
        }
        await this.bench.git(clone, "add", ".");
        await this.bench.git(clone, "commit", "--quiet", "--message", "Hand off");
        await this.bench.git(clone, "push", "--quiet", "origin", "HEAD:main");
      };
    });
  }

  private async handOff(apps: number, plain: number): Promise<void> {
    const shape = SHAPES.commit;
    let stack: Stack | undefined;
    const state = (): number => stack?.stateKilobytes() ?? 0;
    const title = (step: string): string => `hand-off: ${step}`;
    await this.measure(
      {
        apps,
        what: title("first up"),
        state,
        goal: (seconds) => this.ratio(seconds, "× (empty + plain git)", this.emptySeconds + plain, 1.5),
      },
      async () => {
        const fresh = await this.stack(apps, shape);
        stack = fresh;
        return () => fresh.up();
      },
    );
    if (stack === undefined) return;
    const same = stack;
    await this.measure(
      {
        apps,
        what: title("no-op up"),
        goal: (seconds) => this.ratio(seconds, "× empty", this.emptySeconds, 1.2),
      },
      () => same.up(),
    );
    await this.measure({ apps, what: title("one-app change"), state }, (run) =>
      same.up({ BENCH_CHANGE: `${String(11 + run)}m` }),
    );
  }

  private async perFile(apps: number): Promise<void> {
    const stack = await this.stack(apps, SHAPES.commitPerFile);
    const state = (): number => stack.stateKilobytes();
    await this.once({ apps, what: "one commit and push per file: first up", state }, () => stack.up());
    await this.once({ apps, what: "one commit and push per file: no-op up" }, () => stack.up());
  }

  private async perObject(apps: number, kubeconfig: string): Promise<void> {
    const stack = await this.stack(apps, SHAPES.resourcePerObject, { BENCH_KUBECONFIG: kubeconfig });
    const state = (): number => stack.stateKilobytes();
    await this.once({ apps, what: "one CustomResource per object: first up", state }, () => stack.up());
    await this.once({ apps, what: "one CustomResource per object: no-op up" }, () => stack.up());
    await this.once({ apps, what: "one CustomResource per object: one-app change" }, () =>
      stack.up({ BENCH_CHANGE: "11m" }),
    );
    await stack.pulumi("destroy", ["--yes", "--skip-preview"]);
  }

  /** Each request to the git host takes 100 ms more. With lost state, the history tells ours from what others took over. */
  private async slowNetwork(apps: number): Promise<void> {
    this.bench.latency = 100;
    const url = await this.bench.repository("slow");
    const stack = await this.stack(apps, SHAPES.commit, { BENCH_URL: url });
    const slow = async (
      what: string,
      limit: number | undefined,
      work: () => Promise<void>,
    ): Promise<void> => {
      const goal = (_: number, requests: number): Goal | undefined =>
        limit === undefined ? undefined : { of: "requests", measured: requests, limit };
      await this.once({ apps, what: `hand-off, +100 ms a request: ${what}`, goal }, work);
    };
    await slow("first up", 6, () => stack.up());
    await slow("no-op up", 2, () => stack.up());
    await slow("one-app change", 6, () => stack.up({ BENCH_CHANGE: "11m" }));
    await slow("refresh", 2, () => stack.pulumi("refresh", ["--yes", "--skip-preview"]));
    const other = await this.stack(apps, SHAPES.commit, { BENCH_URL: url, BENCH_CHANGE: "11m" });
    await slow("up with lost state", undefined, () => other.up());
    this.bench.latency = 0;
  }

  private async stack(apps: number, shape: string, more: NodeJS.ProcessEnv = {}): Promise<Stack> {
    const name = `stack-${String(++this.stacks)}`;
    const BENCH_URL = more.BENCH_URL ?? (await this.bench.repository(name));
    const env = { BENCH_APPS: String(apps), BENCH_SHAPE: shape, ...more, BENCH_URL };
    return await this.bench.stack("apps", name, env);
  }

  private ratio(seconds: number, of: string, base: number, limit: number): Goal {
    return { of, measured: seconds / base, limit };
  }

  private async once(subject: Subject, work: () => Promise<void>): Promise<number> {
    return await this.measure(subject, work, 1);
  }

  /** The median of several runs. `work` may return a function: then it only prepares, and that is what is timed. */
  private async measure(
    { apps, what, state, goal }: Subject,
    work: (run: number) => Promise<unknown>,
    runs = this.runs,
  ): Promise<number> {
    const times: number[] = [];
    let requests = 0;
    for (let run = 0; run < runs; run++) {
      let began = process.hrtime.bigint();
      let before = this.bench.requests;
      const prepared = await work(run);
      if (typeof prepared === "function") {
        [began, before] = [process.hrtime.bigint(), this.bench.requests];
        await (prepared as () => Promise<void>)();
      }
      times.push(Number(process.hrtime.bigint() - began) / 1e9);
      requests = this.bench.requests - before;
    }
    const seconds = median(times);
    const aim = goal?.(seconds, requests);
    this.rows.push({
      apps,
      what,
      seconds,
      runs,
      requests,
      ...(state && { stateKilobytes: state() }),
      ...(aim && { goal: aim }),
    });
    process.stderr.write(`${String(apps).padStart(5)}  ${what.padEnd(52)} ${seconds.toFixed(2)} s\n`);
    return seconds;
  }
}

interface Subject {
  readonly apps: number;
  readonly what: string;
  readonly state?: () => number;
  readonly goal?: (seconds: number, requests: number) => Goal | undefined;
}
