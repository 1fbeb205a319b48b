/** The few calls on the Kubernetes API that the provider stand-in needs, for objects of any kind. */
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { Props, UserError } from "../../../provider/handler";

export const FIELD_MANAGER = "pulumi-kubernetes";

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

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
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
  private readonly discovered = new Map<string, readonly ApiResource[]>();

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
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const resource =
      this.discovered.get(root)?.find((entry) => entry.kind === kind) ?? (await this.discover(root, kind));
    if (resource === undefined) {
      throw new UserError(
        `the cluster has no kind ${kind} in ${apiVersion}: is its CustomResourceDefinition missing?`,
      );
    }
    const name = metadata.name ?? "";
    if (!resource.namespaced) return { path: `${root}/${resource.name}/${name}`, id: name };
    const namespace = metadata.namespace ?? this.namespace;
    return { path: `${root}/namespaces/${namespace}/${resource.name}/${name}`, id: `${namespace}/${name}` };
  }

  async apply(path: string, object: KubernetesObject, options: { force?: boolean; dryRun?: boolean } = {}) {
    const query = new URLSearchParams({ fieldManager: FIELD_MANAGER, force: String(options.force ?? false) });
    if (options.dryRun === true) query.set("dryRun", "All");
    return this.call("PATCH", `${path}?${query.toString()}`, object, "application/apply-patch+yaml");
  }

  /** The object, or `undefined` when there is none. */
  async get(path: string): Promise<KubernetesObject | undefined> {
    return this.call("GET", path).catch(ignoreMissing);
  }

  async delete(path: string, propagationPolicy: string): Promise<void> {
    await this.call("DELETE", path, { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy }).catch(
      ignoreMissing,
    );
  }

  /** Asked anew for a kind that isn't known, since its definition may have come in the meantime. */
  private async discover(root: string, kind: string): Promise<ApiResource | undefined> {
    const list = await this.call("GET", root).catch(ignoreMissing);
    const resources = ((list?.resources ?? []) as readonly ApiResource[]).filter(
      ({ name }) => !name.includes("/"),
    );
    this.discovered.set(root, resources);
    return resources.find((entry) => entry.kind === kind);
  }

  private async call(
    method: string,
    path: string,
    body?: Props,
    contentType = "application/json",
  ): Promise<KubernetesObject> {
    const server = this.config.getCurrentCluster()?.server ?? "";
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers: http.OutgoingHttpHeaders = { accept: "application/json" };
    if (text !== undefined) {
      headers["content-type"] = contentType;
      headers["content-length"] = Buffer.byteLength(text);
    }
    const options: https.RequestOptions = { method, headers };
    await this.config.applyToHTTPSOptions(options);
    const url = new URL(server.replace(/\/$/, "") + path);
    const { status, answer } = await exchange(url, options, text).catch((error: unknown) => {
      throw new UserError(`the Kubernetes cluster at ${server} can't be reached: ${reason(error)}`);
    });
    if (status >= 200 && status < 300) return JSON.parse(answer) as KubernetesObject;
    throw new ApiError(
      status,
      messageOf(answer) ?? `the Kubernetes API server answered ${String(status)} to ${method}`,
    );
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 404) return undefined;
  throw error;
}

function messageOf(answer: string): string | undefined {
  try {
    return (JSON.parse(answer) as { message?: string }).message;
  } catch {
    return answer.trim() === "" ? undefined : answer.trim();
  }
}

/** Node reports several tried addresses as an AggregateError with an empty message. */
function reason(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message !== undefined && message !== "" ? message : (code ?? String(error));
}

function exchange(
  url: URL,
  options: https.RequestOptions,
  text: string | undefined,
): Promise<{ status: number; answer: string }> {
  return new Promise((resolve, reject) => {
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
