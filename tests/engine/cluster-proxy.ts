/** A way to the API server that counts what is asked, and can be broken. */
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { parse, stringify } from "yaml";

interface Kubeconfig {
  readonly clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
  readonly users: [{ user: { token: string } }];
}

export class ClusterProxy {
  /** `GET /path`, `WATCH /path` or `PATCH /path` → how often it was asked for. */
  readonly requests = new Map<string, number>();
  private readonly config: Kubeconfig;
  private readonly server = http.createServer((request, response) => {
    this.answer(request, response);
  });
  private fault: "cut" | "login" | undefined;
  /** Watches that are told that they begin too long ago. */
  private expired = 0;

  constructor(kubeconfigFile: string) {
    this.config = parse(fs.readFileSync(kubeconfigFile, "utf8")) as Kubeconfig;
  }

  /** Text of a kubeconfig that leads here. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    return stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "proxy",
          cluster: { server: `http://127.0.0.1:${String(port)}`, "insecure-skip-tls-verify": true },
        },
      ],
      users: [{ name: "admin", user: {} }],
      contexts: [{ name: "proxy", context: { cluster: "proxy", user: "admin" } }],
      "current-context": "proxy",
    });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** For a while, connections are cut and refused, or the login is. */
  break(fault: "cut" | "login", milliseconds: number): void {
    this.fault = fault;
    this.server.closeAllConnections();
    setTimeout(() => {
      this.fault = undefined;
    }, milliseconds).unref();
  }

  /** The API server has forgotten where so many watches began. */
  expire(watches: number): void {
    this.expired = watches;
    this.server.closeAllConnections();
  }

  /** How many requests of a method there were, of a kind when one is given. */
  count(method: string, plural = ""): number {
    return [...this.requests]
      .filter(([request]) => request.startsWith(`${method} `) && request.includes(plural))
      .reduce((sum, [, count]) => sum + count, 0);
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (this.fault === "cut") {
      request.socket.destroy();
      return;
    }
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const watch = query.includes("watch=true");
    const name = `${watch ? "WATCH" : (request.method ?? "")} ${path}`;
    this.requests.set(name, (this.requests.get(name) ?? 0) + 1);
    if (this.fault === "login") {
      response.writeHead(401, { "content-type": "application/json" }).end('{"message":"Unauthorized"}');
      return;
    }
    if (watch && this.expired > 0) {
      this.expired--;
      const object = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
      response.writeHead(200).end(`${JSON.stringify({ type: "ERROR", object })}\n`);
      return;
    }
    const { server, "certificate-authority-data": authority } = this.config.clusters[0].cluster;
    const forward = https.request(
      new URL(server + (request.url ?? "")),
      {
        method: request.method,
        ca: Buffer.from(authority, "base64"),
        headers: { ...request.headers, authorization: `Bearer ${this.config.users[0].user.token}` },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on("error", () => response.destroy()).pipe(response);
      },
    );
    forward.on("error", () => response.destroy());
    response.on("close", () => forward.destroy());
    request.pipe(forward);
  }
}
