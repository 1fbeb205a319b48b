/** A cluster with an app whose Secrets come from a vault, and the controllers that it takes. */
import { CANNOT, ROLE_SCRIPTS } from "../../manifests/secrets/role-scripts";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { FakeCluster } from "../flux/fake-cluster";

const NAMESPACE = "calcom";
const FIRST = "2026-01-01T00:00:00Z";
const LATER = "2026-03-01T00:00:00Z";

type Data = Readonly<Record<string, string>>;

const base64 = (text: string): string => Buffer.from(text).toString("base64");

export class VaultedApp {
  /** Key → text that the vault has, by Secret. */
  readonly vault = new Map<string, Data>();
  /** False: External Secrets says why not. */
  syncs = true;
  /** False: new pods don't become ready. */
  starts = true;
  /** False: the Job fails. */
  alters = true;
  /** False: the database has nobody make a role. */
  allows = true;
  /** What happened to the app, in order. */
  readonly history: string[] = [];

  private constructor(readonly cluster: FakeCluster) {
    cluster.react = (object) => {
      this.react(object);
    };
  }

  static async start(): Promise<VaultedApp> {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };
    return new VaultedApp(await FakeCluster.start(namespace));
  }

  /** A Secret with its ExternalSecret, as the vault has it now. */
  secret(name: string, data: Data, time = FIRST): void {
    this.vault.set(name, data);
    const metadata = { name, namespace: NAMESPACE };
    this.cluster.put({
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata,
      status: { syncedResourceVersion: "1-", conditions: [{ type: "Ready", status: "True" }] },
    });
    this.write(name, time);
  }

  /** A workload with one running pod. */
  workload(kind: string, name: string, podSpec: object, spec: object = {}): void {
    const metadata = { name, namespace: NAMESPACE, generation: 1 };
    this.cluster.put({
      apiVersion: "apps/v1",
      kind,
      metadata,
      spec: { selector: { matchLabels: { app: name } }, template: { spec: podSpec }, ...spec },
      status: ready(1),
    });
    this.pod(name, FIRST, podSpec);
  }

  pod(name: string, startedAt: string, spec: object = {}): void {
    this.cluster.put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `${name}-0`, namespace: NAMESPACE, labels: { app: name } },
      spec: spec as LiveObject["spec"],
      status: { containerStatuses: [{ state: { running: { startedAt } } }] },
    });
  }

  values(name: string): Data {
    const live = this.cluster.objects.get(`/api/v1/namespaces/${NAMESPACE}/secrets/${name}`) as {
      data?: Data;
    };
    return Object.fromEntries(
      Object.entries(live.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  }

  /** The pod of a Job. */
  private ended(job: string, terminated: object): void {
    this.cluster.put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: job, namespace: NAMESPACE, labels: { "batch.kubernetes.io/job-name": job } },
      status: { phase: "Failed", containerStatuses: [{ state: { terminated } }] },
    });
  }

  /** External Secrets looks by itself. */
  asksAll(): void {
    for (const name of this.vault.keys()) {
      const path = `/apis/external-secrets.io/v1/namespaces/${NAMESPACE}/externalsecrets/${name}`;
      const live = this.cluster.objects.get(path);
      if (live !== undefined) this.sync(live, name);
    }
  }

  private write(name: string, time: string): void {
    const data = Object.fromEntries(
      Object.entries(this.vault.get(name) ?? {}).map(([key, text]) => [key, base64(text)]),
    );
    const managedFields = [{ manager: "external-secrets", time, fieldsV1: { "f:data": {} } }];
    const metadata = { name, namespace: NAMESPACE, managedFields };
    this.cluster.put({ apiVersion: "v1", kind: "Secret", metadata, data } as LiveObject);
  }

  private react(object: LiveObject): void {
    const { kind = "", metadata: { name = "" } = {} } = object;
    if (kind === "ExternalSecret") this.sync(object, name);
    if (kind === "Job") {
      this.history.push(`Job ${name} ${stepOf(object)}`);
      const allowed = this.allows || stepOf(object) !== "prepare";
      const type = this.alters && allowed ? "Complete" : "Failed";
      if (!allowed) this.ended(name, { exitCode: CANNOT, message: "it isn't a superuser\n" });
      this.cluster.put({
        ...object,
        status: { conditions: [{ type, status: "True", reason: "BackoffLimitExceeded" }] },
      });
    }
    if (["Deployment", "StatefulSet", "DaemonSet"].includes(kind)) {
      this.history.push(`restart ${name}`);
      const generation = (object.metadata?.generation ?? 1) + 1;
      const status = this.starts ? ready(generation) : { observedGeneration: generation, updatedReplicas: 0 };
      this.cluster.put({ ...object, metadata: { ...object.metadata, generation }, status });
      if (this.starts) this.pod(name, LATER, (object.spec as { template: { spec: object } }).template.spec);
    }
  }

  private sync(object: LiveObject, name: string): void {
    if (!this.syncs) {
      const conditions = [
        { type: "Ready", status: "False", reason: "SecretSyncedError", message: "no access" },
      ];
      this.cluster.put({ ...object, status: { syncedResourceVersion: "1-", conditions } });
      return;
    }
    this.history.push(`sync ${name}`);
    this.write(name, "2026-02-01T00:00:00Z");
    const syncedResourceVersion = JSON.stringify(object.metadata?.annotations);
    const conditions = [{ type: "Ready", status: "True" }];
    this.cluster.put({ ...object, status: { syncedResourceVersion, conditions } });
  }
}

/** Which step of a rotation a Job runs, by its lines. */
export function stepOf(job: LiveObject): string {
  const { template } = job.spec as { template: { spec: { containers: [{ command: readonly string[] }] } } };
  const lines = template.spec.containers[0].command.at(-1);
  return Object.entries(ROLE_SCRIPTS).find(([, script]) => script === lines)?.[0] ?? "";
}

const ready = (observedGeneration: number) => ({
  ...{ observedGeneration, replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 },
  ...{ desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 },
});
