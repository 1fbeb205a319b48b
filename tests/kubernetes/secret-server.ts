/** An API server with namespaces and Secrets, for what writes keys of a Secret: server-side apply with field managers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Stored {
  metadata: { name: string; annotations: Record<string, string> };
  data: Record<string, string>;
  type: string;
  /** Key of `data` → the manager that owns it. */
  owners: Record<string, string>;
}

export class SecretServer {
  readonly secrets = new Map<string, Stored>();
  readonly namespaces = new Map<string, { terminating: boolean }>();
  /** `METHOD path` of each request that changes something. */
  readonly writes: string[] = [];
  private readonly server: Server = createServer((request, response) => {
    void this.answer(request, response);
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get kubeconfig(): string {
    const { port } = this.server.address() as AddressInfo;
    return [
      "apiVersion: v1",
      "kind: Config",
      `clusters: [{ name: c, cluster: { server: "http://127.0.0.1:${String(port)}", insecure-skip-tls-verify: true } }]`,
      "users: [{ name: u, user: {} }]",
      "contexts: [{ name: c, context: { cluster: c, user: u } }]",
      "current-context: c",
    ].join("\n");
  }

  /** Somebody writes keys, as `kubectl patch` does; undefined takes one away. */
  write(path: string, texts: Readonly<Record<string, string | undefined>>, manager = "kubectl-patch"): void {
    const [, name = ""] = path.split("/");
    const secret = this.secrets.get(path) ?? {
      metadata: { name, annotations: {} },
      data: {},
      type: "Opaque",
      owners: {},
    };
    for (const [key, text] of Object.entries(texts)) {
      if (text === undefined) {
        Reflect.deleteProperty(secret.data, key);
        Reflect.deleteProperty(secret.owners, key);
      } else {
        secret.data[key] = Buffer.from(text).toString("base64");
        secret.owners[key] = manager;
      }
    }
    this.secrets.set(path, secret);
  }

  texts(path: string): Record<string, string> | undefined {
    const secret = this.secrets.get(path);
    const texts = Object.entries(secret?.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, "base64").toString(),
    ]);
    return secret && (Object.fromEntries(texts) as Record<string, string>);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const missing = (): void => {
      reply(404, { message: `${url.pathname} not found` });
    };
    if (request.method !== "GET") this.writes.push(`${request.method ?? ""} ${url.pathname}`);
    if (url.pathname === "/api/v1") {
      reply(200, {
        resources: [
          { name: "namespaces", kind: "Namespace", namespaced: false },
          { name: "secrets", kind: "Secret", namespaced: true },
        ],
      });
      return;
    }
    const [, namespace = "", secret] =
      /^\/api\/v1\/namespaces\/([^/]+)(?:\/secrets\/([^/]+))?$/.exec(url.pathname) ?? [];
    const found = this.namespaces.get(namespace);
    if (found === undefined) {
      missing();
      return;
    }
    if (secret === undefined) {
      const metadata = {
        name: namespace,
        ...(found.terminating && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      };
      reply(200, { metadata });
      return;
    }
    const path = `${namespace}/${secret}`;
    if (request.method === "PATCH") {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Partial<Stored>;
      this.apply(path, body, url.searchParams.get("fieldManager") ?? "");
    }
    const live = this.secrets.get(path);
    if (live === undefined) {
      missing();
      return;
    }
    if (request.method === "DELETE") this.secrets.delete(path);
    const { owners, ...object } = live;
    const managers = [...new Set(Object.values(owners))].map((manager) => ({
      manager,
      fieldsV1: {
        "f:data": Object.fromEntries(
          Object.entries(owners).flatMap(([key, owner]) => (owner === manager ? [[`f:${key}`, {}]] : [])),
        ),
      },
    }));
    reply(200, { ...object, metadata: { ...object.metadata, managedFields: managers } });
  }

  /** With force: the manager gets what it names, and loses what it no longer names. */
  private apply(
    path: string,
    { data = {}, metadata, type = "Opaque" }: Partial<Stored>,
    manager: string,
  ): void {
    const [, name = ""] = path.split("/");
    const live = this.secrets.get(path) ?? {
      metadata: { name, annotations: {} },
      data: {},
      type,
      owners: {},
    };
    for (const [key, owner] of Object.entries(live.owners)) {
      if (owner !== manager || key in data) continue;
      Reflect.deleteProperty(live.data, key);
      Reflect.deleteProperty(live.owners, key);
    }
    for (const [key, value] of Object.entries(data)) {
      live.data[key] = value;
      live.owners[key] = manager;
    }
    Object.assign(live.metadata.annotations, metadata?.annotations);
    this.secrets.set(path, live);
  }
}
