import { UserError } from "../plugin/handler";
import { ApiError, connectionFault } from "./kubernetes-api";

/** A refusal of the API server, or no answer. */
export class ClusterError extends UserError {
  constructor(
    message: string,
    /** Of the answer; undefined without one. */
    readonly status?: number,
    /** The API server's own words, or those of the connection. */
    readonly words = message,
  ) {
    super(message);
  }
}

/** The error for the reader of a request that failed. */
export function clusterError(server: string, error: unknown): ClusterError {
  const status = statusOf(error);
  const words = connectionFault(error);
  if (status === 401 || status === 403) {
    return new ClusterError(
      `the cluster at ${server} refused the request: ${words}\n` +
        "→ The kubeconfig's user needs cluster-admin to install Flux and to follow what it applies.",
      status,
      words,
    );
  }
  if (status !== undefined)
    return new ClusterError(`the cluster at ${server} answered: ${words}`, status, words);
  return new ClusterError(
    `the cluster at ${server} can't be reached: ${words}\n` +
      "→ Check that it runs, the address and context in the kubeconfig, and the network (a VPN?).",
    undefined,
    words,
  );
}

/** True when the kubeconfig's user may not do what was asked. */
export function isForbidden(error: unknown): error is ClusterError {
  return error instanceof ClusterError && error.status === 403;
}

/** For a list of what the user may not see: nothing is known of it. */
export function noneIfForbidden(error: unknown): [] {
  if (isForbidden(error)) return [];
  throw error;
}

/** True when the API server is there and can't answer yet, as while it makes room for new definitions. */
export function isBusy(error: unknown): error is ClusterError {
  return error instanceof ClusterError && (error.status === 429 || (error.status ?? 0) >= 500);
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.status : undefined;
}

/** True for failures that pass: the API server restarts, or the network is cut for a moment. */
export function isConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    /ECONN|ETIMEDOUT|EAI_AGAIN|socket hang up|no answer within/.test(connectionFault(error))
  );
}
