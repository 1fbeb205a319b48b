import { readFileSync } from "node:fs";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** An answer of the API server other than success. */
export class KubeError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The few calls that the sandbox itself makes; the official client would add half a second to every start. */
export class Kube {
  private readonly server: URL;
  private readonly ca: Buffer;
  private readonly token: string;

  constructor(kubeconfigFile: string) {
    const config = parse(readFileSync(kubeconfigFile, "utf8")) as {
      clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
      users: [{ user: { token: string } }];
    };
    this.server = new URL(config.clusters[0].cluster.server);
    this.ca = Buffer.from(config.clusters[0].cluster["certificate-authority-data"], "base64");
    this.token = config.users[0].user.token;
  }

  get(path: string): Promise<unknown> {
    return this.call("GET", path);
  }

  /** The items of a list, or undefined when the API server doesn't know the resource (yet). */
  async list<T extends KubeObject>(path: string): Promise<readonly T[] | undefined> {
    try {
      return ((await this.call("GET", path)) as { items: T[] }).items;
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Server-side apply as the sandbox's own field manager. */
  apply(path: string, object: KubeObject): Promise<unknown> {
    const query = "?fieldManager=handoff-sandbox&force=true";
    return this.call(
      "PATCH",
      `${path}/${object.metadata.name}${query}`,
      object,
      "application/apply-patch+yaml",
    );
  }

  patchStatus(path: string, status: unknown): Promise<unknown> {
    return this.call("PATCH", `${path}/status`, { status }, "application/merge-patch+json");
  }

  /** Deletes what may be gone already. */
  async delete(path: string): Promise<void> {
    try {
      await this.call("DELETE", path);
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 404)) throw error;
    }
  }

  /** While the API server starts to store a kind it answers 429: "storage is (re)initializing". */
  private async call(method: string, path: string, body?: unknown, type?: string): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.callOnce(method, path, body, type);
      } catch (error) {
        if (!(error instanceof KubeError && error.status === 429) || attempt === 10) throw error;
        await sleep(500);
      }
    }
  }

  private callOnce(
    method: string,
    path: string,
    body?: unknown,
    type = "application/json",
  ): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${this.token}`,
      accept: "application/json",
      "content-type": type,
    };
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: this.server.hostname,
          port: this.server.port,
          path,
          method,
          headers,
          ca: this.ca,
          timeout: 10_000,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            const status = response.statusCode ?? 0;
            if (status >= 300) reject(new KubeError(status, `${method} ${path}: ${status} ${text}`));
            else resolve(text.startsWith("{") ? JSON.parse(text) : text);
          });
        },
      );
      call.on("timeout", () => call.destroy(new Error(`${method} ${path}: no answer within 10 s`)));
      call.on("error", reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
