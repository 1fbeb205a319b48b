/** Somebody who reads all the time, and keeps what there was. */
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";

export type Texts = Readonly<Record<string, string>>;

export class Reader {
  /** By namespace/name: what was read, each text once, in order. */
  readonly seen = new Map<string, Texts[]>();
  private readonly faults: string[] = [];
  private readonly core: CoreV1Api;
  private readonly apps: AppsV1Api;
  private ended = false;
  private rounds = 0;
  private running: Promise<void> = Promise.resolve();

  constructor(kubeconfig: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    this.core = config.makeApiClient(CoreV1Api);
    this.apps = config.makeApiClient(AppsV1Api);
  }

  /**
   * Reads from now on, several times a second.
   * @param secrets namespace/name
   * @param deployments of which always one pod has to be available
   * @param uses what is done by what was read; it must not be refused
   */
  start(
    secrets: readonly string[],
    deployments: readonly string[],
    uses: (secrets: ReadonlyMap<string, Texts>) => Promise<void>,
  ): void {
    this.running = this.read(secrets, deployments, uses);
  }

  /** Ends reading. @returns what was missing, halved or refused meanwhile */
  async stop(): Promise<readonly string[]> {
    this.ended = true;
    await this.running;
    assert.ok(this.rounds > 20, `read ${String(this.rounds)} times`);
    return [...new Set(this.faults)];
  }

  private async read(
    secrets: readonly string[],
    deployments: readonly string[],
    uses: (secrets: ReadonlyMap<string, Texts>) => Promise<void>,
  ): Promise<void> {
    const last = new Map<string, Texts>();
    for (; !this.ended; this.rounds++) {
      await this.noting("a Secret", async () => {
        for (const path of secrets) last.set(path, await this.secret(path));
        await uses(last);
      });
      await this.noting("a Deployment", async () => {
        for (const path of deployments) await this.assertAvailable(path);
      });
      await sleep(150);
    }
  }

  private async noting(what: string, read: () => Promise<void>): Promise<void> {
    await read().catch((error: unknown) => {
      this.faults.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  private async secret(path: string): Promise<Texts> {
    const [namespace = "", name = ""] = path.split("/");
    const { data = {} } = await this.core.readNamespacedSecret({ namespace, name });
    const decoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]);
    const texts = Object.fromEntries(decoded) as Texts;
    const before = this.seen.get(path) ?? [];
    const isKnown = before.some((one) => JSON.stringify(one) === JSON.stringify(texts));
    if (!isKnown) this.seen.set(path, [...before, texts]);
    return texts;
  }

  private async assertAvailable(path: string): Promise<void> {
    const [namespace = "", name = ""] = path.split("/");
    const { status } = await this.apps.readNamespacedDeployment({ namespace, name });
    assert.ok((status?.availableReplicas ?? 0) > 0, `${path} has no pod that is available`);
  }
}
