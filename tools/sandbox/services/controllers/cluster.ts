/** The few calls of the Kubernetes API that the controllers make. */
import {
  APPLY,
  ApiError,
  callApi,
  MERGE_PATCH,
  type ApiRequest,
  watchApi,
} from "../../../../provider/kubernetes/kubernetes-api";
import { type Connection, connectionOf } from "../../kube";
import { required } from "../http";

/** How long the server keeps a watch open. */
const WATCH_SECONDS = 30;

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

export interface Secret extends KubeObject {
  readonly type?: string;
  /** In base64. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

export class Cluster {
  constructor(private readonly connection: Connection) {}

  /** The one whose kubeconfig KUBECONFIG names. */
  static fromEnvironment(): Cluster {
    return new Cluster(connectionOf(required("KUBECONFIG")));
  }

  /** The object, or undefined when it (or its resource) does not exist. */
  async get<T>(path: string): Promise<T | undefined> {
    try {
      return (await this.call({ method: "GET", path })) as T;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  secret(namespace: string, name: string): Promise<Secret | undefined> {
    return this.get<Secret>(`/api/v1/namespaces/${namespace}/secrets/${name}`);
  }

  applySecret(secret: Secret, fieldManager: string): Promise<void> {
    const { namespace = "", name } = secret.metadata;
    const body = { apiVersion: "v1", kind: "Secret", ...secret };
    return this.apply(`/api/v1/namespaces/${namespace}/secrets/${name}`, body, fieldManager);
  }

  /** Server-side apply; takes over what others set. */
  async apply(path: string, body: KubeObject, fieldManager: string): Promise<void> {
    const query = `?fieldManager=${fieldManager}&force=true`;
    await this.call({ method: "PATCH", path: path + query, body, contentType: APPLY });
  }

  /** Whom a ServiceAccount's JWT is of, or undefined when the API server refuses it. An empty audience is its own. */
  async reviewToken(token: string, audience: string): Promise<{ username: string; uid: string } | undefined> {
    const audiences = audience === "" ? undefined : [audience];
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token, audiences } };
    const path = "/apis/authentication.k8s.io/v1/tokenreviews";
    const { status } = (await this.call({ method: "POST", path, body })) as {
      status: { authenticated?: boolean; user?: { username?: string; uid?: string } };
    };
    if (status.authenticated !== true) return undefined;
    return { username: status.user?.username ?? "", uid: status.user?.uid ?? "" };
  }

  /** A JWT of a ServiceAccount for ten minutes. @throws ApiError (404: there is no such ServiceAccount) */
  async requestToken(namespace: string, name: string, audiences: readonly string[] = []): Promise<string> {
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 600, ...(audiences.length > 0 && { audiences }) },
    };
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const { status } = (await this.call({ method: "POST", path, body })) as { status: { token: string } };
    return status.token;
  }

  async patchStatus(path: string, status: object): Promise<void> {
    await this.call({ method: "PATCH", path: `${path}/status`, body: { status }, contentType: MERGE_PATCH });
  }

  async delete(path: string): Promise<void> {
    try {
      await this.call({ method: "DELETE", path });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }

  /** Tells people: an event on the object, in the words of its condition. */
  async event(
    object: KubeObject,
    source: string,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
  ) {
    const { name, namespace = "default", uid, resourceVersion } = object.metadata;
    const { apiVersion, kind } = object;
    const now = new Date().toISOString();
    const body = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { generateName: `${name}.`, namespace },
      involvedObject: { apiVersion, kind, name, namespace: object.metadata.namespace, uid, resourceVersion },
      type,
      reason,
      message,
      source: { component: source },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    await this.call({ method: "POST", path: `/api/v1/namespaces/${namespace}/events`, body });
  }

  /** Calls back for each change until the server ends the watch, which resolves the promise. */
  async watch(
    path: string,
    resourceVersion: string,
    changed: (object: KubeObject) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const query = `watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=${WATCH_SECONDS}`;
    const { server, options } = this.connection;
    await watchApi(
      server,
      { ...options, signal },
      `${path}${path.includes("?") ? "&" : "?"}${query}`,
      WATCH_SECONDS,
      ({ object }) => {
        changed(object as KubeObject);
      },
    );
  }

  private call(request: ApiRequest): Promise<unknown> {
    return callApi(this.connection.server, this.connection.options, request);
  }
}
