import type { HandlerContext } from "../plugin/handler";
import type { Cluster } from "../kubernetes/cluster";
import { noneIfForbidden } from "../kubernetes/cluster-error";
import type { Reference } from "../kubernetes/live-object";
import type { KustomizationReference } from "../../manifests/flux/objects";
import { KUSTOMIZE } from "../live/said";
import { CONTAINERS } from "../live/within";

const PRUNE = `${KUSTOMIZE}/prune`;
/** Annotation beside it: a destroy of ours set it, and no person. */
const KEPT = "handoff.dev/kept-for-others";

/** Keeps what others have something in from being pruned. */
export async function keepForOthers(cluster: Cluster, reference: Reference): Promise<void> {
  const annotations = { [PRUNE]: "disabled", [KEPT]: new Date().toISOString() };
  await cluster.patch(reference, { metadata: { annotations } }, "handoff");
}

/**
 * Takes that back of what our Kustomizations have applied again: else it could never go. While others still have something
 * in it, a commit that takes it away is refused, and a destroy keeps it once more.
 */
export async function takeBackKept(
  ctx: HandlerContext,
  cluster: Cluster,
  kustomizations: readonly KustomizationReference[],
): Promise<void> {
  const ours = new Set(kustomizations.map(({ name, namespace }) => `${namespace}/${name}`));
  for (const [kind, apiVersion] of Object.entries(CONTAINERS)) {
    for (const { name = "", labels = {}, annotations = {} } of await cluster
      .metadata(apiVersion, kind)
      .catch(noneIfForbidden)) {
      const by = `${labels[`${KUSTOMIZE}/namespace`] ?? ""}/${labels[`${KUSTOMIZE}/name`] ?? ""}`;
      if (annotations[KEPT] === undefined || !ours.has(by)) continue;
      const none = { [PRUNE]: null, [KEPT]: null };
      await cluster.patch({ apiVersion, kind, name }, { metadata: { annotations: none } }, "handoff");
      ctx.info(
        `${kind} ${name} goes with Kustomization ${by} again: a destroy had kept it, for what others have in it`,
      );
    }
  }
}
