import { setTimeout as sleep } from "node:timers/promises";
import { UserError, type HandlerContext } from "../plugin/handler";
import type { Cluster } from "./cluster";

export interface NamespaceWait {
  readonly namespace: string;
  /** Pull requests that bring it: while there are any, it isn't waited for. */
  readonly pending?: readonly string[];
  readonly timeoutSeconds: number;
}

/**
 * Waits for a namespace that Flux makes.
 * @returns false when it isn't there and comes with a pull request
 * @throws UserError after `timeoutSeconds`
 */
export async function untilNamespace(
  ctx: HandlerContext,
  cluster: Cluster,
  { namespace, pending = [], timeoutSeconds }: NamespaceWait,
): Promise<boolean> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (let first = true; ; first = false) {
    const live = await cluster.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
    // In one that is going nothing can be made.
    if (live !== undefined && live.metadata?.deletionTimestamp === undefined) return true;
    if (pending.length > 0) return false;
    if (Date.now() > deadline) {
      throw new UserError(
        `namespace ${namespace} isn't there after ${String(timeoutSeconds)} s: Flux makes it\n` +
          "→ See what keeps Flux from it: flux get kustomizations; then run `pulumi up` again.",
      );
    }
    if (first) ctx.status(`waiting for namespace ${namespace}`);
    await sleep(1000, undefined, { signal: ctx.signal });
  }
}
