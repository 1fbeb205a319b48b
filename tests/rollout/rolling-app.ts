/** The app of a rollout on a real PostgreSQL server: its pods start and end by turns, and connect anew all the time. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import type { PostgresServer, RunContainer } from "./postgres";
import type { VaultedApp } from "./vaulted-app";

const NAME = "calcom";
const NAMESPACE = "calcom";
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`;

interface Template {
  readonly spec: {
    readonly containers: readonly [
      {
        readonly env?: readonly {
          readonly name: string;
          readonly valueFrom: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
        }[];
        readonly envFrom?: readonly { readonly secretRef: { readonly name: string } }[];
      },
    ];
  };
}

interface Pod {
  readonly name: string;
  readonly address: string;
  connects: boolean;
}

export class RollingApp {
  /** What the server said to whom it refused. */
  readonly refusals: string[] = [];
  connections = 0;
  private readonly pods: Pod[] = [];
  private readonly polling: Promise<void>[] = [];
  private rolling = Promise.resolve();
  private made = 0;
  private runs: string | undefined;

  constructor(
    private readonly app: VaultedApp,
    private readonly server: PostgresServer,
  ) {
    const { cluster } = app;
    const { react } = cluster;
    cluster.react = (object) => {
      if (object.kind === "Job") void this.job(object);
      else if (object.kind === "Deployment" && object.metadata?.name === NAME) this.roll(object);
      else react(object);
    };
    cluster.delete({ apiVersion: "v1", kind: "Pod", metadata: { name: `${NAME}-0`, namespace: NAMESPACE } });
    const { template } = this.deployment.spec as { template: Template };
    this.runs = JSON.stringify(template);
    this.start(template, "2026-01-01T00:00:00Z");
  }

  get deployment(): LiveObject {
    return this.app.cluster.objects.get(DEPLOYMENT) ?? {};
  }

  /** By what the pods sign in now. */
  get addresses(): readonly string[] {
    return this.pods.map(({ address }) => address);
  }

  /** Once all pods are those of the last template. */
  async settled(): Promise<void> {
    await this.rolling;
  }

  async stop(): Promise<void> {
    await this.rolling;
    for (const pod of this.pods) pod.connects = false;
    await Promise.all(this.polling);
  }

  /** As a Job's pod: by the passwords that it finds in its Secret when it starts. */
  private async job(object: LiveObject): Promise<void> {
    const { cluster } = this.app;
    const { name = "", uid } = object.metadata ?? {};
    const { template } = object.spec as { template: { spec: { containers: [RunContainer] } } };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `${name}-pod`,
        namespace: NAMESPACE,
        labels: { "batch.kubernetes.io/job-name": name },
      },
    };
    cluster.delete(pod);
    const { status, message } = await this.server.run(template.spec.containers[0], this.app.values(name));
    const live = cluster.objects.get(`/apis/batch/v1/namespaces/${NAMESPACE}/jobs/${name}`);
    if (live?.metadata?.uid !== uid) return;
    const terminated = { exitCode: status, message };
    cluster.put({ ...pod, status: { containerStatuses: [{ state: { terminated } }] } });
    const type = status === 0 ? "Complete" : "Failed";
    cluster.put({ ...object, status: { conditions: [{ type, status: "True" }] } });
  }

  private roll(object: LiveObject): void {
    const { template } = object.spec as { template: Template };
    const text = JSON.stringify(template);
    if (text === this.runs) return;
    this.runs = text;
    const generation = (object.metadata?.generation ?? 1) + 1;
    this.status(generation, 0);
    this.rolling = this.rolling.then(async () => {
      const former = [...this.pods];
      await sleep(200);
      this.start(template, "2026-03-01T00:00:00Z");
      await sleep(300);
      for (const pod of former) this.put(pod.name, template, { deletionTimestamp: later() });
      if (this.runs === text) this.status(generation, 1);
      // Its controller counts a pod no more that ends; the pod has some time for that.
      await sleep(2000);
      for (const pod of former) this.end(pod);
    });
  }

  private status(generation: number, updatedReplicas: number): void {
    const status = { observedGeneration: generation, replicas: 1, updatedReplicas, availableReplicas: 1 };
    const { metadata, ...object } = this.deployment;
    this.app.cluster.put({ ...object, metadata: { ...metadata, generation }, status });
  }

  private start(template: Template, startedAt: string): void {
    this.made += 1;
    const pod = { name: `${NAME}-${String(this.made)}`, address: this.addressOf(template), connects: true };
    this.put(pod.name, template, {}, startedAt);
    this.pods.push(pod);
    this.polling.push(this.poll(pod));
  }

  private end(pod: Pod): void {
    pod.connects = false;
    this.pods.splice(this.pods.indexOf(pod), 1);
    const metadata = { name: pod.name, namespace: NAMESPACE };
    this.app.cluster.delete({ apiVersion: "v1", kind: "Pod", metadata });
  }

  private put(name: string, template: Template, metadata: object, startedAt?: string): void {
    const running = { containerStatuses: [{ state: { running: { startedAt } } }] };
    const labels = { app: NAME };
    const before = this.app.cluster.objects.get(`/api/v1/namespaces/${NAMESPACE}/pods/${name}`);
    this.app.cluster.put({
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: NAMESPACE, labels, ...metadata } },
      spec: before?.spec ?? { ...template.spec },
      status: before?.status ?? running,
    });
  }

  /** The environment is read when a container starts. */
  private addressOf({ spec: { containers } }: Template): string {
    const [{ env = [], envFrom = [] }] = containers;
    const whole = Object.assign({}, ...envFrom.map(({ secretRef }) => this.secret(secretRef.name))) as object;
    const single = env.flatMap(({ name, valueFrom: { secretKeyRef } }) => {
      const text = this.secret(secretKeyRef.name)[secretKeyRef.key];
      return text === undefined ? [] : [[name, text]];
    });
    const { DATABASE_URL } = { ...whole, ...Object.fromEntries(single) } as { DATABASE_URL?: string };
    return DATABASE_URL ?? "";
  }

  private secret(name: string): Readonly<Record<string, string>> {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets/${name}`;
    return this.app.cluster.objects.has(path) ? this.app.values(name) : {};
  }

  private async poll(pod: Pod): Promise<void> {
    const { username, password, pathname } = new URL(pod.address);
    const database = decodeURIComponent(pathname.slice(1));
    while (pod.connects) {
      const signIn = [decodeURIComponent(username), decodeURIComponent(password)] as const;
      await this.server.ask(database, ...signIn, "select 1").catch((error: unknown) => {
        this.refusals.push(`${pod.name} as ${username}: ${String(error)}`);
      });
      this.connections += 1;
      await sleep(50);
    }
  }
}

function later(): string {
  return new Date(Date.now() + 30_000).toISOString();
}
