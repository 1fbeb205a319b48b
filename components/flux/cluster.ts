import type { KubeConfig } from "@kubernetes/client-node";
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../provider/handler";

/** How to reach a cluster: the text of a kubeconfig and the context in it. */
export interface ClusterConnection {
  readonly kubeconfig: string;
  /** @default the kubeconfig's current context */
  readonly context?: string;
}

/** A Kubernetes object as the API serves it. */
export interface LiveObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** The field manager of `flux bootstrap`: what it applied, kustomize-controller takes over. */
const FIELD_MANAGER = "flux";

/** An answer of the API server that isn't success. */
class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/**
 * A cluster's API, for the provider's handlers, with the official client's handling of kubeconfigs. Objects pass as
 * they are: that client's typed calls drop fields that its models don't spell, such as `x-kubernetes-…` of CRDs.
 */
export class Cluster {
  private readonly discovered = new Map<string, readonly ApiResource[]>();

  private constructor(
    readonly config: KubeConfig,
    readonly server: string,
  ) {}

  /** @throws UserError when the kubeconfig can't be used. Doesn't talk to the cluster yet. */
  static async connect({ kubeconfig, context }: ClusterConnection): Promise<Cluster> {
    // Loaded on first use: most runs need no cluster.
    const { KubeConfig: Config } = await import("@kubernetes/client-node");
    const config = new Config();
    try {
      config.loadFromString(kubeconfig);
    } catch (error) {
      throw new UserError(`the kubeconfig can't be read: ${messageOf(error)}`);
    }
    if (context !== undefined) {
      const known = config.getContexts().map(({ name }) => name);
      if (!known.includes(context)) {
        throw new UserError(`the kubeconfig has no context '${context}'; it has ${known.join(", ")}`);
      }
      config.setCurrentContext(context);
    }
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) throw new UserError("the kubeconfig names no cluster for its current context");
    return new Cluster(config, server.replace(/\/$/, ""));
  }

  /** The object, or undefined when it, its namespace or its kind isn't there. */
  async get(reference: Reference): Promise<LiveObject | undefined> {
    return await this.ask(async () => await this.call("GET", await this.locate(reference)));
  }

  /** Objects of a kind in all namespaces, or in one. Empty when the kind isn't there. */
  async list(apiVersion: string, kind: string, namespace?: string): Promise<LiveObject[]> {
    const list = await this.ask(
      async () => await this.call("GET", await this.locate({ apiVersion, kind, namespace })),
    );
    return ((list as { items?: LiveObject[] } | undefined)?.items ?? []).map((item) => ({
      ...item,
      apiVersion,
      kind,
    }));
  }

  /** True when the kubeconfig's user may do everything, as installing Flux takes. */
  async isAdmin(): Promise<boolean> {
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb: "*", group: "*", resource: "*" } },
    };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const { status } = await this.must(async () => await this.call("POST", path, review));
    return status?.allowed === true;
  }

  /** Server-side apply, taking over fields of other managers as Flux does. */
  async apply(object: LiveObject): Promise<void> {
    const { apiVersion = "", kind = "", metadata } = object;
    await this.must(async () => {
      const path = await this.locate({
        apiVersion,
        kind,
        name: metadata?.name,
        namespace: metadata?.namespace,
      });
      await this.call(
        "PATCH",
        `${path}?fieldManager=${FIELD_MANAGER}&force=true`,
        object,
        "application/apply-patch+yaml",
      );
    });
  }

  /** Merge patch; false when the object isn't there. */
  async patch(reference: Reference, patch: object): Promise<boolean> {
    const done = await this.ask(
      async () =>
        await this.call("PATCH", await this.locate(reference), patch, "application/merge-patch+json"),
    );
    return done !== undefined;
  }

  /** Starts the deletion; false when the object is gone already. */
  async delete(reference: Reference): Promise<boolean> {
    const done = await this.ask(async () => await this.call("DELETE", await this.locate(reference)));
    return done !== undefined;
  }

  /** Path of an object, or of its list without a name. */
  private async locate({ apiVersion, kind, name, namespace }: Partial<Reference>): Promise<string> {
    const root = apiVersion?.includes("/") === true ? `/apis/${apiVersion}` : `/api/${apiVersion ?? ""}`;
    const known = (): ApiResource | undefined =>
      this.discovered.get(root)?.find((entry) => entry.kind === kind);
    // Asked anew for a kind that isn't known: its definition may have come in the meantime.
    if (known() === undefined) {
      const { resources = [] } = (await this.call("GET", root)) as { resources?: ApiResource[] };
      this.discovered.set(
        root,
        resources.filter((entry) => !entry.name.includes("/")),
      );
    }
    const resource = known();
    if (resource === undefined)
      throw new ApiError(404, `the cluster has no kind ${kind ?? ""} in ${apiVersion ?? ""}`);
    const folder = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
    return `${root}${folder}/${resource.name}${name === undefined ? "" : `/${name}`}`;
  }

  private async call(
    method: string,
    path: string,
    body?: object,
    type = "application/json",
  ): Promise<LiveObject> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const options: https.RequestOptions = {
      method,
      headers: {
        accept: "application/json",
        ...(text !== undefined && { "content-type": type, "content-length": Buffer.byteLength(text) }),
      },
    };
    await this.config.applyToHTTPSOptions(options);
    const { status, answer } = await exchange(new URL(this.server + path), options, text);
    if (status >= 200 && status < 300) return JSON.parse(answer) as LiveObject;
    const { message } = parseJson(answer);
    throw new ApiError(status, message ?? `the API server answered ${String(status)} to ${method}`);
  }

  /** Runs a request; undefined for "not found". Connection failures become errors for the reader. */
  private async ask<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.retry(request);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw this.explain(error);
    }
  }

  private async must<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await this.retry(request);
    } catch (error) {
      throw this.explain(error);
    }
  }

  /** A busy or starting API server answers 429, 5xx or not at all for a moment. */
  private async retry<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await request();
      } catch (error) {
        const status = statusOf(error);
        const passing = status === 429 || (status !== undefined && status >= 500) || isConnection(error);
        if (!passing || attempt >= 4) throw error;
        await sleep(300 * 2 ** attempt);
      }
    }
  }

  private explain(error: unknown): UserError {
    const status = statusOf(error);
    if (status === 401 || status === 403) {
      return new UserError(
        `the cluster at ${this.server} refused the request: ${messageOf(error)}\n` +
          "→ The kubeconfig's user needs cluster-admin to install Flux and to follow what it applies.",
      );
    }
    if (status !== undefined)
      return new UserError(`the cluster at ${this.server} answered: ${messageOf(error)}`);
    return new UserError(
      `the cluster at ${this.server} can't be reached: ${messageOf(error)}\n` +
        "→ Check that it runs, the address and context in the kubeconfig, and the network (a VPN?).",
    );
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.status : undefined;
}

function isConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    /ECONN|ETIMEDOUT|EAI_AGAIN|socket hang up|no answer within/.test(messageOf(error))
  );
}

/** Node reports several tried addresses as an AggregateError with an empty message. */
function messageOf(error: unknown): string {
  const { message = "", code = "" } = error as { message?: string; code?: string };
  return message === "" ? code : message;
}

function parseJson(text: string): { message?: string } {
  try {
    return JSON.parse(text) as { message?: string };
  } catch {
    return { message: text.slice(0, 300) };
  }
}

async function exchange(
  url: URL,
  options: https.RequestOptions,
  text: string | undefined,
): Promise<{ status: number; answer: string }> {
  return await new Promise((resolve, reject) => {
    const request = (url.protocol === "http:" ? http : https).request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, answer: Buffer.concat(chunks).toString("utf8") });
      });
    });
    request.setTimeout(30_000, () => request.destroy(new Error("no answer within 30 s")));
    request.on("error", reject);
    request.end(text);
  });
}
