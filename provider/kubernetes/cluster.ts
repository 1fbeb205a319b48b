import type { KubeConfig } from "@kubernetes/client-node";
import type { RequestOptions } from "node:https";
import { clusterError, isConnection, statusOf } from "./cluster-error";
import {
  APPLY,
  ApiError,
  type ApiRequest,
  type ApiResource,
  callApi,
  Discovery,
  MERGE_PATCH,
  METADATA,
  type Selection,
  TEXT,
  watchApi,
  type WatchEvent,
} from "./kubernetes-api";
import type { LiveObject, Metadata, Reference } from "./live-object";
import { type ClusterConnection, SignIn } from "./sign-in";

export type { ClusterConnection } from "./sign-in";

/** How long the server keeps a watch open. A connection that is dead without a word is noticed soon after. */
const WATCH_SECONDS = 60;

const MOST_LOG_BYTES = 10 * 1024 * 1024;

/** The field manager of `flux bootstrap`: what it applied, kustomize-controller takes over. */
const FIELD_MANAGER = "flux";
/** The one of kustomize-controller, which applies what git holds. */
const FLUX_MANAGER = "kustomize-controller";
/** How often a request is tried whose failure may pass. */
const ATTEMPTS = 4;

/** A cluster's API, for the provider's handlers. */
export class Cluster {
  private readonly discovery = new Discovery(async (path) => await this.call({ method: "GET", path }));

  private constructor(
    private readonly signIn: SignIn,
    private readonly attempts: number,
  ) {}

  /**
   * Doesn't talk to the cluster yet.
   * @param attempts of a request whose failure may pass; 1 where an answer is good to have, but not needed
   * @throws UserError when the kubeconfig can't be used.
   */
  static async connect(connection: ClusterConnection, attempts = ATTEMPTS): Promise<Cluster> {
    return new Cluster(await SignIn.of(connection), attempts);
  }

  get config(): KubeConfig {
    return this.signIn.config;
  }

  /** Address of the API server. */
  get server(): string {
    return this.signIn.server;
  }

  /** The object, or undefined when it, its namespace or its kind isn't there. */
  async get(reference: Reference): Promise<LiveObject | undefined> {
    return await this.ask(async () => await this.call({ method: "GET", path: await this.locate(reference) }));
  }

  /** Objects of a kind in all namespaces, or in one. Empty when the kind isn't there. */
  async list(
    apiVersion: string,
    kind: string,
    namespace?: string,
    selection?: Selection,
  ): Promise<LiveObject[]> {
    return (await this.snapshot(apiVersion, kind, namespace, selection))?.items ?? [];
  }

  /** Names of what stays of a kind in a namespace; contents, which may be secret or big, aren't sent. */
  async names(apiVersion: string, kind: string, namespace: string): Promise<ReadonlySet<string>> {
    const found = await this.metadata(apiVersion, kind, namespace);
    const stays = found.filter(({ deletionTimestamp }) => deletionTimestamp === undefined);
    return new Set(stays.map(({ name = "" }) => name));
  }

  /** The metadata of a kind's objects, in all namespaces or in one; contents aren't sent. Empty when the kind isn't there. */
  async metadata(apiVersion: string, kind: string, namespace?: string): Promise<readonly Metadata[]> {
    const answer = await this.ask(async () => {
      const path = await this.locate({ apiVersion, kind, namespace });
      return await this.call({ method: "GET", path, accept: METADATA });
    });
    // An empty list has null in place of a list, where only metadata is asked for.
    const { items } = (answer ?? {}) as { readonly items?: readonly LiveObject[] | null };
    return (items ?? []).map(({ metadata = {} }) => metadata);
  }

  /** The lines that a pod's only container wrote since so many seconds; undefined when the pod isn't there. */
  async logs(namespace: string, pod: string, sinceSeconds: number): Promise<readonly string[] | undefined> {
    const query = `sinceSeconds=${String(sinceSeconds)}&limitBytes=${String(MOST_LOG_BYTES)}`;
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`;
    const answer: unknown = await this.ask(
      async () => await this.call({ method: "GET", path, accept: TEXT }),
    );
    return typeof answer === "string" ? answer.split("\n").filter((line) => line !== "") : undefined;
  }

  /** What `list` has, with the version that a watch goes on from; undefined when the kind isn't there. */
  async snapshot(
    apiVersion: string,
    kind: string,
    namespace?: string,
    selection: Selection = {},
  ): Promise<{ readonly items: LiveObject[]; readonly version: string } | undefined> {
    const query = new URLSearchParams(
      Object.entries(selection).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const answer = await this.ask(async () => {
      const path = await this.locate({ apiVersion, kind, namespace });
      return await this.call({
        method: "GET",
        path: query.size === 0 ? path : `${path}?${query.toString()}`,
      });
    });
    if (answer === undefined) return undefined;
    const { items, metadata } = answer as LiveObject & { items?: LiveObject[] | null };
    return {
      items: (items ?? []).map((item) => ({ ...item, apiVersion, kind })),
      version: metadata?.resourceVersion ?? "",
    };
  }

  /**
   * Tells the changes of a kind's objects since `version`, until the server ends the watch after some time.
   * @throws ClusterError, with status 410 when `version` is too old: then list anew
   */
  async watch(
    apiVersion: string,
    kind: string,
    version: string,
    signal: AbortSignal,
    onChange: (type: WatchEvent["type"], object: LiveObject) => void,
  ): Promise<void> {
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${version}&timeoutSeconds=${String(WATCH_SECONDS)}`;
    try {
      const path = `${await this.locate({ apiVersion, kind })}?${query}`;
      await this.signedIn(async (options) => {
        await watchApi(this.server, { ...options, signal }, path, WATCH_SECONDS, ({ type, object }) => {
          onChange(type, object as LiveObject);
        });
      });
    } catch (error) {
      throw clusterError(this.server, error);
    }
  }

  /** True when the kubeconfig's user may do everything, as installing Flux takes. */
  async isAdmin(): Promise<boolean> {
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb: "*", group: "*", resource: "*" } },
    };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const { status } = await this.must(async () => await this.call({ method: "POST", path, body: review }));
    return status?.allowed === true;
  }

  /** Server-side apply, taking over fields of other managers as Flux does. */
  async apply(object: LiveObject, fieldManager = FIELD_MANAGER): Promise<void> {
    await this.must(async () => await this.send(object, `fieldManager=${fieldManager}`));
  }

  /**
   * What kustomize-controller would leave of an object, changing nothing.
   * @param onWarning is told what the API server warns of
   * @throws ClusterError with the API server's words and status when it would refuse the object
   */
  async dryRun(object: LiveObject, onWarning?: (text: string) => void): Promise<LiveObject> {
    const query = `fieldManager=${FLUX_MANAGER}&dryRun=All`;
    return await this.must(async () => await this.send(object, query, onWarning));
  }

  /** Merge patch; false when the object isn't there. Flux leaves alone what a manager of another name set. */
  async patch(reference: Reference, patch: object, fieldManager?: string): Promise<boolean> {
    const query = fieldManager === undefined ? "" : `?fieldManager=${fieldManager}`;
    const done = await this.ask(
      async () =>
        await this.call({
          method: "PATCH",
          path: (await this.locate(reference)) + query,
          body: patch,
          contentType: MERGE_PATCH,
        }),
    );
    return done !== undefined;
  }

  /** Starts the deletion, with what belongs to it; false when the object is gone already. */
  async delete(reference: Reference): Promise<boolean> {
    // A Job would leave its pods otherwise.
    const query = "?propagationPolicy=Background";
    const done = await this.ask(
      async () => await this.call({ method: "DELETE", path: (await this.locate(reference)) + query }),
    );
    return done !== undefined;
  }

  private async send(
    object: LiveObject,
    query: string,
    onWarning?: (text: string) => void,
  ): Promise<LiveObject> {
    const { apiVersion = "", kind = "", metadata: { name, namespace } = {} } = object;
    const path = `${await this.locate({ apiVersion, kind, name, namespace })}?force=true&${query}`;
    return await this.call({ method: "PATCH", path, body: object, contentType: APPLY, onWarning });
  }

  /** What the cluster knows of a kind; undefined when it has none such. */
  async resource(apiVersion: string, kind: string): Promise<ApiResource | undefined> {
    return (await this.must(async () => await this.discovery.find(apiVersion, kind)))?.resource;
  }

  /**
   * In which versions the cluster has a kind of a group, the preferred one first: `["policy/v1"]`. Undefined when it has
   * no such group.
   */
  async versions(group: string, kind: string): Promise<readonly string[] | undefined> {
    const found = await this.ask(async () => await this.call({ method: "GET", path: `/apis/${group}` }));
    if (found === undefined || group === "") return undefined;
    const { versions = [], preferredVersion } = found as ApiGroup;
    const all = [preferredVersion, ...versions].flatMap((version) => version?.groupVersion ?? []);
    const served: string[] = [];
    for (const apiVersion of new Set(all))
      if ((await this.resource(apiVersion, kind)) !== undefined) served.push(apiVersion);
    return served;
  }

  /** Path of an object, or of its list without a name. */
  private async locate(reference: Partial<Reference>): Promise<string> {
    const { apiVersion = "", kind = "", name, namespace } = reference;
    const found = await this.discovery.find(apiVersion, kind);
    if (found === undefined) throw new ApiError(404, `the cluster has no kind ${kind} in ${apiVersion}`);
    const { root, resource } = found;
    const folder = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
    return `${root}${folder}/${resource.name}${name === undefined ? "" : `/${name}`}`;
  }

  private async call(request: ApiRequest): Promise<LiveObject> {
    return await this.signedIn(
      async (options) => (await callApi(this.server, options, request)) as LiveObject,
    );
  }

  /** Sends a request, and once more when the sign-in was refused and another one can be had. */
  private async signedIn<T>(send: (options: RequestOptions) => Promise<T>): Promise<T> {
    try {
      return await send(await this.signIn.options());
    } catch (error) {
      if (statusOf(error) !== 401 || !this.signIn.renew()) throw error;
      return await send(await this.signIn.options());
    }
  }

  /** Runs a request; undefined for "not found". Connection failures become errors for the reader. */
  private async ask<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.retry(request);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw clusterError(this.server, error);
    }
  }

  private async must<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await this.retry(request);
    } catch (error) {
      throw clusterError(this.server, error);
    }
  }

  /** A busy or starting API server answers 429, 5xx or not at all for a moment. */
  private async retry<T>(request: () => Promise<T>): Promise<T> {
    const { default: pRetry } = await import("p-retry");
    return await pRetry(request, { retries: this.attempts - 1, minTimeout: 600, shouldRetry: passes });
  }
}

interface GroupVersion {
  readonly groupVersion: string;
}

interface ApiGroup extends LiveObject {
  readonly versions?: readonly GroupVersion[];
  readonly preferredVersion?: GroupVersion;
}

function passes({ error }: { readonly error: unknown }): boolean {
  const status = statusOf(error);
  return status === 429 || (status !== undefined && status >= 500) || isConnection(error);
}
