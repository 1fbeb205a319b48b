import { setTimeout as sleep } from "node:timers/promises";
import type { HandlerContext } from "../plugin/handler";
import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject, Reference } from "../kubernetes/live-object";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { conditionOf, keyOf } from "./follow/flux-object";
import { Nudges } from "./follow/nudges";
import { HOLDER, ROOT } from "./root";
import { inventoryOf } from "../live/inventory";
import { TAKEN_DOWN } from "./take-down";

/**
 * Annotation of the root: `made` by a hand-off of ours, or `found` as one that led Flux itself from git before. Without
 * it nobody knows what the root would prune when our files have left git.
 */
const ORIGIN = "handoff.dev/origin";

const SOURCE: Reference = { ...ROOT, apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository" };
const CONTROLLER = `${FLUX_SYSTEM}_kustomize-controller_apps_Deployment`;
/** How long the source may take to fetch what is left. */
const FETCH_MS = 60_000;

/** A root as it is made here: `found` would be wrong for it, though the cluster has it from then on. */
export function madeHere(root: LiveObject): LiveObject {
  const annotations = { ...root.metadata?.annotations, [ORIGIN]: "made" };
  return { ...root, metadata: { ...root.metadata, annotations } };
}

/** Remembers a root that leads Flux itself from git, before anything of ours is in its folder. */
export async function noteFoundRoot(cluster: Cluster): Promise<void> {
  const root = await cluster.get(ROOT);
  const { annotations = {} } = root?.metadata ?? {};
  // Of one that a hand-off has led before, nobody knows any more whose files its folder has.
  if (ORIGIN in annotations || HOLDER in annotations || !inventoryOf(root).includes(CONTROLLER)) return;
  await cluster.patch(ROOT, { metadata: { annotations: { [ORIGIN]: "found" } } });
}

/**
 * Lets a Flux that was there before us go on without us, when our files have left git and `takeDown` has suspended the
 * root. One that was found is resumed when its source has what is left; one that was made here goes, and since it is
 * suspended it prunes nothing. Any other stays suspended: what it would prune isn't known.
 */
export async function leaveRunning(ctx: HandlerContext, cluster: Cluster): Promise<void> {
  ctx.info("Flux ran in the cluster before this stack came to it: it stays");
  const { annotations = {} } = (await cluster.get(ROOT))?.metadata ?? {};
  if (annotations[TAKEN_DOWN] === undefined) return;
  if (annotations[ORIGIN] === "made") {
    await cluster.delete(ROOT);
    await cluster.delete(SOURCE);
    return;
  }
  if (annotations[ORIGIN] === "found" && (await fetched(ctx, cluster))) {
    await cluster.patch(ROOT, {
      metadata: { annotations: { [TAKEN_DOWN]: null } },
      spec: { suspend: false },
    });
    return;
  }
  ctx.warn(
    `Kustomization ${FLUX_SYSTEM} stays suspended: it would prune what its folder no longer has\n` +
      `→ See that with \`flux diff kustomization ${FLUX_SYSTEM} --path <folder>\`, then: flux resume kustomization ${FLUX_SYSTEM}`,
  );
}

/** True when the source has fetched what the branch has now. */
async function fetched(ctx: HandlerContext, cluster: Cluster): Promise<boolean> {
  const token = new Date().toISOString();
  await new Nudges(cluster, token).ask([keyOf("GitRepository", FLUX_SYSTEM)]);
  ctx.status("waiting until Flux has fetched what is left");
  for (const deadline = Date.now() + FETCH_MS; Date.now() < deadline;) {
    const source = await cluster.get(SOURCE);
    if (source?.status?.lastHandledReconcileAt === token)
      return conditionOf(source, "Ready")?.status === "True";
    await sleep(500, undefined, { signal: ctx.signal });
  }
  return false;
}
