import { isDeepStrictEqual } from "node:util";
import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";
import { inventoryOf, parseInventoryId } from "./inventory";
import type { FileObject } from "./objects";
import { KUSTOMIZE, says } from "./said";

/** An object that differs between the head and the proposal, as Flux would build both. */
export interface ChangedObject {
  /** `Kind namespace/name`, or `Kind name`. */
  readonly name: string;
  readonly path: string;
  readonly before?: LiveObject;
  readonly after?: LiveObject;
}

/** What Flux would do in the cluster, object by object: `Kind namespace/name`. */
export interface Forecast {
  readonly objects: readonly ChangedObject[];
  /** False when no cluster was asked: the rest is told by the files alone. */
  readonly asked: boolean;
  readonly create: readonly string[];
  readonly change: readonly string[];
  readonly prune: readonly string[];
  /** Objects of others that it would take over, with whose they are. */
  readonly takeOver: readonly string[];
  /** By the name of a Kustomization that goes: what it applied, and would take with it. */
  readonly withIt: Readonly<Record<string, readonly string[]>>;
}

type Objects = ReadonlyMap<string, FileObject>;

/** @param live names of what is there, undefined when the cluster wasn't asked */
export function forecast(before: Objects, after: Objects, live?: ReadonlySet<string>): Forecast {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const objects = names.flatMap((name): ChangedObject[] => {
    const [old, now] = [before.get(name), after.get(name)];
    const gone = live !== undefined && now !== undefined && !live.has(name);
    if (!gone && isDeepStrictEqual(old?.object, now?.object)) return [];
    return [{ name, path: (now ?? old)?.path ?? "", before: old?.object, after: now?.object }];
  });
  const staying = objects.filter((one) => one.after !== undefined);
  const isThere = (one: ChangedObject): boolean => live?.has(one.name) ?? one.before !== undefined;
  return {
    objects,
    asked: live !== undefined,
    create: staying.filter((one) => !isThere(one)).map(({ name }) => name),
    change: staying.filter(isThere).map(({ name }) => name),
    prune: objects
      .filter(({ before: old, after: now }) => now === undefined && old !== undefined && !isKept(old))
      .map(({ name }) => name),
    takeOver: [],
    withIt: {},
  };
}

/** An object that kustomize-controller never prunes (its `prune` in kustomization_controller.go). */
export function isKept(object: LiveObject): boolean {
  return says(object, "prune", "disabled") || says(object, "reconcile", "disabled");
}

/** What Kustomizations that go have applied, and Flux would prune with them. */
export async function prunedWith(
  cluster: Cluster,
  objects: readonly ChangedObject[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const gone = objects.flatMap(({ name, before, after }) =>
    after === undefined && before !== undefined && isKustomization(before) ? [[name, before] as const] : [],
  );
  const found: [string, readonly string[]][] = [];
  for (const [name, object] of gone) found.push([name, await applied(cluster, object, new Set())]);
  return Object.fromEntries(found.filter(([, names]) => names.length > 0));
}

async function applied(cluster: Cluster, object: LiveObject, seen: Set<string>): Promise<string[]> {
  const { apiVersion = "", kind = "", metadata: { name = "", namespace } = {} } = object;
  if (seen.has(`${namespace ?? ""}/${name}`)) return [];
  seen.add(`${namespace ?? ""}/${name}`);
  const live = await cluster.get({ apiVersion, kind, name, namespace });
  if (live === undefined || !takesAlong(live)) return [];
  const names: string[] = [];
  for (const entry of inventoryOf(live).map(parseInventoryId)) {
    names.push(
      entry.namespace === ""
        ? `${entry.kind} ${entry.name}`
        : `${entry.kind} ${entry.namespace}/${entry.name}`,
    );
    const one = { apiVersion, kind: entry.kind, metadata: { name: entry.name, namespace: entry.namespace } };
    if (entry.group === KUSTOMIZE && isKustomization(one)) names.push(...(await applied(cluster, one, seen)));
  }
  return names;
}

/** What a Kustomization has applied, as `Kind namespace/name`. */
export function appliedBy(live: LiveObject): string[] {
  return inventoryOf(live)
    .map(parseInventoryId)
    .map(({ kind, namespace, name }) =>
      namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`,
    );
}

function isKustomization({ apiVersion = "", kind }: LiveObject): boolean {
  return kind === "Kustomization" && apiVersion.startsWith(`${KUSTOMIZE}/`);
}

/** Whether what a Kustomization applied goes with it, as kustomize-controller's finalizer decides it: a suspended one leaves it. */
export function takesAlong({ spec = {} }: LiveObject): boolean {
  const {
    prune,
    suspend,
    deletionPolicy = "MirrorPrune",
  } = spec as {
    readonly prune?: boolean;
    readonly suspend?: boolean;
    readonly deletionPolicy?: string;
  };
  if (suspend === true || deletionPolicy === "Orphan") return false;
  return deletionPolicy === "MirrorPrune" ? prune === true : true;
}
