import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject, Reference } from "../kubernetes/live-object";
import { parseInventoryId } from "../live/inventory";
import { inTurns } from "../live/lookup";
import { whyLeaving } from "./installation";

/** So many objects of a Kustomization are asked for, and so many told. */
const MOST_ASKED = 200;
const MOST_TOLD = 10;

/**
 * What keeps an object from going that is being deleted: of a Kustomization what it applied and is still there, of a
 * namespace what its controller says, else its finalizers. Lines for the reader.
 */
export async function whatHolds(cluster: Cluster, reference: Reference): Promise<string[]> {
  const live = await cluster.get(reference);
  if (live === undefined) return [];
  if (reference.kind !== "Kustomization") return [line(live), ...(await insideOf(cluster, live))];
  const left: LiveObject[] = [];
  await inTurns(
    referencesIn(live)
      .slice(0, MOST_ASKED)
      .map((one) => async () => {
        const object = await cluster.get(one);
        if (object?.metadata?.deletionTimestamp !== undefined) left.push({ ...object, kind: one.kind });
      }),
  );
  const told = left.slice(0, MOST_TOLD).map(async (one) => [line(one), ...(await insideOf(cluster, one))]);
  const more = left.length > MOST_TOLD ? [`  and ${String(left.length - MOST_TOLD)} more`] : [];
  return [...(await Promise.all(told)).flat(), ...more];
}

/** What a Kustomization has applied. */
export function referencesIn({ status }: LiveObject): readonly Reference[] {
  const { entries = [] } = (status?.inventory ?? {}) as {
    readonly entries?: readonly { readonly id: string; readonly v: string }[];
  };
  return entries.map(({ id, v }) => {
    const { group, kind, name, namespace } = parseInventoryId(id);
    const apiVersion = group === "" ? v : `${group}/${v}`;
    return { apiVersion, kind, name, ...(namespace !== "" && { namespace }) };
  });
}

function line({ kind = "", metadata = {} }: LiveObject): string {
  const { name = "", namespace, deletionTimestamp = "", finalizers = [] } = metadata;
  const by = finalizers.length === 0 ? "" : `, held by ${finalizers.join(", ")}`;
  return `  ${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}: is being deleted since ${deletionTimestamp}${by}`;
}

async function insideOf(cluster: Cluster, { kind, metadata }: LiveObject): Promise<string[]> {
  if (kind !== "Namespace") return [];
  return (await whyLeaving(cluster, metadata?.name)).split("\n").map((text) => `  ${text}`);
}
