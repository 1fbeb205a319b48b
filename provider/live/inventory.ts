import { groupOf } from "../git/build/objects";
import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";

/** Kinds that apply objects and keep a list of these; HelmReleases are told by Helm's annotations. */
const KINDS = [
  ["kustomize.toolkit.fluxcd.io/v1", "Kustomization"],
  ["fluxcd.controlplane.io/v1", "ResourceSet"],
  ["fluxcd.controlplane.io/v1", "FluxInstance"],
] as const;

/**
 * Who says of an object that it is theirs, by the object's id: the Kustomizations, and what the Flux Operator has, that
 * aren't ours. They apply it again and again, whatever labels it has just now.
 * @param ours `namespace/name` of the Kustomizations that are ours
 */
export async function foreignInventories(
  cluster: Cluster,
  ours: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const lists = await Promise.all(KINDS.map(([apiVersion, kind]) => cluster.list(apiVersion, kind)));
  const owners = lists.flat().map((object) => {
    const { kind = "", metadata: { namespace = "", name = "" } = {} } = object;
    return { object, kind, path: `${namespace}/${name}` };
  });
  return new Map(
    owners
      .filter(({ kind, path }) => kind !== "Kustomization" || !ours.has(path))
      .flatMap(({ object, kind, path }) => inventoryOf(object).map((id) => [id, `${kind} ${path}`] as const)),
  );
}

/**
 * What Kustomizations leave in the cluster when its file goes, by the object's id: those that don't prune.
 * @returns `Kustomization flux-system/flux-system` by id
 */
export async function keptInventories(cluster: Cluster): Promise<ReadonlyMap<string, string>> {
  const [apiVersion, kind] = KINDS[0];
  const all = await cluster.list(apiVersion, kind);
  return new Map(
    all
      .filter(({ spec }) => spec?.prune === false)
      .flatMap((object) => {
        const { namespace = "", name = "" } = object.metadata ?? {};
        return inventoryOf(object).map((id) => [id, `${kind} ${namespace}/${name}`] as const);
      }),
  );
}

/** Ids of what an object has applied. */
export function inventoryOf(live: LiveObject | undefined): readonly string[] {
  const { entries = [] } = (live?.status?.inventory ?? {}) as {
    readonly entries?: readonly { readonly id: string }[];
  };
  return entries.map(({ id }) => id);
}

/** As Flux writes it: `<namespace>_<name>_<group>_<kind>`; a colon, which names of roles may have, is `__`. */
export function inventoryId({ apiVersion = "", kind = "", metadata = {} }: LiveObject): string {
  const { namespace = "", name = "" } = metadata;
  return [namespace, name.replaceAll(":", "__"), groupOf(apiVersion), kind].join("_");
}

/** What `inventoryId` is of; empty texts where it isn't one. */
export function parseInventoryId(
  id: string,
): Readonly<Record<"namespace" | "name" | "group" | "kind", string>> {
  const [, namespace = "", name = "", group = "", kind = ""] =
    /^([^_]*)_(.+)_([^_]*)_([^_]+)$/.exec(id) ?? [];
  return { namespace, name: name.replaceAll("__", ":"), group, kind };
}
