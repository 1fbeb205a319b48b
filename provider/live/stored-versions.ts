import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";
import { type FileObject, nameOf } from "./objects";
import { storedKind } from "./stored-kind";

/** A kind of Flux's whose new definition leaves out versions in which the cluster may still store objects. */
export interface StoredBefore {
  /** `CustomResourceDefinition <plural>.<group>` */
  readonly name: string;
  readonly kind: string;
  /** What the new definition leaves out: `["v1beta2"]`. */
  readonly dropped: readonly string[];
  /** `<group>/<version>` in which the cluster stores objects now, which the new definition keeps. */
  readonly stored: string;
}

/**
 * The definitions of a commit that the API server refuses until what was stored in an older version is stored anew, which
 * the cluster can do by itself: it stores in a version that stays. Flux's own kinds alone.
 */
export function storedBefore(
  objects: readonly FileObject[],
  live: ReadonlyMap<string, LiveObject>,
): StoredBefore[] {
  return objects.flatMap(({ object }) => {
    const name = nameOf(object);
    const before = live.get(name);
    const [stored, kind] = (before && storedKind(before)) ?? ["", ""];
    const [group = "", version = ""] = stored.split("/");
    if (object.kind !== "CustomResourceDefinition" || !group.endsWith(".toolkit.fluxcd.io")) return [];
    const stays = new Set(versionsOf(object).map((one) => one.name));
    const { storedVersions = [] } = (before?.status ?? {}) as { readonly storedVersions?: readonly string[] };
    const dropped = storedVersions.filter((one) => !stays.has(one));
    // What isn't served can't be listed, so that nothing would be stored anew.
    const served =
      before !== undefined && versionsOf(before).some((one) => one.name === version && one.served !== false);
    return dropped.length === 0 || !served || !stays.has(version) ? [] : [{ name, kind, dropped, stored }];
  });
}

function versionsOf({
  spec = {},
}: LiveObject): readonly { readonly name: string; readonly served?: boolean }[] {
  return (spec as { readonly versions?: readonly { name: string; served?: boolean }[] }).versions ?? [];
}

/**
 * Stores all objects of a kind anew, as `flux migrate` does: by a patch that changes nothing, which the API server
 * writes in the version that it stores now. Then the definition may forget the others
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#upgrade-existing-objects-to-a-new-stored-version).
 */
export async function storeAnew(
  cluster: Cluster,
  { name, kind, stored }: StoredBefore,
  tell: (done: number, of: number) => void,
): Promise<void> {
  const all = await cluster.metadata(stored, kind);
  for (const [done, { name: object = "", namespace }] of all.entries()) {
    tell(done, all.length);
    await cluster.patch({ apiVersion: stored, kind, name: object, namespace }, {});
  }
  const [definition, storedVersions] = [name.split(" ")[1] ?? "", [stored.split("/")[1]]];
  await cluster.patch(
    // What is stored is in the status, a resource of its own.
    { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: `${definition}/status` },
    { status: { storedVersions } },
  );
}
