import { setTimeout as sleep } from "node:timers/promises";
import { HandlerContext, UserError } from "../plugin/handler";
import type { Cluster, Reference } from "../kubernetes/cluster";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { outsideOf, waves } from "../../manifests/flux/order";
import { ROOT } from "./root";
import type { KustomizationReference } from "../../manifests/flux/objects";

/** Annotation of a root that we suspended, so that the next `up` may resume it. */
export const TAKEN_DOWN = "handoff.dev/taken-down";

/**
 * Takes the apps down before their files leave git: Flux prunes a folder in one go and knows no reverse order. The
 * root is suspended, so that it puts nothing back; then each Kustomization is deleted after those that depend on it,
 * and its finalizer prunes what it applied.
 */
export async function takeDown(
  ctx: HandlerContext,
  cluster: Cluster,
  kustomizations: readonly KustomizationReference[],
  timeoutSeconds: number,
): Promise<void> {
  const metadata = { annotations: { [TAKEN_DOWN]: new Date().toISOString() } };
  if (!(await cluster.patch(ROOT, { metadata, spec: { suspend: true } }))) return;
  const deadline = Date.now() + timeoutSeconds * 1000;
  const order = waves(kustomizations, { known: outsideOf(kustomizations) });
  for (const wave of order.reverse()) {
    let left = wave.map((shown) => {
      const [name = "", namespace = FLUX_SYSTEM] = shown.split("/").reverse();
      return { ...ROOT, name, namespace };
    });
    for (const reference of left) await startDeletion(cluster, reference);
    let shown = "";
    for (;;) {
      const found = await Promise.all(left.map(async (reference) => await cluster.get(reference)));
      left = left.filter((_, index) => found[index] !== undefined);
      if (left.length === 0) break;
      const line = `taking down ${left.map(({ name }) => name).join(", ")}`;
      if (line !== shown) ctx.status(line);
      shown = line;
      if (Date.now() > deadline) {
        throw new UserError(
          `timed out taking down ${left.map(({ name }) => `Kustomization ${name}`).join(", ")}\n` +
            "→ See what is left with `flux tree kustomization`, and whether Flux runs with `flux check`; then run `pulumi destroy` again.",
        );
      }
      await sleep(500, undefined, { signal: ctx.signal });
    }
  }
}

/**
 * A suspended Kustomization would leave behind what it applied; and by default none waits until that is gone. One that
 * doesn't prune leaves what it applied on purpose.
 */
async function startDeletion(cluster: Cluster, reference: Reference): Promise<void> {
  const live = await cluster.get(reference);
  const policy = live?.spec?.prune === true ? { deletionPolicy: "WaitForTermination" } : {};
  await cluster.patch(reference, { spec: { suspend: false, ...policy } });
  await cluster.delete(reference);
}
