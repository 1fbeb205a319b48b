import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import pRetry from "p-retry";
import { parse } from "yaml";
import {
  APPLY,
  ApiError,
  callApi,
  MERGE_PATCH,
  type ApiRequest,
} from "../../provider/kubernetes/kubernetes-api";

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

/** Where the API server is, and what signs in to it. */
export interface Connection {
  readonly server: string;
  readonly options: RequestOptions;
}

/** Reads the sandbox's own kubeconfig. The official client, which reads any, costs each process seconds to load. */
export function connectionOf(kubeconfigFile: string): Connection {
  const config = parse(readFileSync(kubeconfigFile, "utf8")) as {
    clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
    users: [{ user: { token: string } }];
  };
  const { server, "certificate-authority-data": authority } = config.clusters[0].cluster;
  const headers = { authorization: `Bearer ${config.users[0].user.token}` };
  return { server, options: { ca: Buffer.from(authority, "base64"), headers } };
}

/** The few calls that the sandbox itself makes. */
export class Kube {
  private readonly connection: Connection;

  constructor(kubeconfigFile: string) {
    this.connection = connectionOf(kubeconfigFile);
  }

  get(path: string): Promise<unknown> {
    return this.call({ method: "GET", path });
  }

  /** The items of a list, or undefined when the API server doesn't know the resource (yet). */
  async list<T extends KubeObject>(path: string): Promise<readonly T[] | undefined> {
    try {
      return ((await this.call({ method: "GET", path })) as { items: T[] }).items;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Asks whether a new object would be taken. @throws ApiError in the words of who refuses it */
  tryOut(path: string, object: KubeObject): Promise<unknown> {
    return this.call({ method: "POST", path: `${path}?dryRun=All`, body: object });
  }

  /** Server-side apply as the sandbox's own field manager. */
  apply(path: string, object: KubeObject): Promise<unknown> {
    const query = "?fieldManager=handoff-sandbox&force=true";
    return this.call({
      method: "PATCH",
      path: `${path}/${object.metadata.name}${query}`,
      body: object,
      contentType: APPLY,
    });
  }

  patchStatus(path: string, status: unknown): Promise<unknown> {
    return this.call({ method: "PATCH", path: `${path}/status`, body: { status }, contentType: MERGE_PATCH });
  }

  /** Deletes what may be gone already. */
  async delete(path: string): Promise<void> {
    try {
      await this.call({ method: "DELETE", path });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }

  /** While the API server starts to store a kind it answers 429: "storage is (re)initializing". */
  private async call(request: ApiRequest): Promise<unknown> {
    const { server, options } = this.connection;
    return await pRetry(async () => await callApi(server, options, request), {
      retries: 9,
      factor: 1,
      minTimeout: 500,
      shouldRetry: ({ error }) => error instanceof ApiError && error.status === 429,
    });
  }
}
