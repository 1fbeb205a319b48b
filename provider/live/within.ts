import type { Cluster } from "../kubernetes/cluster";
import { noneIfForbidden } from "../kubernetes/cluster-error";
import type { LiveObject, Metadata } from "../kubernetes/live-object";
import { foreignInventories, inventoryId, parseInventoryId } from "./inventory";
import { nameOf } from "./objects";
import { foreignOwner } from "./owner";
import { storedKind } from "./stored-kind";

/** What in a namespace is worth keeping it for: what runs, and what holds data. */
const WORTH = [
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "DaemonSet"],
  ["batch/v1", "CronJob"],
  ["v1", "PersistentVolumeClaim"],
] as const;

const HELM_RELEASE = ["helm.toolkit.fluxcd.io/v2", "HelmRelease"] as const;

/** An object of others, and whose it is. */
export interface Theirs {
  /** `Kind namespace/name` */
  readonly name: string;
  readonly owner: string;
}

/** Tells what others have in a namespace, or of a definition's kind, as it was when it was first asked. */
export type Within = (container: LiveObject) => Promise<readonly Theirs[]>;

/** Kinds whose deletion deletes what is in them, or of them, whoever made it: their versions. */
export const CONTAINERS: Readonly<Record<string, string>> = {
  Namespace: "v1",
  CustomResourceDefinition: "apiextensions.k8s.io/v1",
};

export function isContainer(kind: string): boolean {
  return kind in CONTAINERS;
}

/**
 * What others have that would go with a namespace or a definition: what their Kustomizations list, and what runs or holds
 * data, by its labels, annotations and managers of fields. What an operator made of an object goes and stays with that.
 * @param ours `namespace/name` of the Kustomizations that are ours
 */
export function within(cluster: Cluster, ours: ReadonlySet<string>): Within {
  let asked: Promise<readonly [ReadonlyMap<string, string>, readonly Theirs[]]> | undefined;
  const listed = async (kind: readonly [string, string]): Promise<LiveObject[]> =>
    await metadataOf(cluster, kind);

  async function theirs(): Promise<readonly [ReadonlyMap<string, string>, readonly Theirs[]]> {
    const [inventories, releases, ...objects] = await Promise.all([
      foreignInventories(cluster, ours),
      listed(HELM_RELEASE),
      ...WORTH.map(listed),
    ]);
    const known = new Map(releases.map((one) => [nameOf(one), one]));
    return [inventories, objects.flat().flatMap((one) => owned(one, ours, known))];
  }

  return async (container) => {
    asked ??= theirs();
    const [inventories, objects] = await asked;
    const { kind = "", metadata: { name = "" } = {} } = container;
    if (kind === "Namespace") {
      const inside = [...inventories].flatMap(([id, owner]) => {
        const entry = parseInventoryId(id);
        const found = { name: `${entry.kind} ${name}/${entry.name}`, owner };
        return entry.namespace === name && !isOurs(found.name, ours) ? [found] : [];
      });
      return unique([...inside, ...objects.filter((one) => one.name.split(" ")[1]?.startsWith(`${name}/`))]);
    }
    return (await instancesOf(cluster, container)).flatMap((one) => {
      const owner = inventories.get(inventoryId(one));
      return owner === undefined ? owned(one, ours) : [{ name: nameOf(one), owner }];
    });
  };
}

async function metadataOf(
  cluster: Cluster,
  [apiVersion, kind]: readonly [string, string],
): Promise<LiveObject[]> {
  const found = await cluster.metadata(apiVersion, kind).catch(noneIfForbidden);
  return found.map((metadata) => ({ apiVersion, kind, metadata }));
}

/** The metadata of all objects of a definition's kind. */
export async function instancesOf(cluster: Cluster, definition: LiveObject): Promise<LiveObject[]> {
  const kind = storedKind(definition);
  return kind === undefined ? [] : await metadataOf(cluster, kind);
}

/** @param releases HelmReleases by name: what one of ours made is ours, and what one that is gone made, nobody's */
function owned(
  object: LiveObject,
  ours: ReadonlySet<string>,
  releases: ReadonlyMap<string, LiveObject> = new Map(),
): Theirs[] {
  const { labels = {}, ownerReferences = [] }: Metadata = object.metadata ?? {};
  if (ownerReferences.length > 0) return [];
  // A label that a claim has from its StatefulSet says nothing.
  const { "app.kubernetes.io/managed-by": _by, ...told } = labels;
  const owner = foreignOwner({ ...object, metadata: { ...object.metadata, labels: told } }, ours);
  if (owner === undefined) return [];
  if (owner.startsWith("HelmRelease ")) {
    const release = releases.get(owner);
    if (release === undefined || foreignOwner(release, ours) === undefined) return [];
  }
  return [{ name: nameOf(object), owner }];
}

function isOurs(name: string, ours: ReadonlySet<string>): boolean {
  const [kind, path = ""] = name.split(" ");
  return kind === "Kustomization" && ours.has(path);
}

function unique(all: readonly Theirs[]): Theirs[] {
  return [...new Map(all.map((one) => [one.name, one])).values()];
}
