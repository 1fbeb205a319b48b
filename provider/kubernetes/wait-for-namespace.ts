import { UserError, type HandlerContext } from "../plugin/handler";
import { until } from "../plugin/until";
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
  let there = false;
  await until(
    ctx,
    timeoutSeconds,
    async () => {
      const live = await cluster.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
      // In one that is going nothing can be made.
      there = live !== undefined && live.metadata?.deletionTimestamp === undefined;
      return there || pending.length > 0 ? undefined : `waiting for namespace ${namespace}`;
    },
    () =>
      new UserError(
        `namespace ${namespace} isn't there after ${String(timeoutSeconds)} s: Flux makes it\n` +
          "→ See what keeps Flux from it: flux get kustomizations; then run `pulumi up` again.",
      ),
  );
  return there;
}
