/** The few calls on the Kubernetes API that the provider stand-in needs, for objects of any kind. */
import * as fs from "node:fs";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../../../provider/plugin/handler";
import {
  APPLY,
  ApiError as AnswerError,
  type ApiRequest,
  callApi,
  connectionFault,
  Discovery,
} from "../../../provider/kubernetes/kubernetes-api";

const FIELD_MANAGER = "pulumi-kubernetes";

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  } & Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** An answer of the API server that isn't success. */
export class ApiError extends UserError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Where an object lives: its path at the API server. */
export interface Location {
  readonly path: string;
  /** As Pulumi spells it: `namespace/name`, or the name of a cluster-wide object. */
  readonly id: string;
}

/** `kubeconfig` is the text of a kubeconfig or the path of one; without it $KUBECONFIG or ~/.kube/config. */
async function loadConfig(kubeconfig?: string, context?: string): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import("@kubernetes/client-node");
  const config = new Config();
  try {
    if (kubeconfig === undefined || kubeconfig === "") config.loadFromDefault();
    else if (fs.existsSync(kubeconfig)) config.loadFromFile(kubeconfig);
    else config.loadFromString(kubeconfig);
  } catch (error) {
    // The lines after the first quote the file, with its credentials.
    const [reason = ""] = (error as Error).message.split("\n");
    throw new UserError(`the provider's kubeconfig can't be read: ${reason}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  if (config.getCurrentCluster() === null) {
    throw new UserError(
      `the provider's kubeconfig has no context '${config.getCurrentContext()}' with a cluster`,
    );
  }
  return config;
}

export class KubernetesClient {
  private readonly discovery = new Discovery(async (path) => this.call({ method: "GET", path }));

  private constructor(
    private readonly config: KubeConfig,
    private readonly namespace: string,
  ) {}

  static async connect(settings: {
    readonly kubeconfig?: string;
    readonly context?: string;
    readonly namespace?: string;
  }): Promise<KubernetesClient> {
    const config = await loadConfig(settings.kubeconfig, settings.context);
    const context = config.getContextObject(config.getCurrentContext());
    return new KubernetesClient(config, settings.namespace ?? context?.namespace ?? "default");
  }

  async locate(object: KubernetesObject): Promise<Location> {
    const { apiVersion, kind, metadata } = object;
    const found = await this.discovery.find(apiVersion, kind);
    if (found === undefined) {
      throw new UserError(
        `the cluster has no kind ${kind} in ${apiVersion}: is its CustomResourceDefinition missing?`,
      );
    }
    const { root, resource } = found;
    const name = metadata.name ?? "";
    if (!resource.namespaced) return { path: `${root}/${resource.name}/${name}`, id: name };
    const namespace = metadata.namespace ?? this.namespace;
    return { path: `${root}/namespaces/${namespace}/${resource.name}/${name}`, id: `${namespace}/${name}` };
  }

  async apply(path: string, object: KubernetesObject, options: { force?: boolean; dryRun?: boolean } = {}) {
    const query = new URLSearchParams({ fieldManager: FIELD_MANAGER, force: String(options.force ?? false) });
    if (options.dryRun === true) query.set("dryRun", "All");
    return this.call({
      method: "PATCH",
      path: `${path}?${query.toString()}`,
      body: object,
      contentType: APPLY,
    });
  }

  /** The object, or `undefined` when there is none. */
  async get(path: string): Promise<KubernetesObject | undefined> {
    return this.call({ method: "GET", path }).catch(ignoreMissing);
  }

  async delete(path: string, propagationPolicy: string): Promise<void> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy };
    await this.call({ method: "DELETE", path, body }).catch(ignoreMissing);
  }

  private async call(request: ApiRequest): Promise<KubernetesObject> {
    const server = this.config.getCurrentCluster()?.server ?? "";
    const options: RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    try {
      return (await callApi(server, options, request)) as KubernetesObject;
    } catch (error) {
      if (error instanceof AnswerError) throw new ApiError(error.status, error.message);
      throw new UserError(`the Kubernetes cluster at ${server} can't be reached: ${connectionFault(error)}`);
    }
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 404) return undefined;
  throw error;
}
