import type { KubernetesObject, KubernetesObjectApi, KubeConfig } from "@kubernetes/client-node";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../provider/handler";

/** How to reach a cluster: the text of a kubeconfig and the context in it. */
export interface ClusterConnection {
  readonly kubeconfig: string;
  /** @default the kubeconfig's current context */
  readonly context?: string;
}

/** A Kubernetes object as the API serves it. */
export interface LiveObject extends KubernetesObject {
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

/** A cluster's API, for the provider's handlers. The client is loaded on first use: most runs need none. */
export class Cluster {
  private constructor(
    readonly config: KubeConfig,
    private readonly api: KubernetesObjectApi,
    readonly server: string,
  ) {}

  /** @throws UserError when the kubeconfig can't be used. Doesn't talk to the cluster yet. */
  static async connect({ kubeconfig, context }: ClusterConnection): Promise<Cluster> {
    const client = await import("@kubernetes/client-node");
    const config = new client.KubeConfig();
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
    return new Cluster(config, client.KubernetesObjectApi.makeApiClient(config), server);
  }

  /** The object, or undefined when it, its namespace or its kind isn't there. */
  async get(reference: Reference): Promise<LiveObject | undefined> {
    return await this.ask(async () => await this.api.read(header(reference)));
  }

  /** Objects of a kind in all namespaces, or in one. Empty when the kind isn't there. */
  async list(apiVersion: string, kind: string, namespace?: string): Promise<LiveObject[]> {
    const list = await this.ask(async () => await this.api.list(apiVersion, kind, namespace));
    return (list?.items ?? []).map((item) => ({ ...item, apiVersion, kind }));
  }

  /** Server-side apply, taking over fields of other managers as Flux does. */
  async apply(object: KubernetesObject): Promise<void> {
    const { PatchStrategy } = await import("@kubernetes/client-node");
    await this.must(
      async () =>
        await this.api.patch(
          object,
          undefined,
          undefined,
          FIELD_MANAGER,
          true,
          PatchStrategy.ServerSideApply,
        ),
    );
  }

  /** Merge patch; false when the object isn't there. */
  async patch(reference: Reference, patch: object): Promise<boolean> {
    const { PatchStrategy } = await import("@kubernetes/client-node");
    const done = await this.ask(
      async () =>
        await this.api.patch(
          { ...header(reference), ...patch },
          undefined,
          undefined,
          "handoff",
          undefined,
          PatchStrategy.MergePatch,
        ),
    );
    return done !== undefined;
  }

  /** Starts the deletion; false when the object is gone already. */
  async delete(reference: Reference): Promise<boolean> {
    const done = await this.ask(async () => await this.api.delete(header(reference)));
    return done !== undefined;
  }

  /** Runs a request; undefined for "not found". Connection failures become errors for the reader. */
  private async ask<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.retry(request);
    } catch (error) {
      if (statusOf(error) === 404 || isUnknownKind(error)) return undefined;
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

function header({ apiVersion, kind, name, namespace }: Reference) {
  return { apiVersion, kind, metadata: { name, namespace: namespace ?? "" } };
}

function statusOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === "number" ? code : undefined;
}

function isUnknownKind(error: unknown): boolean {
  return error instanceof Error && /Unrecognized API version and kind/i.test(error.message);
}

function isConnection(error: unknown): boolean {
  return (
    error instanceof Error && /ECONN|ETIMEDOUT|EAI_AGAIN|socket hang up|fetch failed/.test(error.message)
  );
}

/** The API's own words, without the client's dump of headers. */
function messageOf(error: unknown): string {
  const { body } = error as { body?: unknown };
  if (body !== undefined && body !== null) {
    const status = typeof body === "string" ? parseJson(body) : body;
    const { message } = status as { message?: unknown };
    if (typeof message === "string") return message;
  }
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}

function parseJson(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return { message: text.slice(0, 300) };
  }
}
