import { setTimeout as sleep } from "node:timers/promises";
import { HandlerContext, UserError } from "../plugin/handler";
import { Cluster, ClusterConnection } from "../kubernetes/cluster";
import type { LiveObject, Reference } from "../kubernetes/live-object";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { storedKind } from "../live/stored-kind";

const CONTROLLER_OBJECTS = [
  ["apps/v1", "Deployment"],
  ["v1", "Service"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["v1", "ServiceAccount"],
  ["v1", "ResourceQuota"],
] as const;

const CLUSTER_OBJECTS = [
  ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding"],
  ["rbac.authorization.k8s.io/v1", "ClusterRole"],
] as const;

/**
 * True when the cluster doesn't answer and the user said that this is no error, as for the Kubernetes provider:
 * PULUMI_K8S_DELETE_UNREACHABLE=true (https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/).
 */
export async function clusterGone(ctx: HandlerContext, connection: ClusterConnection): Promise<boolean> {
  if (process.env.PULUMI_K8S_DELETE_UNREACHABLE !== "true") return false;
  try {
    await (await Cluster.connect(connection)).list("v1", "Namespace");
    return false;
  } catch (error) {
    ctx.warn(`left as it is: ${error instanceof Error ? error.message : String(error)}`);
    return true;
  }
}

/**
 * Takes Flux out of the cluster as `flux uninstall` does; what Flux applied stays. The controllers may still be
 * running while their objects go, so these are suspended first: a suspended object prunes nothing when it is deleted.
 */
export async function uninstall(
  ctx: HandlerContext,
  cluster: Cluster,
  timeoutSeconds: number,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  ctx.status("removing Flux's controllers");
  for (const [apiVersion, kind] of CONTROLLER_OBJECTS) {
    await deleteAll(cluster, (await cluster.list(apiVersion, kind, FLUX_SYSTEM)).filter(isPartOfFlux));
  }
  const definitions = (await cluster.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")).filter(
    isPartOfFlux,
  );
  const objects = (await Promise.all(definitions.map(async (crd) => await instancesOf(cluster, crd)))).flat();
  ctx.status(`releasing ${String(objects.length)} Flux objects`);
  for (const object of objects) await cluster.patch(referenceTo(object), { spec: { suspend: true } });
  for (const object of objects) {
    await cluster.patch(referenceTo(object), { metadata: { finalizers: null } });
  }
  await deleteAll(cluster, objects);
  await gone(ctx, cluster, objects, deadline);
  await deleteAll(cluster, definitions);
  for (const [apiVersion, kind] of CLUSTER_OBJECTS) {
    await deleteAll(cluster, (await cluster.list(apiVersion, kind)).filter(isPartOfFlux));
  }
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: FLUX_SYSTEM } };
  ctx.status("removing the namespace flux-system");
  await deleteAll(cluster, [namespace]);
  await gone(ctx, cluster, [...definitions, namespace], deadline);
}

/**
 * Releases objects of a Flux that is being deleted and whose controllers are gone: nobody else would end them, and what
 * waits for them, their definitions and namespaces, would stay for ever. So it is after a Flux has pruned itself, as with
 * a branch that was forced to a commit without it. What they had applied stays, as with `flux uninstall`.
 * @returns how many were released
 */
export async function releaseLeaving(cluster: Cluster, definitions: readonly LiveObject[]): Promise<number> {
  const running = await Promise.all([
    cluster.list("apps/v1", "Deployment", undefined, { labelSelector: "app.kubernetes.io/part-of=flux" }),
    cluster.list("v1", "Pod", FLUX_SYSTEM),
  ]);
  if (running.flat().length > 0) return 0;
  const objects = (await Promise.all(definitions.map(async (crd) => await instancesOf(cluster, crd)))).flat();
  const held = objects.filter(
    ({ metadata }) =>
      metadata?.deletionTimestamp !== undefined && metadata.finalizers?.some(isOfFlux) === true,
  );
  for (const object of held) {
    const finalizers = object.metadata?.finalizers?.filter((name) => !isOfFlux(name));
    await cluster.patch(referenceTo(object), { metadata: { finalizers } });
  }
  return held.length;
}

const isOfFlux = (finalizer: string): boolean => finalizer.includes("fluxcd");

/** Waits until none of the objects is left; a finalizer that a controller put back is taken off again. */
async function gone(
  ctx: HandlerContext,
  cluster: Cluster,
  objects: readonly LiveObject[],
  deadline: number,
): Promise<void> {
  let left = objects;
  for (;;) {
    const found = await Promise.all(left.map(async (object) => await cluster.get(referenceTo(object))));
    left = found.filter((object) => object !== undefined);
    if (left.length === 0) return;
    if (Date.now() > deadline) {
      const names = left.map((object) => `${object.kind ?? ""} ${object.metadata?.name ?? ""}`).slice(0, 10);
      throw new UserError(
        `timed out waiting for the deletion of ${names.join(", ")}\n` +
          "→ Look at their finalizers with `kubectl get … -o yaml`, then run `pulumi destroy` again.",
      );
    }
    for (const object of left.filter(({ metadata }) => metadata?.finalizers?.some(isOfFlux))) {
      await cluster.patch(referenceTo(object), { metadata: { finalizers: null } });
    }
    await sleep(500, undefined, { signal: ctx.signal });
  }
}

async function instancesOf(cluster: Cluster, definition: LiveObject): Promise<LiveObject[]> {
  const kind = storedKind(definition);
  return kind === undefined ? [] : await cluster.list(...kind);
}

async function deleteAll(cluster: Cluster, objects: readonly LiveObject[]): Promise<void> {
  await Promise.all(objects.map(async (object) => await cluster.delete(referenceTo(object))));
}

function isPartOfFlux({ metadata }: LiveObject): boolean {
  const labels = metadata?.labels ?? {};
  return (
    labels["app.kubernetes.io/part-of"] === "flux" && labels["app.kubernetes.io/instance"] === FLUX_SYSTEM
  );
}

function referenceTo({ apiVersion = "", kind = "", metadata }: LiveObject): Reference {
  return { apiVersion, kind, name: metadata?.name ?? "", namespace: metadata?.namespace };
}
