/** An API server in memory for the controllers that play operators: objects by their paths, and the events told. */
import { Cluster, type KubeObject, type Secret } from "../../../tools/sandbox/services/controllers/cluster";
import type { Conditions } from "../../../tools/sandbox/services/controllers/conditions";
import { type Call, type Reply, type Service, startService } from "../../../tools/sandbox/services/http";

interface Stored extends KubeObject {
  readonly status?: { readonly conditions?: Conditions; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface ToldEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly name: string };
}

export class FakeCluster {
  readonly events: ToldEvent[] = [];
  private readonly objects = new Map<string, Stored>();
  private made = 0;

  private constructor(
    private service: Service | undefined,
    private readonly issuer: string | undefined,
  ) {}

  /** @param issuer of JSON Web Tokens, unsigned. @default tokens are texts */
  static async start(issuer?: string): Promise<FakeCluster> {
    const fake = new FakeCluster(undefined, issuer);
    fake.service = await startService({
      handle: (call) => fake.answer(call),
      failure: (status, message) => ({ kind: "Status", code: status, message }),
    });
    return fake;
  }

  client(): Cluster {
    return new Cluster({ server: this.service?.url ?? "", options: {} });
  }

  async stop(): Promise<void> {
    await this.service?.close();
  }

  /** @param path of the object, e.g. `/api/v1/namespaces/a/secrets/b` */
  put(
    path: string,
    object: Omit<Stored, "metadata"> & { readonly metadata?: Partial<KubeObject["metadata"]> } = {},
  ): void {
    const [, namespace] = /\/namespaces\/([^/]+)\//.exec(path) ?? [];
    const name = path.split("/").at(-1) ?? "";
    const before = this.objects.get(path)?.metadata;
    const metadata = {
      name,
      ...(namespace !== undefined && { namespace }),
      uid: before?.uid ?? `uid-${++this.made}`,
      generation: (before?.generation ?? 0) + 1,
      ...object.metadata,
    };
    this.objects.set(path, { ...object, metadata });
  }

  /** A Secret with these texts. */
  putSecret(namespace: string, name: string, values: Readonly<Record<string, string>>): void {
    const data = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
    this.put(`/api/v1/namespaces/${namespace}/secrets/${name}`, { data: Object.fromEntries(data) as object });
  }

  /** A Deployment with one container and one pod that is available. */
  putOperator(image: string, args: readonly string[] = []): void {
    this.put(`/apis/apps/v1/namespaces/operators/deployments/${image}`, {
      spec: { template: { spec: { containers: [{ image: `registry.example.com/x/${image}:v1`, args }] } } },
      status: { availableReplicas: 1 },
    });
  }

  remove(path: string): void {
    this.objects.delete(path);
  }

  get(path: string): Stored | undefined {
    return this.objects.get(path);
  }

  /** The texts of a Secret. */
  secret(namespace: string, name: string): Readonly<Record<string, string>> | undefined {
    const secret = this.objects.get(`/api/v1/namespaces/${namespace}/secrets/${name}`) as Secret | undefined;
    if (secret === undefined) return undefined;
    const data = Object.entries(secret.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, "base64").toString(),
    ]);
    return Object.fromEntries(data) as Readonly<Record<string, string>>;
  }

  /** `status reason: message` of the Ready condition. */
  ready(path: string): string {
    const condition = this.objects.get(path)?.status?.conditions?.find(({ type }) => type === "Ready");
    return condition === undefined
      ? ""
      : `${condition.status} ${condition.reason ?? ""}: ${condition.message ?? ""}`;
  }

  /** `type reason: message` of the events, and none of them twice. */
  told(): string[] {
    return this.events.splice(0).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  }

  private answer({ method, path, text, query }: Call): Reply {
    const body = (text === "" ? {} : JSON.parse(text)) as Stored;
    if (method === "POST") return this.post(path, body);
    if (method === "DELETE") return this.objects.delete(path) ? { status: 200, body: {} } : missing(path);
    if (method === "PATCH") return this.patch(path, body, query.get("fieldManager") !== null);
    const found = this.objects.get(path);
    if (found !== undefined) return { status: 200, body: found };
    const collection = [...this.objects].filter(
      ([each]) => each.replace(/\/namespaces\/[^/]+(?=\/)/, "").replace(/\/[^/]+$/, "") === path,
    );
    if (collection.length === 0 && !path.endsWith("/deployments")) return missing(path);
    return {
      status: 200,
      body: { metadata: { resourceVersion: "1" }, items: collection.map(([, each]) => each) },
    };
  }

  private post(path: string, body: Stored): Reply {
    if (path.endsWith("/events")) {
      this.events.push(body as unknown as ToldEvent);
      return { status: 201, body };
    }
    const { token = "", audiences = [] } = body.spec as { token?: string; audiences?: string[] };
    if (path.endsWith("/tokenreviews")) {
      // A token is its ServiceAccount and its audience.
      const [, namespace, name, audience] = /^jwt\/([^/]+)\/([^/]+)\/(.+)$/.exec(token) ?? [];
      const authenticated = namespace !== undefined && (audiences[0] ?? "api") === audience;
      const user = { username: `system:serviceaccount:${namespace ?? ""}:${name ?? ""}`, uid: "sa-uid" };
      return { status: 201, body: { status: authenticated ? { authenticated, user } : {} } };
    }
    const account = path.replace(/\/token$/, "");
    if (!this.objects.has(account)) return missing(account);
    const [, namespace = "", name = ""] = /namespaces\/([^/]+)\/serviceaccounts\/([^/]+)/.exec(path) ?? [];
    if (this.issuer !== undefined) {
      const claims = {
        ...{ iss: this.issuer, sub: `system:serviceaccount:${namespace}:${name}`, aud: audiences },
        exp: Math.floor(Date.now() / 1000) + 600,
      };
      const token = ["{}", JSON.stringify(claims), ""].map((part) => Buffer.from(part).toString("base64url"));
      return { status: 201, body: { status: { token: token.join(".") } } };
    }
    return { status: 201, body: { status: { token: `jwt/${namespace}/${name}/${audiences[0] ?? "api"}` } } };
  }

  private patch(path: string, body: Stored, applies: boolean): Reply {
    if (applies) this.put(path, body);
    else {
      const object = this.objects.get(path.replace(/\/status$/, ""));
      if (object === undefined) return missing(path);
      const status = { ...object.status, ...body.status };
      this.objects.set(path.replace(/\/status$/, ""), { ...object, status });
    }
    return { status: 200, body: {} };
  }
}

const missing = (path: string): Reply => {
  const [resource = "", name = ""] = path.split("/").slice(-2);
  return { status: 404, body: { kind: "Status", code: 404, message: `${resource} "${name}" not found` } };
};
