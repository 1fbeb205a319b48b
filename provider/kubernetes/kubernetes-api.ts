import * as http from "node:http";
import * as https from "node:https";
import { createInterface } from "node:readline";

/**
 * Requests to a Kubernetes API server in which objects pass as they are. The official client's typed calls drop fields
 * that its models don't spell, such as `x-kubernetes-…` of CRDs; its reading of kubeconfigs is used all the same.
 */

/** An answer of the API server that isn't success, with the server's words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What of a list is wanted: https://kubernetes.io/docs/reference/kubernetes-api/common-parameters/common-parameters/ */
export interface Selection {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the server's root, with the query. */
  readonly path: string;
  readonly body?: unknown;
  /** @default "application/json" */
  readonly contentType?: string;
  /** @default "application/json" */
  readonly accept?: string;
  /** Is told what the API server warns of beside its answer. */
  readonly onWarning?: (text: string) => void;
}

export const APPLY = "application/apply-patch+yaml";
export const MERGE_PATCH = "application/merge-patch+json";
export const TEXT = "text/plain, */*";
/** Of a list, the objects' metadata alone: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-metadata */
export const METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/**
 * @param server address of the API server
 * @param options certificates and headers that sign in, as `KubeConfig.applyToHTTPSOptions` sets them
 * @throws ApiError, or an error of the connection
 */
export async function callApi(
  server: string,
  options: https.RequestOptions,
  {
    method,
    path,
    body,
    contentType = "application/json",
    accept = "application/json",
    onWarning,
  }: ApiRequest,
): Promise<unknown> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(options.headers as http.OutgoingHttpHeaders | undefined),
    accept,
    ...(text !== undefined && { "content-type": contentType, "content-length": Buffer.byteLength(text) }),
  };
  const url = new URL(server.replace(/\/$/, "") + path);
  const { status, answer, warnings } = await exchange(url, { ...options, method, headers }, text);
  if (onWarning !== undefined) for (const warning of warnings) onWarning(warning);
  // Health checks answer in plain text, and logs in lines that may look like JSON.
  const plain = accept === TEXT || !answer.startsWith("{");
  if (status >= 200 && status < 300) return plain ? answer : (JSON.parse(answer) as unknown);
  throw new ApiError(
    status,
    wordsOf(answer) ?? `the API server answered ${String(status)} to ${method} ${path}`,
  );
}

/** A change that a watch tells: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: unknown;
}

/**
 * Follows the changes of a list, until the server ends the watch. `path` has its query with `watch=true` and the
 * `timeoutSeconds` after which the server does so: a connection on which nothing comes for longer is taken for dead.
 * @throws ApiError (410: the watch's start is too long ago), or an error of the connection
 */
export async function watchApi(
  server: string,
  options: https.RequestOptions,
  path: string,
  timeoutSeconds: number,
  onChange: (event: WatchEvent) => void,
): Promise<void> {
  const url = new URL(server.replace(/\/$/, "") + path);
  await new Promise<void>((resolve, reject) => {
    const request = (url.protocol === "http:" ? http : https).get(url, options, (response) => {
      const status = response.statusCode ?? 0;
      if (status !== 200) {
        response.resume();
        reject(new ApiError(status, `the API server answered ${String(status)} to GET ${path}`));
        return;
      }
      createInterface(response)
        .on("line", (line) => {
          try {
            onChange(eventOf(line));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
            request.destroy();
          }
        })
        .on("error", reject)
        .on("close", resolve);
    });
    const limit = (timeoutSeconds + 15) * 1000;
    request.setTimeout(limit, () => request.destroy(new Error(`no answer within ${String(limit / 1000)} s`)));
    request.on("error", reject);
  });
}

/** The line of a cut connection is no JSON. */
function eventOf(line: string): WatchEvent {
  const event = JSON.parse(line) as { type: string; object: { code?: number; message?: string } };
  if (event.type !== "ERROR") return event as WatchEvent;
  throw new ApiError(event.object.code ?? 500, event.object.message ?? "the watch failed");
}

/** Reasons of a failed connection; Node reports several tried addresses as an AggregateError with an empty message. */
export function connectionFault(error: unknown): string {
  const { message = "", code = "" } = error as { message?: string; code?: string };
  return message === "" ? code : message;
}

export interface ApiResource {
  /** Plural name, as in paths. */
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** A controller is to keep a status of its objects. */
  readonly hasStatus?: boolean;
}

/** Finds the resource of a kind, and its root such as `/apis/apps/v1`. */
export class Discovery {
  private readonly known = new Map<string, readonly ApiResource[]>();

  constructor(private readonly get: (path: string) => Promise<unknown>) {}

  /** Undefined when the cluster has no such kind. */
  async find(apiVersion: string, kind: string): Promise<{ root: string; resource: ApiResource } | undefined> {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const find = (): ApiResource | undefined => this.known.get(root)?.find((entry) => entry.kind === kind);
    // Asked anew for a kind that isn't known: its definition may have come in the meantime.
    if (find() === undefined) this.known.set(root, await this.discover(root));
    const resource = find();
    return resource && { root, resource };
  }

  private async discover(root: string): Promise<readonly ApiResource[]> {
    try {
      const { resources = [] } = (await this.get(root)) as { resources?: readonly ApiResource[] };
      const names = new Set(resources.map(({ name }) => name));
      return resources
        .filter(({ name }) => !name.includes("/"))
        .map((resource) => ({ ...resource, hasStatus: names.has(`${resource.name}/status`) }));
    } catch (error) {
      if ((error as { status?: number }).status === 404) return [];
      throw error;
    }
  }
}

function wordsOf(answer: string): string | undefined {
  try {
    return (JSON.parse(answer) as { message?: string }).message;
  } catch {
    return answer.trim() === "" ? undefined : answer.trim().slice(0, 300);
  }
}

/** As `299 - "text"`, several after commas: https://www.rfc-editor.org/rfc/rfc7234#section-5.5 */
function warningsIn(header: string): string[] {
  const texts = [...header.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text);
  return texts.map((text) => text.replaceAll(/\\(.)/g, "$1"));
}

async function exchange(
  url: URL,
  options: https.RequestOptions,
  text: string | undefined,
): Promise<{ status: number; answer: string; warnings: readonly string[] }> {
  return await new Promise((resolve, reject) => {
    const request = (url.protocol === "http:" ? http : https).request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const answer = Buffer.concat(chunks).toString("utf8");
        const warnings = warningsIn(response.headers.warning ?? "");
        resolve({ status: response.statusCode ?? 0, answer, warnings });
      });
    });
    request.setTimeout(30_000, () => request.destroy(new Error("no answer within 30 s")));
    request.on("error", reject);
    request.end(text);
  });
}
